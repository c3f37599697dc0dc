//! Fixed key that signs tokens. Generating a key of 2048 bits takes from a quarter of a second to
//! several seconds in WebAssembly, for each test file, and protects nothing: the tokens are valid only
//! inside the process of the sandbox. Each sandbox uses a different key identifier, so that it rejects
//! tokens of the others.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::tokens::keys::{LazyKeyPair, RsaKeyPair};

/// Two primes of 1024 bits, in Base64.
const PRIMES: [&str; 2] = [
    "x2576Iw2wX6Z156R2Jcos/WRmnMWsVTMne6i3thJrLuUUFr1kNEloKwzO6cKOU783sH7UkWUlePxiX3SYzvNGh\
     8rD3c+9YDNlpTgHAJltZfIYRRErMN755KHsHPfUoq5K26L+kGR11Zr+W4J4jeXxmBjStiX60oIV8r74w3B/80=",
    "xzlfEcT2r6J+fHO1eg7we2g5I0I2N510G1WMc3x3qJc81+vvjqPIoTcAONf8WrvUjWUh0Z+5IqJpjWR34RFS1K\
     o7l29k3U5CATtSTIs4GL5Eip61wPgBNLfAUfNr6ey6O5ciuiC/H/do9vFl+KjnZjLBfp94NoEYXqohEKf6Pvk=",
];

/// Key with an identifier derived from `salt`.
pub(super) fn keyring(salt: &[u8]) -> LazyKeyPair {
    let [p, q] = PRIMES.map(|prime| STANDARD.decode(prime).unwrap_or_default());
    LazyKeyPair::ready(RsaKeyPair::from_primes(&p, &q).map(|key| key.with_kid_salt(salt)))
}
