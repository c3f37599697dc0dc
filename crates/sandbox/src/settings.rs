//! Settings of the sandbox. Where the contract leaves a question open, or contradicts the guide,
//! the default is the stricter reading; each behaviour that a client may want to test the other way
//! is a setting.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::Span;
use serde::{Deserialize, Deserializer, Serialize};
use swisscom_sign::contract::declare::{api_object, closed_enum};
use swisscom_sign::preflight::release::SIGNATURE_SIZE;

use crate::calendar::IsoDuration;

closed_enum! {
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

api_object! {
    /// Settings for behaviour that the vendor's documents leave open.
    SandboxSettings #[serde(deny_unknown_fields, default)]: Debug, Clone, Serialize, Deserialize {
        /// Rejects unknown and read-only fields (400) instead of reporting them in `Sandbox-Warning`.
        must strict "strict": [boolean];
        /// QUALIFIED signatures: refused, as on the vendor's TEST environment (default), or simulated.
        must qes "qes": [enumeration Qes];
        /// State after a signer declined: EXPIRED (default) or PENDING.
        must decline_outcome "declineOutcome": [enumeration DeclineOutcome];
        /// HTTP status for an unknown process: as documented per operation (default), or one for all.
        must missing_process "missingProcess": [enumeration MissingProcess];
        /// HTTP status for a token without the required scope.
        must scope_error "scopeError": [enumeration ScopeError];
        /// Signer status before the release; a client should not rely on it.
        must signer_before_release "signerBeforeRelease": [enumeration SignerBeforeRelease];
        /// Signed files are available after the first signature (default), or once COMPLETED.
        must signed_download "signedDownload": [enumeration SignedDownload];
        /// Width and height of a visible signature in PDF points, which have to fit on the page; default
        /// `170x50`.
        must signature_size "signatureSize" as SignatureSize: [text];
        /// Token lifetime in seconds, default 3600.
        must token_ttl "tokenTtl" as u32: [integer64 min 0 max 4294967295];
        /// Retention of the files after the end of a process, default `P30D`.
        must archive_after "archiveAfter" as Span: [text SignedDuration] #[serde(deserialize_with = "iso")];
        /// Lifetime of an access code in seconds, default 300. Not documented by the vendor.
        must code_ttl "accessCodeTtl" as u32: [integer64 min 0 max 4294967295];
        /// Lifetime in seconds of the one-time code of `open`, default 30, as in the guide.
        must one_time_code_ttl "oneTimeCodeTtl" as u32: [integer64 min 0 max 4294967295];
        /// Lifetime in seconds of the URL of `open`, and of a visit by its one-time code; default 900.
        must open_ttl "openTtl" as u32: [integer64 min 0 max 4294967295];
        /// Maximum number of incorrect access codes, default 5. Not documented by the vendor.
        must code_attempts "accessCodeAttempts" as u32: [integer64 min 1];
    }
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self {
            strict: false,
            qes: Qes::Refuse,
            decline_outcome: DeclineOutcome::Expired,
            missing_process: MissingProcess::Contract,
            scope_error: ScopeError::Forbidden,
            signer_before_release: SignerBeforeRelease::Waiting,
            signed_download: SignedDownload::Partial,
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
            ("accessCodeTtl", self.code_ttl, LIVES),
            ("oneTimeCodeTtl", self.one_time_code_ttl, LIVES),
            ("openTtl", self.open_ttl, LIVES),
            ("accessCodeAttempts", self.code_attempts, ATTEMPTS),
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
