//! Signature levels (quality and legislation) and the signature methods of each level (contract,
//! `signatureMethods`).

use super::types::{SignatureLevel, SignatureMethod};

/// Quality of a signature.
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
    /// International abbreviation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Simple => "SES",
            Self::Advanced => "AES",
            Self::Qualified => "QES",
        }
    }
}

/// Law under which a certificate is issued. Neither recognizes certificates of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Legislation {
    /// The Swiss act on electronic signatures (SR 943.03).
    Zertes,
    /// The EU regulation (910/2014).
    Eidas,
}

impl Legislation {
    /// Short name in upper case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zertes => "ZERTES",
            Self::Eidas => "EIDAS",
        }
    }
}

/// Signature level.
#[derive(Debug)]
#[non_exhaustive]
pub struct LevelSpec {
    /// The level.
    pub level: SignatureLevel,
    /// Quality.
    pub quality: Quality,
    /// Law; `None` for SIMPLE, which needs no certificate.
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

/// Signature method.
#[derive(Debug)]
#[non_exhaustive]
pub struct MethodSpec {
    /// The method.
    pub method: SignatureMethod,
    /// Levels for which the method is available.
    pub levels: &'static [SignatureLevel],
    /// Whether the method is available to corporate tenants only.
    pub corporate_only: bool,
}

/// Levels that require authentication with a device.
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

/// Finds a method; `None` if this version does not know it.
pub fn method(method: &SignatureMethod) -> Option<&'static MethodSpec> {
    METHODS.iter().find(|row| row.method == *method)
}

/// Methods of a level, in the order of the contract; none for an unknown level.
pub fn methods_at(level: &SignatureLevel) -> impl Iterator<Item = &'static MethodSpec> {
    METHODS.iter().filter(move |row| row.levels.contains(level))
}

/// Whether the level is qualified: equivalent to a handwritten signature (CO art. 14 para. 2bis)
/// and not available in the TEST environment (guide, "Testing").
pub fn is_qualified(level: &SignatureLevel) -> bool {
    LEVELS.iter().any(|row| row.level == *level && row.quality == Quality::Qualified)
}
