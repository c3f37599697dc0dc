//! Documents that are read and signed: page boxes, tags, and a PAdES signature with a certificate
//! of the sandbox's own certificate authority for each signer.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use swisscom_sign_pades::ca::{CaError, CaSeed, CertificateAuthority, CertificateSubject};
use swisscom_sign_pades::{AppearancePosition, PadesSigningInput};
use swisscom_sign_pdf::{PageSize, TagPosition};

use super::{
    DocumentError, DocumentInspection, DocumentService, DocumentSigningInput, TagLocation,
    TagLocations,
};
use crate::domain::PageSizePt;
use crate::ids::{IdGenerator, SeededIds};

/// Document service with its own certificate authority. All random values derive from one seed.
pub struct PadesDocuments {
    authority: CertificateAuthority,
    entropy: Mutex<SeededIds>,
}

impl PadesDocuments {
    /// Creates a certificate authority that is valid from the given time.
    ///
    /// # Errors
    /// Returns an error if the certificate authority cannot be created.
    pub fn new(seed: [u8; 32], now: Timestamp) -> Result<Self, CaError> {
        let mut entropy = SeededIds::new(seed);
        let authority = CertificateAuthority::create(&CaSeed::new(entropy.next()), now)?;
        Ok(Self { authority, entropy: Mutex::new(entropy) })
    }

    /// Loads a stored certificate authority, see [`Self::to_secret_pem`].
    ///
    /// # Errors
    /// Returns an error if the text is not a valid certificate authority.
    pub fn resume(authority: &str, seed: [u8; 32]) -> Result<Self, CaError> {
        let authority = CertificateAuthority::from_secret_pem(authority)?;
        Ok(Self { authority, entropy: Mutex::new(SeededIds::new(seed)) })
    }

    /// Certificate authority with its private key, to be stored for the next start. Secret.
    ///
    /// # Errors
    /// Returns an error if the certificate authority cannot be encoded.
    pub fn to_secret_pem(&self) -> Result<String, CaError> {
        self.authority.to_secret_pem()
    }
}

impl fmt::Debug for PadesDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PadesDocuments").finish_non_exhaustive()
    }
}

fn refusal(why: impl fmt::Display) -> DocumentError {
    DocumentError(why.to_string())
}

impl DocumentService for PadesDocuments {
    fn inspect(&self, bytes: &[u8]) -> Result<DocumentInspection, DocumentError> {
        let found = swisscom_sign_pdf::inspect_for_signing(bytes).map_err(refusal)?;
        let page = |size: &PageSize| PageSizePt { width: size.width, height: size.height };
        Ok(DocumentInspection { pages: Some(found.pages.iter().map(page).collect()) })
    }

    fn find_tags(&self, bytes: &[u8]) -> Option<TagLocations> {
        // `inspect` has rejected files without readable pages.
        let search = swisscom_sign_pdf::find_tags(bytes).ok()?;
        let place = |(number, at): (u32, TagPosition)| {
            let page = i32::try_from(at.page).ok()?;
            let place = TagLocation { page, x: f64::from(at.x), y: f64::from(at.y) };
            Some((usize::try_from(number).ok()?, place))
        };
        let tags = search.tags.into_iter().filter_map(place).collect();
        Some(TagLocations { tags, unsearched_page: search.unsearched_page })
    }

    fn sign(
        &self,
        bytes: &Bytes,
        input: &DocumentSigningInput<'_>,
    ) -> Result<Bytes, DocumentError> {
        let random = self.entropy.lock().unwrap_or_else(PoisonError::into_inner).next();
        let subject = CertificateSubject {
            common_name: input.name.to_owned(),
            ..CertificateSubject::default()
        };
        let identity =
            self.authority.issue(&subject, &CaSeed::new(random), input.at).map_err(refusal)?;
        let positions: Vec<AppearancePosition> = input
            .positions
            .iter()
            .map(|at| AppearancePosition {
                page: i64::from(at.page),
                x: f64::from(at.x),
                y: f64::from(at.y),
            })
            .collect();
        let act = PadesSigningInput {
            name: input.name,
            identity: &identity,
            positions: &positions,
            size: input.size,
            time: input.at,
            reason: input.role,
        };
        swisscom_sign_pades::sign(bytes, &act).map(Bytes::from).map_err(refusal)
    }

    fn signs(&self) -> bool {
        true
    }

    fn authority_pem(&self) -> Option<String> {
        self.authority.certificate_pem().ok()
    }
}
