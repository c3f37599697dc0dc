//! Ownership of processes: an owner tag, an HMAC over the caller's identity, in a property of the
//! process. It is stored atomically with the creation, needs no database, does not reveal the user, and
//! can be verified by any replica that has the keys.
//!
//! `base64url(kid[1] || nonce[15] || HMAC-SHA256(key, "sign-relay/owner/v1" || kid || nonce ||
//! len(tenant) tenant || len(iss) iss || len(sub) sub))`: 48 bytes, exactly the 64 characters that
//! the value of a property may have.

pub(crate) mod index;

use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use quick_cache::sync::Cache;

use crate::caller::{OwnerHash, Principal};

const TAG_BYTES: usize = 48;
const LABEL: &[u8] = b"sign-relay/owner/v1";

#[derive(Debug)]
pub(crate) struct OwnerTagKeys {
    keys: Vec<(u8, hmac::Key)>,
}

impl OwnerTagKeys {
    /// The first key signs new tags; all of them verify.
    pub(crate) fn new<'k>(keys: impl IntoIterator<Item = (u8, &'k [u8])>) -> Self {
        let keys = keys
            .into_iter()
            .map(|(kid, text)| (kid, hmac::Key::new(hmac::HMAC_SHA256, text)))
            .collect();
        Self { keys }
    }

    /// Derives the keys of a tenant, so that a tag of one tenant is invalid for another one, whatever
    /// the claims of their users contain.
    #[must_use]
    pub(crate) fn for_tenant(&self, tenant: &str) -> Self {
        let derive = |key: &hmac::Key| {
            let mut context = hmac::Context::with_key(key);
            context.update(b"sign-relay/tenant/v1");
            context.update(tenant.as_bytes());
            hmac::Key::new(hmac::HMAC_SHA256, context.sign().as_ref())
        };
        Self { keys: self.keys.iter().map(|(kid, key)| (*kid, derive(key))).collect() }
    }

    /// Keys for another purpose, one of each key, in the same order.
    pub(crate) fn derive_keys(&self, label: &str) -> Vec<[u8; 32]> {
        self.keys.iter().map(|(_, key)| derive_key(key, label)).collect()
    }

    /// A key for data that replicas share. From the key with the lowest id, so that it is the same on
    /// all replicas while a key with a higher id is being added and promoted.
    pub(crate) fn derive_shared_key(&self, label: &str) -> [u8; 32] {
        let oldest = self.keys.iter().min_by_key(|(kid, _)| *kid);
        oldest.map_or([0; 32], |(_, key)| derive_key(key, label))
    }

    /// Returns `None` without a key.
    pub(crate) fn tag(&self, owner: &Principal) -> Option<String> {
        let (kid, key) = self.keys.first()?;
        let mut nonce = [0; 15];
        aws_lc_rs::rand::fill(&mut nonce).ok()?;
        let mac = mac(key, *kid, &nonce, owner);
        let mut bytes = Vec::with_capacity(TAG_BYTES);
        bytes.push(*kid);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(mac.as_ref());
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    pub(crate) fn verify(&self, tag: &str, owner: &Principal) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(tag) else { return false };
        if bytes.len() != TAG_BYTES {
            return false;
        }
        let (Some((kid, rest)), Some(nonce), Some(given)) =
            (bytes.split_first(), bytes.get(1..16), bytes.get(16..))
        else {
            return false;
        };
        debug_assert_eq!(rest.len(), TAG_BYTES - 1);
        let Some((_, key)) = self.keys.iter().find(|(known, _)| known == kid) else {
            return false;
        };
        let expected = mac(key, *kid, nonce, owner);
        constant_time::verify_slices_are_equal(expected.as_ref(), given).is_ok()
    }
}

fn derive_key(key: &hmac::Key, label: &str) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(hmac::sign(key, label.as_bytes()).as_ref()) {
        *to = *from;
    }
    out
}

fn mac(key: &hmac::Key, kid: u8, nonce: &[u8], owner: &Principal) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(LABEL);
    context.update(&[kid]);
    context.update(nonce);
    for part in [owner.tenant.as_deref().unwrap_or_default(), &owner.issuer, &owner.subject] {
        // Length-prefixed, so that no two identities produce the same bytes.
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    context.sign()
}

/// Cache of verified ownership, keyed by owner and process. Failures are not cached: requests of other
/// callers always go to the platform, so that their timing does not reveal whether a process exists.
#[derive(Debug)]
pub(crate) struct OwnerCache {
    entries: Cache<(OwnerHash, String), ()>,
}

/// Borrowed key for lookups.
#[derive(Hash)]
struct OwnerCacheKey<'k>(&'k OwnerHash, &'k str);

