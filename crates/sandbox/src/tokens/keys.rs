//! Key pairs that sign tokens. A server generates them in the background, so that it listens at
//! once; the first request that needs a key waits for it. Other hosts provide their own keys.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
#[cfg(feature = "host")]
use rsa::rand_core::CryptoRng;
use rsa::signature::{SignatureEncoding, Signer, Verifier};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, PrivateKey, PublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Length of the modulus (RFC 7518 section 3.3 requires at least 2048 bits).
const BITS: u32 = 2048;
/// Public exponent of provided keys.
const EXPONENT: u32 = 65537;

/// Maximum number of cached signatures per key.
const MAX_KNOWN: usize = 1024;

/// RS256 key pair.
pub struct RsaKeyPair {
    kid: String,
    signing: SigningKey<Sha256>,
    verifying: VerifyingKey<Sha256>,
    public: PublicKey,
    /// Digests of verified messages with their signatures: a client sends the same token with every
    /// request, and the RSA verification dominates the cost of a small one.
    known: Mutex<HashSet<[u8; 32]>>,
}

impl RsaKeyPair {
    /// Generates a key pair, which takes between 0.1 and 1 second.
    ///
    /// # Errors
    /// Returns a message if the generator fails.
    #[cfg(feature = "host")]
    pub fn generate(rng: &mut impl CryptoRng) -> Result<Self, String> {
        PrivateKey::new(rng, BITS as usize).map(Self::of).map_err(|error| error.to_string())
    }

    /// Creates a key pair from two primes, big-endian.
    ///
    /// # Errors
    /// Returns a message if the values are not primes of half the key length.
    pub fn from_primes(p: &[u8], q: &[u8]) -> Result<Self, String> {
        let prime = |bytes| {
            BoxedUint::from_be_slice(bytes, BITS / 2).map_err(|error| format!("prime: {error:?}"))
        };
        let private = PrivateKey::from_p_q(prime(p)?, prime(q)?, BoxedUint::from(EXPONENT));
        private.map(Self::of).map_err(|error| error.to_string())
    }

    fn of(private: PrivateKey) -> Self {
        let public = private.to_public_key();
        // RFC 7638 requires the members in lexical order, without white space.
        let thumbprint =
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, exponent(&public), modulus(&public));
        Self {
            kid: URL_SAFE_NO_PAD.encode(Sha256::digest(thumbprint)),
            signing: SigningKey::new(private),
            verifying: VerifyingKey::new(public.clone()),
            public,
            known: Mutex::default(),
        }
    }

    /// Renames a key that several sandboxes share, so that the tokens of one are invalid in the
    /// others.
    #[must_use]
    pub fn with_kid_salt(self, salt: &[u8]) -> Self {
        let name = Sha256::new().chain_update(&self.kid).chain_update(salt).finalize();
        Self { kid: URL_SAFE_NO_PAD.encode(name), ..self }
    }

    /// Key identifier in tokens: the thumbprint (RFC 7638), unless the key was renamed.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.signing.sign(message).to_vec()
    }

    /// Whether the signature matches the message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let mut digest = Sha256::new();
        digest.update((signature.len() as u64).to_be_bytes());
        digest.update(signature);
        digest.update(message);
        let digest = digest.finalize().into();
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known().contains(&digest) {
            return true;
        }
        let good = Signature::try_from(signature)
            .is_ok_and(|s| self.verifying.verify(message, &s).is_ok());
        if good {
            let mut known = known();
            if known.len() >= MAX_KNOWN {
                known.clear();
            }
            known.insert(digest);
        }
        good
    }

    /// The public key as a JWK (RFC 7517).
    pub fn jwk(&self) -> Value {
        json!({
            "kid": self.kid,
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "n": modulus(&self.public),
            "e": exponent(&self.public),
        })
    }
}

fn modulus(key: &PublicKey) -> String {
    URL_SAFE_NO_PAD.encode(key.n_bytes())
}

fn exponent(key: &PublicKey) -> String {
    URL_SAFE_NO_PAD.encode(key.e_bytes())
}

/// Key pair that may still be in generation.
#[derive(Clone)]
pub struct LazyKeyPair(Arc<OnceLock<Result<RsaKeyPair, String>>>);

impl LazyKeyPair {
    /// Generates a key pair on a separate thread.
    #[cfg(feature = "host")]
    pub fn in_background<R: CryptoRng>(rng: impl FnOnce() -> R + Send + 'static) -> Self {
        let ring = Self(Arc::new(OnceLock::new()));
        let making = ring.clone();
        std::thread::spawn(move || {
            making.0.get_or_init(|| RsaKeyPair::generate(&mut rng()));
        });
        ring
    }

    /// Key pair that is available, or the error of its generation.
    pub fn ready(pair: Result<RsaKeyPair, String>) -> Self {
        Self(Arc::new(OnceLock::from(pair)))
    }

    /// Waits for the key pair.
    ///
    /// # Errors
    /// Returns a message if the generation failed.
    pub fn pair(&self) -> Result<&RsaKeyPair, String> {
        self.0.wait().as_ref().map_err(Clone::clone)
    }
}

impl fmt::Debug for LazyKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("ready", &self.0.get().is_some()).finish()
    }
}

/// Signing key, and former keys whose tokens are still valid.
#[derive(Debug)]
pub struct SigningKeys(RwLock<Vec<LazyKeyPair>>);

impl SigningKeys {
    /// Key ring with one key.
    pub fn new(first: LazyKeyPair) -> Self {
        Self(RwLock::new(vec![first]))
    }

    fn all(&self) -> Vec<LazyKeyPair> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Signing key. The list of keys is never empty.
    pub fn active(&self) -> LazyKeyPair {
        let none = || LazyKeyPair::ready(Err("there is no key".to_owned()));
        self.all().into_iter().next().unwrap_or_else(none)
    }

    /// Whether the check succeeds with any key.
    ///
    /// # Errors
    /// Returns a message if the generation of a key failed.
    pub fn any(&self, check: impl Fn(&RsaKeyPair) -> bool) -> Result<bool, String> {
        for ring in self.all() {
            if check(ring.pair()?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether all keys are available without waiting.
    pub fn are_ready(&self) -> bool {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().all(|ring| ring.0.get().is_some())
    }

    /// Public keys, the signing key first.
    ///
    /// # Errors
    /// Returns a message if the generation of a key failed.
    pub fn jwks(&self) -> Result<Vec<Value>, String> {
        self.all().iter().map(|ring| Ok(ring.pair()?.jwk())).collect()
    }

    /// Signs with a new key from now on. `keep` retains the former keys for the tokens that they
    /// signed.
    pub fn rotate(&self, new: LazyKeyPair, keep: bool) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !keep {
            keys.clear();
        }
        keys.insert(0, new);
    }
}
