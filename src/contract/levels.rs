//! Which signature methods exist at which level, and for whom (contract, `signatureMethods`), and
//! the levels as Swiss integrators name them: a quality and a legislation.

use super::types::{SignatureLevel, SignatureMethod};

/// What a signature is worth, as Swiss integrators say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// Simple (SES, EES).
    Simple,
    /// Advanced (AES, FES).
    Advanced,
    /// Qualified (QES).
    Qualified,
}

impl Quality {
    /// Its international abbreviation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Simple => "SES",
            Self::Advanced => "AES",
            Self::Qualified => "QES",
        }
    }
}

/// The law under which a certificate is issued. Neither recognises the other's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Legislation {
    /// The Swiss act on electronic signatures (SR 943.03).
    Zertes,
    /// The EU regulation (910/2014).
    Eidas,
}

impl Legislation {
    /// Its short name, upper-case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zertes => "ZERTES",
            Self::Eidas => "EIDAS",
        }
    }
}

/// A row of the table of levels.
#[derive(Debug)]
pub struct LevelSpec {
    /// The level.
    pub level: SignatureLevel,
    /// What it is worth.
    pub quality: Quality,
    /// Under which law; none for SIMPLE, which no certificate law knows.
    pub legislation: Option<Legislation>,
}

/// The levels, in the order of the contract (`Process.signatureLevel`).
pub static LEVELS: [LevelSpec; 5] = [
    LevelSpec { level: SignatureLevel::Simple, quality: Quality::Simple, legislation: None },
    LevelSpec {
        level: SignatureLevel::Advanced,
        quality: Quality::Advanced,
        legislation: Some(Legislation::Zertes),
    },
    LevelSpec {
        level: SignatureLevel::AdvancedEu,
        quality: Quality::Advanced,
        legislation: Some(Legislation::Eidas),
    },
    LevelSpec {
        level: SignatureLevel::Qualified,
        quality: Quality::Qualified,
        legislation: Some(Legislation::Zertes),
    },
    LevelSpec {
        level: SignatureLevel::QualifiedEu,
        quality: Quality::Qualified,
        legislation: Some(Legislation::Eidas),
    },
];

/// A row of the table of methods.
#[derive(Debug)]
pub struct MethodSpec {
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
pub static METHODS: [MethodSpec; 5] = [
    MethodSpec { method: SignatureMethod::App, levels: ADVANCED_AND_ABOVE, corporate_only: false },
    MethodSpec {
        method: SignatureMethod::Sms,
        levels: &[SignatureLevel::Advanced],
        corporate_only: false,
    },
    MethodSpec {
        method: SignatureMethod::Click,
        levels: &[SignatureLevel::Simple],
        corporate_only: false,
    },
    MethodSpec {
        method: SignatureMethod::Passkey,
        levels: ADVANCED_AND_ABOVE,
        corporate_only: true,
    },
    MethodSpec { method: SignatureMethod::Oss, levels: ADVANCED_AND_ABOVE, corporate_only: true },
];

/// The row of a method; none for a method that this version does not know.
pub fn method(method: &SignatureMethod) -> Option<&'static MethodSpec> {
    METHODS.iter().find(|row| row.method == *method)
}

/// The methods that exist at a level, in the order of the contract; none at an unknown level.
pub fn methods_at(level: &SignatureLevel) -> impl Iterator<Item = &'static MethodSpec> {
    METHODS.iter().filter(move |row| row.levels.contains(level))
}

/// Whether the level is qualified: the only one equal to a handwritten signature (CO art. 14
/// para. 2bis), and not signable in the TEST environment (guide, "Testing").
pub fn is_qualified(level: &SignatureLevel) -> bool {
    LEVELS.iter().any(|row| row.level == *level && row.quality == Quality::Qualified)
}
