//! Tokens that are void before their end.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::jwt::IssuedTokenClaims;

#[derive(Debug, Default)]
struct RevocationState {
    tokens: BTreeSet<Uuid>,
    /// By client: tokens issued until this second are void.
    clients: BTreeMap<String, i64>,
    /// By client: tokens issued within that second, but after the revocation.
    spared: BTreeMap<String, BTreeSet<Uuid>>,
}

/// All revocations since the start. A restart has a new key, which revokes everything else.
#[derive(Debug, Default)]
pub struct Revocations(Mutex<RevocationState>);

impl Revocations {
    fn inner(&self) -> MutexGuard<'_, RevocationState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a token is void.
    pub fn is_revoked(&self, claims: &IssuedTokenClaims) -> bool {
        let inner = self.inner();
        inner.tokens.contains(&claims.jti)
            || inner.clients.get(&claims.azp).is_some_and(|until| claims.iat <= *until)
                && !inner.spared.get(&claims.azp).is_some_and(|spared| spared.contains(&claims.jti))
    }

    /// Makes a token void.
    pub fn revoke_token(&self, token: Uuid) {
        self.inner().tokens.insert(token);
    }

    /// Makes every token void that this client was given until now, in seconds since 1970.
    pub fn revoke_client(&self, client: &str, now: i64) {
        let mut inner = self.inner();
        inner.spared.remove(client);
        inner.clients.insert(client.to_owned(), now);
    }

    /// Notes a new token: `iat` counts whole seconds, and it may be of the second of a revocation.
    pub(crate) fn record_issued(&self, claims: &IssuedTokenClaims) {
        let mut inner = self.inner();
        if inner.clients.get(&claims.azp).is_some_and(|until| claims.iat <= *until) {
            inner.spared.entry(claims.azp.clone()).or_default().insert(claims.jti);
        }
    }

    /// Forgets the revocations of these clients. Tokens that were revoked one by one stay void.
    pub fn clear_clients(&self, clients: &HashSet<String>) {
        let mut inner = self.inner();
        inner.clients.retain(|client, _| !clients.contains(client));
        inner.spared.retain(|client, _| !clients.contains(client));
    }

    /// Forgets all revocations.
    pub fn clear(&self) {
        *self.inner() = RevocationState::default();
    }
}
