//! CMS `SignedData` (RFC 5652) with the profile CAdES-B-B that PAdES requires (ETSI EN 319 142-1, 6.3).
//!
//! The types are the parts of RFC 5652 that the profile uses. They are our own, because crate `cms`
//! has only release candidates for the current `der` and `x509-cert`.

use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode, Encode, Sequence, ValueOrd};
use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{DerSignature, VerifyingKey};
use p256::pkcs8::DecodePublicKey;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::{Attribute, Attributes};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::ca::SigningIdentity;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
pub(crate) const SIGNED_DATA: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
pub(crate) const MESSAGE_DIGEST: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
pub(crate) const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
pub(crate) const ECDSA_WITH_SHA_256: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// RFC 5652, 3.
#[derive(Sequence)]
struct ContentInfo {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: SignedData,
}

/// RFC 5652, 5.1.
#[derive(Sequence)]
struct SignedData {
    version: u8,
    digest_algorithms: SetOfVec<AlgorithmIdentifierOwned>,
    encap_content_info: EncapsulatedContentInfo,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    certificates: Option<SetOfVec<Certificate>>,
    signer_infos: SetOfVec<SignerInfo>,
}

/// RFC 5652, 5.2. Detached: the content is the PDF.
#[derive(Sequence)]
struct EncapsulatedContentInfo {
    econtent_type: ObjectIdentifier,
}

/// RFC 5652, 5.3.
#[derive(Clone, Sequence, ValueOrd)]
struct SignerInfo {
    version: u8,
    sid: IssuerAndSerialNumber,
    digest_alg: AlgorithmIdentifierOwned,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    signed_attrs: Attributes,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: OctetString,
}

/// RFC 5652, 10.2.4.
#[derive(Clone, PartialEq, Eq, Sequence, ValueOrd)]
pub(crate) struct IssuerAndSerialNumber {
    pub(crate) issuer: Name,
    pub(crate) serial_number: SerialNumber,
}

/// RFC 5035, 3: a signed reference to the certificate. The hash algorithm is omitted, because SHA-256
/// is the default and DER does not allow to encode a default.
#[derive(Sequence)]
struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
}

/// RFC 5035, 4.
#[derive(Sequence)]
struct EssCertIdV2 {
    cert_hash: OctetString,
}

/// Signs `digest`, the SHA-256 of the byte range of the file.
pub(crate) fn sign(digest: &[u8; 32], identity: &SigningIdentity) -> der::Result<Vec<u8>> {
    let attributes = signed_attributes(digest, &identity.certificate)?;
    // RFC 5652, 5.4: the signature is over the encoding as SET OF, not as [0].
    let signature: DerSignature = identity.key.sign(&attributes.to_der()?);
    message(attributes, identity.certificate.clone(), signature.as_bytes())
}

/// Without a signing time: PAdES uses `/M`.
fn signed_attributes(digest: &[u8], certificate: &Certificate) -> der::Result<Attributes> {
    let hash = OctetString::new(certificate_hash(certificate)?)?;
    let signing_certificate = SigningCertificateV2 { certs: vec![EssCertIdV2 { cert_hash: hash }] };
    SetOfVec::try_from(vec![
        attribute(CONTENT_TYPE, &DATA)?,
        attribute(MESSAGE_DIGEST, &OctetString::new(digest)?)?,
        attribute(SIGNING_CERTIFICATE_V2, &signing_certificate)?,
    ])
}

fn message(
    signed_attrs: Attributes,
    certificate: Certificate,
    signature: &[u8],
) -> der::Result<Vec<u8>> {
    let sha_256 = AlgorithmIdentifierOwned { oid: SHA_256, parameters: None };
    let body = certificate.tbs_certificate();
    let signer_info = SignerInfo {
        version: 1,
        sid: IssuerAndSerialNumber {
            issuer: body.issuer().clone(),
            serial_number: body.serial_number().clone(),
        },
        digest_alg: sha_256.clone(),
        signed_attrs,
        signature_algorithm: AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA_256, parameters: None },
        signature: OctetString::new(signature)?,
    };
    // Without the root: a copy in the message confuses the certificate cache of NSS, so that pdfsig
    // does not trust every second signature.
    let certificates = vec![certificate];
    ContentInfo {
        content_type: SIGNED_DATA,
        content: SignedData {
            version: 1,
            digest_algorithms: SetOfVec::try_from(vec![sha_256])?,
            encap_content_info: EncapsulatedContentInfo { econtent_type: DATA },
            certificates: Some(SetOfVec::try_from(certificates)?),
            signer_infos: SetOfVec::try_from(vec![signer_info])?,
        },
    }
    .to_der()
}

fn attribute(oid: ObjectIdentifier, value: &impl Encode) -> der::Result<Attribute> {
    let value = Any::from_der(&value.to_der()?)?;
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}

fn certificate_hash(certificate: &Certificate) -> der::Result<[u8; 32]> {
    Ok(Sha256::digest(certificate.to_der()?).into())
}

/// Content of a signature.
pub(crate) struct ParsedSignature {
    /// Certificate of the signer.
    pub(crate) certificate: Certificate,
    /// The signed digest.
    pub(crate) digest: Vec<u8>,
    /// Whether the signature was made with the key of the certificate, and the message is exactly what
    /// [`sign`] writes: other parts of a CMS message are not signed and can be changed.
    pub(crate) authentic: bool,
}

/// Reads a signature. `None` if it does not have the profile that [`sign`] writes.
pub(crate) fn read(bytes: &[u8]) -> Option<ParsedSignature> {
    let content = ContentInfo::from_der(bytes).ok()?.content;
    let [signer] = content.signer_infos.as_slice() else { return None };
    let certificates = content.certificates?;
    let [certificate] = certificates.as_slice() else { return None };
    let digest = signer.signed_attrs.iter().find(|attribute| attribute.oid == MESSAGE_DIGEST)?;
    let digest: OctetString = digest.values.get(0)?.decode_as().ok()?;
    let signature = signer.signature.as_bytes();
    let attributes = signed_attributes(digest.as_bytes(), certificate).ok()?;
    let signed = attributes.to_der().ok()?;
    let canonical = message(attributes, certificate.clone(), signature).ok()? == bytes;
    Some(ParsedSignature {
        certificate: certificate.clone(),
        digest: digest.as_bytes().to_vec(),
        authentic: canonical && verify(certificate, &signed, signature),
    })
}

/// Whether `issuer` has signed `certificate` and is its named issuer.
pub(crate) fn is_issued_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    let names_match = certificate.tbs_certificate().issuer() == issuer.tbs_certificate().subject();
    let Ok(body) = certificate.tbs_certificate().to_der() else { return false };
    names_match
        && certificate.signature_algorithm().oid == ECDSA_WITH_SHA_256
        && verify(issuer, &body, certificate.signature().raw_bytes())
}

/// Verifies `signature` over `message` with the P-256 key of `certificate`.
fn verify(certificate: &Certificate, message: &[u8], signature: &[u8]) -> bool {
    try_verify(certificate, message, signature) == Some(true)
}

/// The same; `None` if the key is not a P-256 key.
pub(crate) fn try_verify(
    certificate: &Certificate,
    message: &[u8],
    signature: &[u8],
) -> Option<bool> {
    let key = certificate.tbs_certificate().subject_public_key_info().to_der().ok()?;
    let key = VerifyingKey::from_public_key_der(&key).ok()?;
    let signature = DerSignature::from_bytes(signature);
    Some(signature.is_ok_and(|signature| key.verify(message, &signature).is_ok()))
}
