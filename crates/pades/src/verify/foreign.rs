//! Signatures of other programs, as far as this crate can check them: the digest with SHA-2, and the
//! signature with ECDSA on P-256.
//!
//! CMS messages are read as generic DER, because other programs use parts of RFC 5652 that
//! [`crate::cms`] does not write.

use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Reader as _, SliceReader, Tag, Tagged as _};
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::Certificate;

use super::Verdict;
use crate::cms::{self, IssuerAndSerialNumber};

const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// A signature and what is known about it.
pub(super) struct ForeignSignature {
    /// Certificate of the signer.
    pub(super) certificate: Certificate,
    /// Whether the document has the signed digest.
    pub(super) digest: Verdict,
    /// Whether the signature was made with the key of the certificate.
    pub(super) signature: Verdict,
}

/// Reads a detached signature with signed attributes over the parts of `document`. `None` if it is
/// something else.
pub(super) fn read(cms: &[u8], document: &[&[u8]]) -> Option<ForeignSignature> {
    let [content_type, content] = children(&Any::from_der(cms).ok()?)?.try_into().ok()?;
    let signed_data = children(&content)?.into_iter().next()?;
    if oid(&content_type)? != cms::SIGNED_DATA {
        return None;
    }
    let [_, _, encapsulated, certificates, .., signers] = &*children(&signed_data)? else {
        return None;
    };
    let is_detached = children(encapsulated)?.len() == 1;
    let [signer] = &*children(signers)? else { return None };
    let [_, id, digest_algorithm, attributes, algorithm, signature, ..] = &*children(signer)?
    else {
        return None;
    };
    if !is_detached || !is_context_specific(certificates) || !is_context_specific(attributes) {
        return None;
    }
    let certificates = children(certificates)?.into_iter();
    let certificates = certificates.filter_map(|one| decode::<Certificate>(&one)).collect();
    let certificate = certificate_of(id, certificates)?;
    let digest = signed_digest(attributes)?;
    let digest_algorithm = algorithm_oid(digest_algorithm)?;
    let digest = match digest_algorithm {
        cms::SHA_256 => has_digest::<Sha256>(document, &digest).into(),
        SHA_384 => has_digest::<Sha384>(document, &digest).into(),
        SHA_512 => has_digest::<Sha512>(document, &digest).into(),
        _ => Verdict::Indeterminate,
    };
    let signature = if algorithm_oid(algorithm)? == cms::ECDSA_WITH_SHA_256 {
        // RFC 5652, 5.4: the signature is over the encoding as SET OF, not as [0].
        let attributes =
            Any::new(Tag::Set, attributes.value()).and_then(|set| set.to_der()).ok()?;
        let verified = cms::try_verify(&certificate, &attributes, signature.value());
        verified.map_or(Verdict::Indeterminate, Verdict::from)
    } else {
        Verdict::Indeterminate
    };
    Some(ForeignSignature { certificate, digest, signature })
}

/// The elements of a constructed value.
fn children(value: &Any) -> Option<Vec<Any>> {
    let mut reader = SliceReader::new(value.value()).ok()?;
    let mut children = Vec::new();
    while !reader.is_finished() {
        children.push(Any::decode(&mut reader).ok()?);
    }
    Some(children)
}

fn decode<T: for<'a> Decode<'a>>(value: &Any) -> Option<T> {
    T::from_der(&value.to_der().ok()?).ok()
}

fn oid(value: &Any) -> Option<ObjectIdentifier> {
    decode(value)
}

/// The identifier of an `AlgorithmIdentifier`.
fn algorithm_oid(algorithm: &Any) -> Option<ObjectIdentifier> {
    oid(children(algorithm)?.first()?)
}

/// Whether the tag is `[0]`.
fn is_context_specific(value: &Any) -> bool {
    let number = der::TagNumber(0);
    value.tag() == Tag::ContextSpecific { constructed: true, number }
}

/// The value of the message-digest attribute.
fn signed_digest(attributes: &Any) -> Option<Vec<u8>> {
    children(attributes)?.iter().find_map(|attribute| {
        let [name, values] = &*children(attribute)? else { return None };
        let digest = children(values)?.into_iter().next()?;
        let digest =
            (oid(name)? == cms::MESSAGE_DIGEST).then(|| decode::<OctetString>(&digest))??;
        Some(digest.as_bytes().to_vec())
    })
}

fn certificate_of(id: &Any, mut certificates: Vec<Certificate>) -> Option<Certificate> {
    let Some(id) = decode::<IssuerAndSerialNumber>(id) else {
        // The signer is identified by its key.
        return certificates.pop().filter(|_| certificates.is_empty());
    };
    certificates.into_iter().find(|certificate| {
        let body = certificate.tbs_certificate();
        *body.issuer() == id.issuer && *body.serial_number() == id.serial_number
    })
}

fn has_digest<D: Digest>(document: &[&[u8]], digest: &[u8]) -> bool {
    let mut hash = D::new();
    document.iter().for_each(|part| hash.update(part));
    *hash.finalize() == *digest
}
