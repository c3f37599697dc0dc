//! The authenticated caller: identity, and what a ticket restricts it to.

use aws_lc_rs::digest;
use swisscom_sign::contract::Operation;

/// Hash of a caller's identity: key in caches, limits and Redis.
pub(crate) type OwnerHash = [u8; 32];

/// A caller with a verified token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    /// From the issuer's tenant claim.
    pub(crate) tenant: Option<String>,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// Only if the issuer asserts `email_verified`.
    pub(crate) verified_email: Option<String>,
    /// Only if the issuer asserts `phone_number_verified`.
    pub(crate) verified_phone: Option<String>,
    /// Of tenant, issuer and subject.
    pub(crate) hash: OwnerHash,
    /// Start of the hash: logs contain no identities.
    pub(crate) log_name: String,
    pub(crate) name: Option<String>,
    /// Expiry of the token, in seconds since 1970.
    pub(crate) expires_s: u64,
    /// Set if the credential is a ticket.
    pub(crate) restriction: Option<TicketRestriction>,
}

/// What a ticket allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TicketRestriction {
    pub(crate) process_id: String,
    pub(crate) operations: Vec<Operation>,
}

impl Principal {
    pub(crate) fn new(
        tenant: Option<String>,
        issuer: String,
        subject: String,
        verified_email: Option<String>,
    ) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [tenant.as_deref().unwrap_or_default(), &issuer, &subject] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let hash = hash_bytes(&context.finish());
        let log_name = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self {
            tenant,
            issuer,
            subject,
            verified_email,
            verified_phone: None,
            hash,
            log_name,
            name: None,
            expires_s: 0,
            restriction: None,
        }
    }
}

fn hash_bytes(digest: &digest::Digest) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    out
}
