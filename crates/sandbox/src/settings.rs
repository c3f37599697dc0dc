//! Settings of the sandbox. Where the contract leaves a question open, or contradicts the guide,
//! the default is the stricter reading; each behaviour that a client may want to test the other way
//! is a setting.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::Span;
use serde::{Deserialize, Deserializer, Serialize};
use swisscom_sign::preflight::release::SIGNATURE_SIZE;

use crate::calendar::IsoDuration;

/// Setting with named values, the first being the default.
pub trait SettingValue: Sized + Copy + 'static {
    /// All values with their names.
    const POSITIONS: &'static [(&'static str, Self)];

    /// Parses a value name.
    ///
    /// # Errors
    /// Returns a message that lists the allowed names.
    fn parse(name: &str) -> Result<Self, String> {
        Self::POSITIONS.iter().find(|(n, _)| *n == name).map(|(_, position)| *position).ok_or_else(
            || {
                let names: Vec<&str> = Self::POSITIONS.iter().map(|(name, _)| *name).collect();
                format!("must be one of {}", names.join(", "))
            },
        )
    }
}

macro_rules! switches {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident {
            $(#[doc = $first_doc:literal])* $first:ident = $first_text:literal
            $(, $(#[doc = $position_doc:literal])* $position:ident = $text:literal )* $(,)?
        }
    )+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        pub enum $name {
            $(#[doc = $first_doc])*
            #[default]
            #[serde(rename = $first_text)]
            $first,
            $( $(#[doc = $position_doc])* #[serde(rename = $text)] $position, )*
        }

        impl SettingValue for $name {
            const POSITIONS: &'static [(&'static str, Self)] = &[($first_text, Self::$first) $(, ($text, Self::$position))*];
        }
    )+};
}

switches! {
    /// Signing of a QUALIFIED process. The vendor's TEST environment has no app for it.
    Qes {
        /// The signature is rejected, as on TEST.
        Refuse = "refuse",
        /// The signature is simulated.
        Simulate = "simulate",
    }

    /// State of a process after a signer declined. The contract has no such state.
    DeclineOutcome {
        /// The process becomes EXPIRED at once; the other signers are canceled.
        Expired = "expired",
        /// The process stays PENDING until `validUntil`.
        Pending = "pending",
    }

    /// Status for a process that does not exist, or belongs to another organization.
    MissingProcess {
        /// As documented for each operation: 404 or 409.
        Contract = "contract",
        /// 404 everywhere.
        NotFound = "404",
        /// 409 everywhere.
        Conflict = "409",
    }

    /// Status for a token without the scope of the operation.
    ScopeError {
        /// 403.
        Forbidden = "403",
        /// 401.
        Unauthorized = "401",
    }

    /// Status of a signer before the release, which the contract does not define.
    SignerBeforeRelease {
        /// WAITING: not invited yet.
        Waiting = "waiting",
        /// PENDING, as after the release.
        Pending = "pending",
    }

    /// Condition for the download of signed files.
    SignedDownload {
        /// After the first signature (contract).
        Partial = "partial",
        /// After the process is COMPLETED (guide); 412 before.
        Completed = "completed",
    }
}

/// Allowed lifetimes of tokens, codes and URLs of `open`, in seconds.
pub const LIVES: RangeInclusive<i64> = 1..=86_400;
/// Allowed numbers of wrong access codes.
pub const ATTEMPTS: RangeInclusive<i64> = 1..=100;

/// Width and height of a visible signature in PDF points, such as `170x50`. Not documented by the
/// vendor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SignatureSize {
    /// Width.
    pub width: u16,
    /// Height.
    pub height: u16,
}

/// Allowed side lengths of a signature: from the smallest legible one to a large page.
const SIDES: RangeInclusive<u16> = 10..=1000;

