//! The key of the tokens: constant, since generating one is slow. No other sandbox uses it.

use std::sync::LazyLock;

use swisscom_sign_sandbox::tokens::keys::{LazyKeyPair, RsaKeyPair};

/// The primes, in hexadecimal.
const P: &str = "\
    fce809888e5e88e6e3be0df31b33c224a91527ebfb7dad1dc23b07a047e33c95 \
    d6c3b92edd9705696ece184b17ab9a2321a578b273e40f8a5dda044ff7d223e6 \
    e351a2fc0b5b8495db3d008681fd53580f19ec7a263074d606a0e96363266eb3 \
    8dd7700c045823d67111c2f7326200bc4efe211756fa644e11077912339f2bf9";
const Q: &str = "\
    e7c8232afa969fcf0018d80c9de71899386f1b14e5e23e3541217a4739e42f3b \
    bd74e7bac1e0fd8b0542822ac320bf57ee18602aad937c7acc345abcedcba273 \
    d4ead0647362e3101da378bc47c9552719658c45be894077adbd5b7a8d2c45b6 \
    c442e242ef1693f34482b57f45fc1d3681c4046eb5cdd547fe92c75d6deec7e7";

pub(super) static KEYS: LazyLock<LazyKeyPair> =
    LazyLock::new(|| LazyKeyPair::ready(RsaKeyPair::from_primes(&bytes(P), &bytes(Q))));

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digit =
        |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = hexadecimal.as_bytes().iter().filter_map(digit).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)).collect()
}
