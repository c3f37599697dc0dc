//! Which signature methods exist at which level, and for whom (contract, `signatureMethods`), and
//! the levels as Swiss integrators name them: a quality and a legislation.

use super::types::{SignatureLevel, SignatureMethod};

/// A row of the table of methods.
#[derive(Debug)]
pub struct MethodRow {
    /// The method.
    pub method: SignatureMethod,
    /// The levels at which it exists.
    pub levels: &'static [SignatureLevel],
    /// Whether only corporate tenants have it.
    pub corporate_only: bool,
}

/// The levels above SIMPLE for which a person is authenticated by a device.
const ADVANCED_AND_ABOVE: &[SignatureLevel] = &[
    SignatureLevel::Advanced,
    SignatureLevel::AdvancedEu,
    SignatureLevel::Qualified,
    SignatureLevel::QualifiedEu,
];

/// The methods, in the order of the contract.
pub static METHODS: [MethodRow; 5] = [
    MethodRow { method: SignatureMethod::App, levels: ADVANCED_AND_ABOVE, corporate_only: false },
    MethodRow {
        method: SignatureMethod::Sms,
        levels: &[SignatureLevel::Advanced],
        corporate_only: false,
    },
    MethodRow {
        method: SignatureMethod::Click,
        levels: &[SignatureLevel::Simple],
        corporate_only: false,
    },
    MethodRow {
        method: SignatureMethod::Passkey,
        levels: ADVANCED_AND_ABOVE,
        corporate_only: true,
    },
    MethodRow { method: SignatureMethod::Oss, levels: ADVANCED_AND_ABOVE, corporate_only: true },
];

/// The row of a method; none for a method that this version does not know.
pub fn method(method: &SignatureMethod) -> Option<&'static MethodRow> {
    METHODS.iter().find(|row| row.method == *method)
}

/// The methods that exist at a level, in the order of the contract; none at an unknown level.
pub fn methods_at(level: &SignatureLevel) -> impl Iterator<Item = &'static MethodRow> {
    METHODS.iter().filter(move |row| row.levels.contains(level))
}

/// Whether the level is qualified: the only one equal to a handwritten signature (CO art. 14
/// para. 2bis), and not signable in the TEST environment (guide, "Testing").
pub fn is_qualified(level: &SignatureLevel) -> bool {
    matches!(level, SignatureLevel::Qualified | SignatureLevel::QualifiedEu)
}
