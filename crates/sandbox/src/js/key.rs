//! The key that signs tokens. It is everybody's: a key of 2048 bits takes from a quarter of a second
//! to several to make in JavaScript's world, for every test file again, and protects nothing here.
//! The tokens of a sandbox are good inside the process that it runs in, and nowhere else. Each
//! sandbox names the key differently, so that the tokens of one are void in the others.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::tokens::keys::{LazyKeyPair, RsaKeyPair};

/// Two primes of 1024 bits, in Base64.
const PRIMES: [&str; 2] = [
    "x2576Iw2wX6Z156R2Jcos/WRmnMWsVTMne6i3thJrLuUUFr1kNEloKwzO6cKOU783sH7UkWUlePxiX3SYzvNGh\
     8rD3c+9YDNlpTgHAJltZfIYRRErMN755KHsHPfUoq5K26L+kGR11Zr+W4J4jeXxmBjStiX60oIV8r74w3B/80=",
    "xzlfEcT2r6J+fHO1eg7we2g5I0I2N510G1WMc3x3qJc81+vvjqPIoTcAONf8WrvUjWUh0Z+5IqJpjWR34RFS1K\
     o7l29k3U5CATtSTIs4GL5Eip61wPgBNLfAUfNr6ey6O5ciuiC/H/do9vFl+KjnZjLBfp94NoEYXqohEKf6Pvk=",
];

/// The key under a name of its own.
pub(super) fn keyring(salt: &[u8]) -> LazyKeyPair {
    let [p, q] = PRIMES.map(|prime| STANDARD.decode(prime).unwrap_or_default());
    LazyKeyPair::ready(RsaKeyPair::from_primes(&p, &q).map(|key| key.with_kid_salt(salt)))
}