impl SignatureSize {
    /// Parses `WIDTHxHEIGHT`.
    ///
    /// # Errors
    /// Returns a message if the text or a side length is invalid.
    pub fn parse(text: &str) -> Result<Self, String> {
        let side = |digits: &str| digits.parse().ok().filter(|side| SIDES.contains(side));
        text.split_once('x')
            .and_then(|(width, height)| Some(Self { width: side(width)?, height: side(height)? }))
            .ok_or_else(|| {
                let (least, most) = (SIDES.start(), SIDES.end());
                format!("must be WIDTHxHEIGHT, each from {least} to {most} points, such as 170x50")
            })
    }

    /// Width and height in PDF points.
    pub fn points(self) -> (f64, f64) {
        (self.width.into(), self.height.into())
    }
}

impl Default for SignatureSize {
    fn default() -> Self {
        let (width, height) = SIGNATURE_SIZE;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole points")]
        Self { width: width as u16, height: height as u16 }
    }
}

impl fmt::Display for SignatureSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl TryFrom<String> for SignatureSize {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<SignatureSize> for String {
    fn from(size: SignatureSize) -> Self {
        size.to_string()
    }
}

fn iso<'de, D: Deserializer<'de>>(from: D) -> Result<Span, D::Error> {
    IsoDuration::deserialize(from).map(|IsoDuration(span)| span)
}

/// All settings of a sandbox.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SandboxSettings {
    /// Whether unknown and read-only fields of a request are rejected (400) instead of reported in
    /// `Sandbox-Warning`.
    pub strict: bool,
    /// Signing of QUALIFIED processes.
    pub qes: Qes,
    /// State of a process after a decline.
    pub decline_outcome: DeclineOutcome,
    /// Status for missing processes.
    pub missing_process: MissingProcess,
    /// Status for tokens without the required scope.
    pub scope_error: ScopeError,
    /// Status of signers before the release.
    pub signer_before_release: SignerBeforeRelease,
    /// Condition for the download of signed files.
    pub signed_download: SignedDownload,
    /// Size of visible signatures, which have to fit on the page.
    pub signature_size: SignatureSize,
    /// Lifetime of a token in seconds; the contract's example is 3600.
    pub token_ttl: u32,
    /// Time from the end of a process to the deletion of its files.
    #[serde(deserialize_with = "iso")]
    pub archive_after: Span,
    /// Lifetime in seconds of an access code sent by SMS or e-mail. Not documented by the vendor.
    pub code_ttl: u32,
    /// Lifetime in seconds of the one-time code of `open`; the guide says 30.
    pub one_time_code_ttl: u32,
    /// Lifetime in seconds of the URL of `open`, and of a visit by its one-time code; the contract
    /// says about 15 minutes.
    pub open_ttl: u32,
    /// Allowed number of wrong access codes. Not documented by the vendor.
    pub code_attempts: u32,
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self {
            strict: false,
            qes: Qes::default(),
            decline_outcome: DeclineOutcome::default(),
            missing_process: MissingProcess::default(),
            scope_error: ScopeError::default(),
            signer_before_release: SignerBeforeRelease::default(),
            signed_download: SignedDownload::default(),
            signature_size: SignatureSize::default(),
            token_ttl: 3600,
            archive_after: Span::new().days(30),
            code_ttl: 300,
            one_time_code_ttl: 30,
            open_ttl: 15 * 60,
            code_attempts: 5,
        }
    }
}

impl SandboxSettings {
    /// Returns the settings if all numbers are within their ranges.
    ///
    /// # Errors
    /// Returns a message if a number is out of range.
    pub fn validate(self) -> Result<Self, String> {
        let numbers = [
            ("tokenTtl", self.token_ttl, LIVES),
            ("codeTtl", self.code_ttl, LIVES),
            ("oneTimeCodeTtl", self.one_time_code_ttl, LIVES),
            ("openTtl", self.open_ttl, LIVES),
            ("codeAttempts", self.code_attempts, ATTEMPTS),
        ];
        for (name, number, range) in numbers {
            if !range.contains(&i64::from(number)) {
                return Err(format!("{name}: must be from {} to {}", range.start(), range.end()));
            }
        }
        if self.archive_after.is_negative() {
            return Err("archiveAfter: must not be negative".to_owned());
        }
        Ok(self)
    }
}
