//! Encryption of stored responses, which contain names and addresses (AES-256-GCM). The Redis key is
//! authenticated, too, so a ciphertext cannot be moved to another key.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};

use crate::start_error::StartError;

#[derive(Debug)]
pub(crate) struct ResponseCipher {
    key: RandomizedNonceKey,
}

impl ResponseCipher {
    pub(crate) fn new(key: &[u8; 32]) -> Result<Self, StartError> {
        RandomizedNonceKey::new(&AES_256_GCM, key)
            .map(|key| Self { key })
            .map_err(|_| "invalid key for responses in Redis".into())
    }

    /// Returns `None` if the random number generator fails.
    pub(crate) fn encrypt(&self, redis_key: &str, text: &str) -> Option<Vec<u8>> {
        let mut bytes = text.as_bytes().to_vec();
        let aad = Aad::from(redis_key.as_bytes());
        let nonce = self.key.seal_in_place_append_tag(aad, &mut bytes).ok()?;
        let mut encrypted = nonce.as_ref().to_vec();
        encrypted.extend_from_slice(&bytes);
        Some(encrypted)
    }

    pub(crate) fn decrypt(&self, redis_key: &str, encrypted: &[u8]) -> Option<String> {
        let (nonce, rest) = encrypted.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = rest.to_vec();
        let text =
            self.key.open_in_place(nonce, Aad::from(redis_key.as_bytes()), &mut bytes).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decrypts_only_under_the_same_redis_key() {
        let cipher = ResponseCipher::new(&[7; 32]).unwrap();
        let encrypted = cipher.encrypt("a", "Anna").unwrap();
        assert_eq!(cipher.decrypt("a", &encrypted).as_deref(), Some("Anna"));
        assert!(!encrypted.windows(4).any(|window| window == b"Anna"));
        assert_eq!(cipher.decrypt("b", &encrypted), None);
        assert_eq!(ResponseCipher::new(&[8; 32]).unwrap().decrypt("a", &encrypted), None);
        let mut forged = encrypted.clone();
        *forged.last_mut().unwrap() ^= 1;
        assert_eq!(cipher.decrypt("a", &forged), None);
        assert_eq!(cipher.decrypt("a", b"short"), None);
    }
}
