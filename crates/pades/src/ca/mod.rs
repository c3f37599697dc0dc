//! The certificate authority of a sandbox. Its certificate and those it issues contain
//! [`ORGANIZATION`], so that they cannot be mistaken for real ones.
//!
//! All random values are derived from a [`CaSeed`]: the same input results in the same keys and
//! certificates.

mod name;

use std::fmt;
use std::time::Duration;

use der::asn1::{Any, PrintableString, SetOfVec, Utf8StringRef};
use der::pem::LineEnding;
use der::{Decode, DecodePem, Encode, EncodePem, Tag};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{ObjectIdentifier, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

use name::to_certificate_name;
pub(crate) use name::to_displayed_name;

/// The organization in the name of every certificate.
pub const ORGANIZATION: &str = "SANDBOX - NOT A REAL SIGNATURE";

const COUNTRY: &str = "CH";
/// Around a certificate in PEM (RFC 7468 section 5).
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// A root created in 1970 is valid at every time that tests set.
const ROOT_YEARS: i16 = 150;
const SIGNER_YEARS: i16 = 5;
/// Certificates are valid a day early, because clocks differ.
const EARLY: Duration = Duration::from_secs(24 * 60 * 60);

/// Maximum length of a name attribute, in characters (RFC 5280, appendix A.1:
/// `ub-common-name`, `ub-organization-name`).
const MAX_ATTRIBUTE: usize = 64;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SURNAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.4");
const COUNTRY_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANIZATION_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const GIVEN_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.42");

/// 32 secret random bytes from which keys are derived.
#[derive(Clone)]
pub struct CaSeed([u8; 32]);

impl CaSeed {
    /// `bytes` must come from a cryptographic source, except in tests that need repeatable keys.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Derives bytes for a purpose, which `label` and `counter` identify.
    pub(crate) fn derive(&self, label: &str, counter: u32) -> [u8; 32] {
        Sha256::new()
            .chain_update(b"swisscom-sign-sandbox/")
            .chain_update(label)
            .chain_update([0])
            .chain_update(counter.to_be_bytes())
            .chain_update(self.0)
            .finalize()
            .into()
    }

    fn key(&self) -> Result<SigningKey, CaError> {
        // One in 2^32 values is not a valid P-256 key.
        (0..64)
            .find_map(|counter| SigningKey::from_slice(&self.derive("key", counter)).ok())
            .ok_or(CaError::Key)
    }

    /// A positive serial number of 127 bits.
    fn serial(&self) -> Result<SerialNumber, CaError> {
        let [first, rest @ ..] = self.derive("serial", 0);
        let bytes: Vec<u8> =
            [first & 0x3F | 0x40].into_iter().chain(rest.into_iter().take(15)).collect();
        SerialNumber::new(&bytes).map_err(|error| CaError::Encode("serial number", error))
    }
}

impl fmt::Debug for CaSeed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CaSeed(..)")
    }
}

