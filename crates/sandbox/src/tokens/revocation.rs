//! Revoked tokens.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::jwt::IssuedTokenClaims;

#[derive(Debug, Default)]
struct RevocationState {
    tokens: BTreeSet<Uuid>,
    /// By client: tokens issued up to this second are revoked.
    clients: BTreeMap<String, i64>,
    /// By client: tokens issued in that second, but after the revocation.
    spared: BTreeMap<String, BTreeSet<Uuid>>,
}

/// Revocations since the start. A restart generates a new key, which invalidates all tokens.
#[derive(Debug, Default)]
pub struct Revocations(Mutex<RevocationState>);

impl Revocations {
    fn inner(&self) -> MutexGuard<'_, RevocationState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a token is revoked.
    pub fn is_revoked(&self, claims: &IssuedTokenClaims) -> bool {
        let inner = self.inner();
        inner.tokens.contains(&claims.jti)
            || inner.clients.get(&claims.azp).is_some_and(|until| claims.iat <= *until)
                && !inner.spared.get(&claims.azp).is_some_and(|spared| spared.contains(&claims.jti))
    }

    /// Revokes a token.
    pub fn revoke_token(&self, token: Uuid) {
        self.inner().tokens.insert(token);
    }

    /// Revokes all tokens issued to this client until now, in seconds since 1970.
    pub fn revoke_client(&self, client: &str, now: i64) {
        let mut inner = self.inner();
        inner.spared.remove(client);
        inner.clients.insert(client.to_owned(), now);
    }

    /// Records a new token: `iat` has a resolution of seconds and may fall in the second of a
    /// revocation.
    pub(crate) fn record_issued(&self, claims: &IssuedTokenClaims) {
        let mut inner = self.inner();
        if inner.clients.get(&claims.azp).is_some_and(|until| claims.iat <= *until) {
            inner.spared.entry(claims.azp.clone()).or_default().insert(claims.jti);
        }
    }

    /// Removes the revocations of these clients. Individually revoked tokens stay revoked.
    pub fn clear_clients(&self, clients: &HashSet<String>) {
        let mut inner = self.inner();
        inner.clients.retain(|client, _| !clients.contains(client));
        inner.spared.retain(|client, _| !clients.contains(client));
    }

    /// Removes all revocations.
    pub fn clear(&self) {
        *self.inner() = RevocationState::default();
    }
}
