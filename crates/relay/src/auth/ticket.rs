//! Tickets: credentials for frontends that must not hold a user's token. A ticket is restricted to one
//! process and a list of operations, expires after five minutes at most, and is only valid at the
//! relay. Its keys are derived from the owner keys, so that every replica accepts it, also during a rotation.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use swisscom_sign::contract::Operation;

use super::unauthorized;
use crate::caller::{Principal, TicketRestriction};
use crate::error::RelayResult;

/// Distinguishes tickets from JWTs.
const PREFIX: &str = "relay-ticket.";

/// The first key signs; all of them verify.
#[derive(Debug)]
pub(crate) struct TicketKeys {
    keys: Vec<hmac::Key>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TicketClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    iss: String,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    process: String,
    operations: Vec<String>,
    exp: u64,
    jti: String,
}

pub(crate) fn looks_like_ticket(token: &str) -> bool {
    token.starts_with(PREFIX)
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

impl TicketKeys {
    pub(crate) fn new<K: AsRef<[u8]>>(keys: &[K]) -> Self {
        let key = |key: &K| hmac::Key::new(hmac::HMAC_SHA256, key.as_ref());
        Self { keys: keys.iter().map(key).collect() }
    }

    /// Returns the ticket and its expiry, in seconds since 1970.
    pub(crate) fn issue(
        &self,
        principal: &Principal,
        restriction: &TicketRestriction,
        ttl: Duration,
    ) -> Option<(String, u64)> {
        let exp = now_s() + ttl.as_secs().min(300);
        let claims = TicketClaims {
            tenant: principal.tenant.clone(),
            iss: principal.issuer.clone(),
            sub: principal.subject.clone(),
            email: principal.verified_email.clone(),
            phone: principal.verified_phone.clone(),
            process: restriction.process_id.clone(),
            operations: restriction.operations.iter().map(|op| op.id().to_owned()).collect(),
            exp,
            jti: uuid::Uuid::new_v4().to_string(),
        };
        let mut ticket = String::from(PREFIX);
        ticket.push_str(&URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).ok()?));
        let tag = hmac::sign(self.keys.first()?, ticket.as_bytes());
        ticket.push('.');
        ticket.push_str(&URL_SAFE_NO_PAD.encode(tag.as_ref()));
        Some((ticket, exp))
    }

    /// Returns the caller, and the remaining lifetime of the ticket.
    pub(crate) fn verify(&self, ticket: &str) -> RelayResult<(Principal, Duration)> {
        let invalid = || unauthorized("invalid ticket");
        let (signed, tag) = ticket.rsplit_once('.').ok_or_else(invalid)?;
        let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| invalid())?;
        let is_signed_by = |key: &hmac::Key| hmac::verify(key, signed.as_bytes(), &tag).is_ok();
        if !self.keys.iter().any(is_signed_by) {
            return Err(invalid());
        }
        let claims = signed.strip_prefix(PREFIX).ok_or_else(invalid)?;
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| invalid())?;
        let claims: TicketClaims = serde_json::from_slice(&claims).map_err(|_| invalid())?;
        let left = claims.exp.saturating_sub(now_s());
        if left == 0 {
            return Err(unauthorized("expired ticket"));
        }
        let operations =
            claims.operations.iter().filter_map(|id| Operation::parse(id)).collect::<Vec<_>>();
        let caller = Principal::new(claims.tenant, claims.iss, claims.sub, claims.email);
        let restriction = Some(TicketRestriction { process_id: claims.process, operations });
        let verified_phone = claims.phone;
        let principal = Principal { verified_phone, expires_s: claims.exp, restriction, ..caller };
        Ok((principal, Duration::from_secs(left)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::RelayErrorKind;

    #[test]
    fn rejects_forged_and_expired_tickets() {
        let keys = TicketKeys::new(&[b"key"]);
        let anna = Principal::new(Some("t".into()), "i".into(), "anna".into(), None);
        let anna = Principal { verified_phone: Some("+41791234567".into()), ..anna };
        let restriction = TicketRestriction {
            process_id: "p".into(),
            operations: vec![Operation::GetStatus, Operation::Open],
        };
        let (ticket, exp) = keys.issue(&anna, &restriction, Duration::from_secs(900)).unwrap();
        assert!(exp <= now_s() + 300, "five minutes at most");
        let (bearer, left) = keys.verify(&ticket).unwrap();
        assert!(left <= Duration::from_secs(300));
        assert_eq!(bearer.hash, anna.hash);
        assert_eq!(bearer.verified_phone, anna.verified_phone);
        assert_eq!(bearer.restriction, Some(restriction.clone()));
        for wrong in [
            ticket.replace("relay-ticket.", "relay-ticket.A"),
            ticket[..ticket.len() - 1].to_owned(),
            PREFIX.to_owned(),
            format!("{PREFIX}e30."),
        ] {
            assert_eq!(
                keys.verify(&wrong).unwrap_err().kind,
                RelayErrorKind::InvalidToken,
                "{wrong}"
            );
        }
        assert!(TicketKeys::new(&[b"other"]).verify(&ticket).is_err());
        assert!(TicketKeys::new(&["other", "key"]).verify(&ticket).is_ok());
        let (expired, _) = keys.issue(&anna, &restriction, Duration::ZERO).unwrap();
        assert!(keys.verify(&expired).is_err());
    }
}