impl quick_cache::Equivalent<(OwnerHash, String)> for OwnerCacheKey<'_> {
    fn equivalent(&self, (owner, process_id): &(OwnerHash, String)) -> bool {
        self.0 == owner && self.1 == process_id
    }
}

impl OwnerCache {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { entries: Cache::new(capacity.max(16)) }
    }

    pub(crate) fn contains(&self, owner: &Principal, process_id: &str) -> bool {
        self.entries.get(&OwnerCacheKey(&owner.hash, process_id)).is_some()
    }

    pub(crate) fn insert(&self, owner: &Principal, process_id: &str) {
        self.entries.insert((owner.hash, process_id.to_owned()), ());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(tenant: Option<&str>, issuer: &str, subject: &str) -> Principal {
        Principal::new(tenant.map(Into::into), issuer.into(), subject.into(), None)
    }

    fn keys() -> OwnerTagKeys {
        OwnerTagKeys::new([(1, &b"0123456789abcdef0123456789abcdef"[..])])
    }

    #[test]
    fn tags_have_64_characters_and_verify_for_their_owner_only() {
        let (keys, anna) = (keys(), person(None, "i", "anna"));
        let tag = keys.tag(&anna).unwrap();
        assert_eq!(tag.len(), 64);
        assert!(keys.verify(&tag, &anna));
        for other in [
            person(None, "i", "berta"),
            person(None, "j", "anna"),
            person(Some("t"), "i", "anna"),
            // The same bytes, split elsewhere.
            person(None, "ia", "nna"),
            person(Some("i"), "", "anna"),
        ] {
            assert!(!keys.verify(&tag, &other), "{other:?}");
        }
        assert_ne!(keys.tag(&anna), keys.tag(&anna), "unlinkable");
    }

    /// Computed with Python's `hmac`. A change of the format would orphan every process.
    #[test]
    fn verifies_tags_of_the_documented_format() {
        let anna = person(None, "https://iam.example.com", "anna");
        let tag = "AQABAgMEBQYHCAkKCwwNDjXo1uzLLpqc1lLHXKYqJZWy-60fAtSZndDra03ZcX7_";
        assert!(keys().verify(tag, &anna));
        let of_tenant = person(Some("acme"), "https://iam.example.com", "anna");
        let tag = "AQABAgMEBQYHCAkKCwwNDs8Dy32IFePfrPTF_SF_EVNCkmTIKPdyfJF9ZaNwcQOo";
        assert!(keys().for_tenant("acme").verify(tag, &of_tenant));
    }

    #[test]
    fn rejects_a_modified_tag() {
        let (keys, anna) = (keys(), person(None, "i", "anna"));
        let tag = keys.tag(&anna).unwrap();
        for at in 0..tag.len() {
            let mut changed = tag.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(!keys.verify(&String::from_utf8(changed).unwrap(), &anna), "{at}");
        }
        for wrong in ["", "A", &tag[..60], &format!("{tag}AAAA"), &"=".repeat(64)] {
            assert!(!keys.verify(wrong, &anna), "{wrong}");
        }
    }

    #[test]
    fn verifies_tags_of_rotated_keys() {
        let anna = person(None, "i", "anna");
        let old_key = &b"0123456789abcdef0123456789abcdef"[..];
        let new_key = &b"fedcba9876543210fedcba9876543210"[..];
        let old_tag = keys().tag(&anna).unwrap();
        let both = OwnerTagKeys::new([(2, new_key), (1, old_key)]);
        assert!(both.verify(&old_tag, &anna));
        let new_tag = both.tag(&anna).unwrap();
        let new_only = OwnerTagKeys::new([(2, new_key)]);
        assert!(new_only.verify(&new_tag, &anna));
        assert!(!new_only.verify(&old_tag, &anna));
        // The same kid with another key.
        assert!(!OwnerTagKeys::new([(1, new_key)]).verify(&old_tag, &anna));
    }

    #[test]
    fn derives_separate_keys_for_tenants() {
        let anna = person(Some("a"), "i", "anna");
        let (a, b) = (keys().for_tenant("a"), keys().for_tenant("b"));
        let tag = a.tag(&anna).unwrap();
        assert!(a.verify(&tag, &anna));
        assert!(!b.verify(&tag, &anna));
        assert!(!keys().verify(&tag, &anna));
    }

    #[test]
    fn caches_ownership_per_caller() {
        let cache = OwnerCache::new(100);
        let (anna, berta) = (person(None, "i", "anna"), person(None, "i", "berta"));
        cache.insert(&anna, "p");
        assert!(cache.contains(&anna, "p"));
        assert!(!cache.contains(&berta, "p"));
        assert!(!cache.contains(&anna, "q"));
    }
}
