//! What is stored of an answer: names and addresses of people, so it is encrypted (AES-256-GCM) and
//! bound to its key. Who can read or write Redis can neither read nor make an answer.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};

/// Seals and opens, with a key that all replicas have.
#[derive(Debug)]
pub struct ResponseCipher {
    key: RandomizedNonceKey,
}

impl ResponseCipher {
    /// With this key.
    ///
    /// # Errors
    /// A sentence, when the key cannot be used.
    pub fn new(key: &[u8; 32]) -> Result<Self, String> {
        RandomizedNonceKey::new(&AES_256_GCM, key)
            .map(|key| Self { key })
            .map_err(|_| "no key for what is stored in redis".to_owned())
    }

    /// Seals a text for its place; `None` without randomness.
    pub fn seal(&self, place: &str, text: &str) -> Option<Vec<u8>> {
        let mut bytes = text.as_bytes().to_vec();
        let aad = Aad::from(place.as_bytes());
        let nonce = self.key.seal_in_place_append_tag(aad, &mut bytes).ok()?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.extend_from_slice(&bytes);
        Some(sealed)
    }

    /// Opens what was sealed for this place, and nothing else.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Option<String> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = rest.to_vec();
        let text = self.key.open_in_place(nonce, Aad::from(place.as_bytes()), &mut bytes).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_in_its_place_only() {
        let seal = ResponseCipher::new(&[7; 32]).unwrap();
        let sealed = seal.seal("a", "Anna").unwrap();
        assert_eq!(seal.open("a", &sealed).as_deref(), Some("Anna"));
        assert!(!sealed.windows(4).any(|window| window == b"Anna"));
        assert_eq!(seal.open("b", &sealed), None);
        assert_eq!(ResponseCipher::new(&[8; 32]).unwrap().open("a", &sealed), None);
        let mut forged = sealed.clone();
        *forged.last_mut().unwrap() ^= 1;
        assert_eq!(seal.open("a", &forged), None);
        assert_eq!(seal.open("a", b"short"), None);
    }
}