/// Why a key or certificate could not be created or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaError {
    /// Not one of 64 candidates is a P-256 key, which has a probability of 2^-2048.
    #[error("cannot derive a key from the seed")]
    Key,
    /// A name, serial number, key or certificate cannot be encoded.
    #[error("cannot encode the {0}")]
    Encode(&'static str, #[source] der::Error),
    /// The public key cannot be encoded.
    #[error("cannot encode the public key")]
    PublicKey(#[source] x509_cert::spki::Error),
    /// The certificate cannot be built.
    #[error("cannot build the certificate")]
    Build(#[source] x509_cert::builder::Error),
    /// The time is not within the years 1970 to 9900.
    #[error("time out of range: expected a year from 1970 to 9900")]
    Time,
    /// The PEM text does not contain a certificate.
    #[error("no certificate found in the PEM text")]
    NoCertificate,
    /// A certificate in the PEM text cannot be read.
    #[error("cannot read the certificate in the PEM text")]
    ReadCertificate(#[source] der::Error),
    /// The private key cannot be encoded.
    #[error("cannot encode the private key")]
    WriteKey(#[source] p256::pkcs8::Error),
    /// The private key in the PEM text cannot be read.
    #[error("cannot read the private key in the PEM text")]
    ReadKey(#[source] p256::pkcs8::Error),
    /// The private key does not belong to the certificate.
    #[error("the private key does not belong to the certificate")]
    KeyMismatch,
}

/// Subject of a certificate. Values may contain any character; characters that strict programs reject
/// in names are replaced in the certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateSubject {
    /// Full name.
    pub common_name: String,
    /// First name, if known.
    pub given_name: Option<String>,
    /// Last name, if known.
    pub surname: Option<String>,
}

/// A key with its certificate.
pub struct SigningIdentity {
    pub(crate) key: SigningKey,
    pub(crate) certificate: Certificate,
}

/// A root key with its certificate.
pub struct CertificateAuthority {
    key: SigningKey,
    certificate: Certificate,
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CertificateAuthority(..)")
    }
}

impl fmt::Debug for SigningIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningIdentity(..)")
    }
}

impl CertificateAuthority {
    /// Creates a root that is valid from the day before `now`.
    ///
    /// # Errors
    ///
    /// [`CaError`] if `now` is not within the years 1970 to 9900.
    pub fn create(entropy: &CaSeed, now: Timestamp) -> Result<Self, CaError> {
        let key = entropy.key()?;
        let subject = name(&[
            (COUNTRY_NAME, COUNTRY),
            (ORGANIZATION_NAME, ORGANIZATION),
            (COMMON_NAME, "Sandbox Root CA"),
        ])?;
        let profile = CertificateProfile { subject, issuer: None };
        let certificate = issue(profile, entropy, now, ROOT_YEARS, &key, &key)?;
        Ok(Self { key, certificate })
    }

    /// Creates a key and its certificate for a signer at time `now`.
    ///
    /// # Errors
    ///
    /// [`CaError`] if `now` is not within the years 1970 to 9900.
    pub fn issue(
        &self,
        subject: &CertificateSubject,
        entropy: &CaSeed,
        now: Timestamp,
    ) -> Result<SigningIdentity, CaError> {
        let key = entropy.key()?;
        let mut attributes = vec![(COUNTRY_NAME, COUNTRY), (ORGANIZATION_NAME, ORGANIZATION)];
        let optional = [(SURNAME, &subject.surname), (GIVEN_NAME, &subject.given_name)];
        attributes
            .extend(optional.iter().filter_map(|(oid, value)| Some((*oid, value.as_deref()?))));
        attributes.push((COMMON_NAME, &subject.common_name));
        let profile = CertificateProfile {
            subject: name(&attributes)?,
            issuer: Some(self.certificate.tbs_certificate().subject().clone()),
        };
        let certificate = issue(profile, entropy, now, SIGNER_YEARS, &key, &self.key)?;
        Ok(SigningIdentity { key, certificate })
    }

    /// The root certificate as PEM.
    ///
    /// # Errors
    ///
    /// [`CaError::Encode`], which does not occur for a certificate that was created or loaded.
    pub fn certificate_pem(&self) -> Result<String, CaError> {
        self.certificate
            .to_pem(LineEnding::LF)
            .map_err(|error| CaError::Encode("certificate", error))
    }

    /// Key and certificate as PEM, to be stored. Secret.
    ///
    /// # Errors
    ///
    /// [`CaError`], which does not occur for a key and certificate that were created or loaded.
    pub fn to_secret_pem(&self) -> Result<String, CaError> {
        let key = self.key.to_pkcs8_pem(LineEnding::LF).map_err(CaError::WriteKey)?;
        Ok(format!("{}{}", key.as_str(), self.certificate_pem()?))
    }

    /// Reads the PEM text of [`Self::to_secret_pem`].
    ///
    /// # Errors
    ///
    /// [`CaError`] if a part is missing or the key does not belong to the certificate.
    pub fn from_secret_pem(pem: &str) -> Result<Self, CaError> {
        let parts = pem.find(BEGIN).and_then(|at| pem.split_at_checked(at));
        let (key, certificate) = parts.ok_or(CaError::NoCertificate)?;
        let key = SigningKey::from_pkcs8_pem(key.trim()).map_err(CaError::ReadKey)?;
        let certificate =
            Certificate::from_pem(certificate.trim()).map_err(CaError::ReadCertificate)?;
        let public = SubjectPublicKeyInfo::from_key(key.verifying_key()).ok();
        if public.as_ref() != Some(certificate.tbs_certificate().subject_public_key_info()) {
            return Err(CaError::KeyMismatch);
        }
        Ok(Self { key, certificate })
    }
}

/// Reads one or more PEM certificates that [`crate::verify()`] should trust.
///
/// # Errors
///
/// [`CaError`] if `pem` does not contain a certificate, or one that cannot be read.
pub fn parse_certificates(pem: &str) -> Result<TrustAnchors, CaError> {
    let blocks =
        pem.split_inclusive(END).filter_map(|part| part.split_at_checked(part.find(BEGIN)?));
    let certificates: Result<Vec<_>, _> =
        blocks.map(|(_, certificate)| Certificate::from_pem(certificate)).collect();
    match certificates {
        Err(error) => Err(CaError::ReadCertificate(error)),
        Ok(none) if none.is_empty() => Err(CaError::NoCertificate),
        Ok(certificates) => Ok(TrustAnchors(certificates)),
    }
}

/// Trusted root certificates.
#[derive(Clone, Debug)]
pub struct TrustAnchors(pub(crate) Vec<Certificate>);

impl From<&CertificateAuthority> for TrustAnchors {
    fn from(ca: &CertificateAuthority) -> Self {
        Self(vec![ca.certificate.clone()])
    }
}

/// Content of a certificate besides its key. A profile without issuer is a root.
struct CertificateProfile {
    subject: Name,
    issuer: Option<Name>,
}

impl BuilderProfile for CertificateProfile {
    fn get_issuer(&self, subject: &Name) -> Name {
        self.issuer.as_ref().unwrap_or(subject).clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        public_key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let is_root = self.issuer.is_none();
        // Non-repudiation only, as for signatures of persons (ETSI EN 319 412-2).
        let usage = if is_root {
            KeyUsages::KeyCertSign | KeyUsages::CRLSign
        } else {
            KeyUsages::NonRepudiation.into()
        };
        let constraints =
            BasicConstraints { ca: is_root, path_len_constraint: is_root.then_some(0) };
        let mut extensions = vec![
            (true, &constraints).to_extension(tbs.subject(), &[])?,
            (true, &KeyUsage(usage)).to_extension(tbs.subject(), &[])?,
            (&SubjectKeyIdentifier::try_from(public_key)?).to_extension(tbs.subject(), &[])?,
        ];
        if !is_root {
            let authority = AuthorityKeyIdentifier::try_from(issuer_key)?;
            extensions.push((&authority).to_extension(tbs.subject(), &[])?);
        }
        Ok(extensions)
    }
}

fn issue(
    profile: CertificateProfile,
    entropy: &CaSeed,
    now: Timestamp,
    years: i16,
    key: &SigningKey,
    issuer: &SigningKey,
) -> Result<Certificate, CaError> {
    let public = SubjectPublicKeyInfo::from_key(key.verifying_key()).map_err(CaError::PublicKey)?;
    let validity = Validity::new(
        certificate_time(now.checked_sub(EARLY).ok().map(|from| from.max(Timestamp::UNIX_EPOCH)))?,
        certificate_time(plus_years(now, years))?,
    );
    CertificateBuilder::new(profile, entropy.serial()?, validity, public)
        .and_then(|builder| builder.build::<_, DerSignature>(issuer))
        .map_err(CaError::Build)
}

fn plus_years(time: Timestamp, years: i16) -> Option<Timestamp> {
    let date = Offset::UTC.to_datetime(time).date();
    // Not every year has a 29th of February.
    let later = Date::new(date.year().checked_add(years)?, date.month(), date.day().min(28));
    Offset::UTC.to_timestamp(later.ok()?.at(0, 0, 0, 0)).ok()
}

fn certificate_time(time: Option<Timestamp>) -> Result<Time, CaError> {
    time.and_then(|time| u64::try_from(time.as_second()).ok())
        .and_then(|seconds| der::DateTime::from_unix_duration(Duration::from_secs(seconds)).ok())
        .map(Time::from)
        .ok_or(CaError::Time)
}

/// A distinguished name from typed attributes, each with at most [`MAX_ATTRIBUTE`] characters that all
/// programs accept.
fn name(attributes: &[(ObjectIdentifier, &str)]) -> Result<Name, CaError> {
    let encode = || -> der::Result<Name> {
        let mut sequence: Vec<SetOfVec<AttributeTypeAndValue>> = Vec::new();
        for &(oid, value) in attributes {
            let value = to_certificate_name(value, MAX_ATTRIBUTE);
            let value = if oid == COUNTRY_NAME {
                Any::new(Tag::PrintableString, PrintableString::new(&value)?.as_bytes())?
            } else {
                Any::new(Tag::Utf8String, Utf8StringRef::new(&value)?.as_bytes())?
            };
            sequence.push(SetOfVec::try_from(vec![AttributeTypeAndValue { oid, value }])?);
        }
        Name::from_der(&sequence.to_der()?)
    };
    encode().map_err(|error| CaError::Encode("name", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

    #[test]
    fn derives_the_root_from_the_seed_and_reads_it_back() {
        let first = CertificateAuthority::create(&CaSeed::new([7; 32]), NOW).unwrap();
        let again = CertificateAuthority::create(&CaSeed::new([7; 32]), NOW).unwrap();
        let mut last = [7; 32];
        last[31] = 8;
        let other = CertificateAuthority::create(&CaSeed::new(last), NOW).unwrap();
        let pem = first.to_secret_pem().unwrap();
        assert_eq!(pem, again.to_secret_pem().unwrap());
        assert_ne!(pem, other.to_secret_pem().unwrap());
        // A sandbox with a seed keeps its authority when it is updated.
        let key = CaSeed::new([7; 32]).derive("key", 0);
        let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(key, "51d483c577c897cd9c6d524f408d88636d380636b407009dafe8fbbf2dc8ae7c");
        let read = CertificateAuthority::from_secret_pem(&pem).unwrap();
        assert_eq!(read.to_secret_pem().unwrap(), pem);
        let mixed = format!(
            "{}{}",
            first.key.to_pkcs8_pem(LineEnding::LF).unwrap().as_str(),
            other.certificate_pem().unwrap()
        );
        assert!(CertificateAuthority::from_secret_pem(&mixed).is_err());
    }

    #[test]
    fn reads_several_certificates() {
        let root = |seed| CertificateAuthority::create(&CaSeed::new([seed; 32]), NOW).unwrap();
        let (one, other) = (root(1).certificate_pem().unwrap(), root(2).certificate_pem().unwrap());
        let count = |pem: &str| parse_certificates(pem).map(|trusted| trusted.0.len()).ok();
        assert_eq!(count(&one), Some(1));
        // With text around them, as openssl prints it, and with CRLF.
        let several = format!("subject=CN\n{one}\n\nsubject=CN\n{other}\n");
        assert_eq!((count(&several), count(&several.replace('\n', "\r\n"))), (Some(2), Some(2)));
        assert_eq!((count(""), count("Hello")), (None, None));
        let cut = other.split_at(100).0;
        assert_eq!(count(&format!("{one}{cut}")), None, "the second is truncated");
    }

    #[test]
    fn debug_output_contains_no_secrets() {
        let seed = CaSeed::new([42; 32]);
        let ca = CertificateAuthority::create(&seed, NOW).unwrap();
        let identity = ca.issue(&CertificateSubject::default(), &seed, NOW).unwrap();
        assert_eq!(
            format!("{seed:?} {ca:?} {identity:?}"),
            "CaSeed(..) CertificateAuthority(..) SigningIdentity(..)"
        );
    }

    #[test]
    fn issues_certificates_for_any_name() {
        let ca = CertificateAuthority::create(&CaSeed::new([1; 32]), NOW).unwrap();
        for common_name in ["Zoë Müller-O'Neil, Jr", "", "王小明", &"x".repeat(1000), "a=b+c;\"#"]
        {
            let subject = CertificateSubject {
                common_name: common_name.to_owned(),
                surname: Some(common_name.to_owned()),
                given_name: None,
            };
            let identity = ca.issue(&subject, &CaSeed::new([2; 32]), NOW).unwrap();
            let issued = identity.certificate.tbs_certificate().subject().common_name().unwrap();
            let expected = to_certificate_name(common_name, MAX_ATTRIBUTE);
            assert_eq!(issued.unwrap().value(), expected, "{common_name}");
        }
    }
}
