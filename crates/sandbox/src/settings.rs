//! The settings: where the contract leaves a question open, or contradicts the guide, the sandbox
//! picks the stricter reading, and each pick that a client may want to test the other way is a
//! switch here.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::Span;
use serde::{Deserialize, Deserializer, Serialize};
use swisscom_sign::preflight::release::SIGNATURE_SIZE;

use crate::calendar::IsoDuration;

/// A switch with named positions, the first being the default.
pub trait SettingValue: Sized + Copy + 'static {
    /// Every position with its name.
    const POSITIONS: &'static [(&'static str, Self)];

    /// The position of that name, or the names that there are.
    ///
    /// # Errors
    /// A sentence that lists the positions.
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
    /// What happens when a signer of a QUALIFIED process signs. The vendor's TEST environment has
    /// no app for it.
    Qes {
        /// The signature is refused, as on TEST.
        Refuse = "refuse",
        /// The signature is made all the same.
        Simulate = "simulate",
    }

    /// What becomes of a process when a signer declines. The contract has no state of that name.
    DeclineOutcome {
        /// The process ends as EXPIRED at once; the other signers are canceled.
        Expired = "expired",
        /// The process stays PENDING until `validUntil`.
        Pending = "pending",
    }

    /// The status for a process that does not exist, or belongs to somebody else.
    MissingProcess {
        /// As each operation documents: 404 where it does, 409 elsewhere.
        Contract = "contract",
        /// 404 everywhere.
        NotFound = "404",
        /// 409 everywhere.
        Conflict = "409",
    }

    /// The status for a token that lacks the scope of the operation.
    ScopeError {
        /// 403.
        Forbidden = "403",
        /// 401.
        Unauthorized = "401",
    }

    /// The status of a signer before the release, of which the contract says nothing.
    SignerBeforeRelease {
        /// WAITING: not invited yet.
        Waiting = "waiting",
        /// PENDING, as after it.
        Pending = "pending",
    }

    /// When signed files can be downloaded.
    SignedDownload {
        /// After the first signature (contract).
        Partial = "partial",
        /// When the process is COMPLETED (guide); 412 before.
        Completed = "completed",
    }
}

/// How long tokens, codes and URLs of open may live, in seconds.
pub const LIVES: RangeInclusive<i64> = 1..=86_400;
/// How often an access code may be entered wrong.
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

/// What a side of a signature may measure: from what can still be read to a large page.
const SIDES: RangeInclusive<u16> = 10..=1000;

impl SignatureSize {
    /// Reads `WIDTHxHEIGHT`.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let side = |digits: &str| digits.parse().ok().filter(|side| SIDES.contains(side));
        text.split_once('x')
            .and_then(|(width, height)| Some(Self { width: side(width)?, height: side(height)? }))
            .ok_or_else(|| {
                let (least, most) = (SIDES.start(), SIDES.end());
                format!("must be WIDTHxHEIGHT, each from {least} to {most} points, such as 170x50")
            })
    }

    /// Width and height.
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

/// All switches of a sandbox.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SandboxSettings {
    /// Whether unknown and read-only fields of a request are refused (400) instead of reported in
    /// `Sandbox-Warning`.
    pub strict: bool,
    /// QUALIFIED signatures.
    pub qes: Qes,
    /// After a declined signature.
    pub decline_outcome: DeclineOutcome,
    /// Processes that do not exist.
    pub missing_process: MissingProcess,
    /// Tokens without the scope.
    pub scope_error: ScopeError,
    /// Signers before the release.
    pub signer_before_release: SignerBeforeRelease,
    /// Signed files.
    pub signed_download: SignedDownload,
    /// Visible signatures, and with them what the visible area of a page must hold.
    pub signature_size: SignatureSize,
    /// Seconds that a token lives; the contract's example says 3600.
    pub token_ttl: u32,
    /// From the end of a process to the deletion of its files.
    #[serde(deserialize_with = "iso")]
    pub archive_after: Span,
    /// Seconds that an access code by SMS or e-mail is valid. Not documented by the vendor.
    pub code_ttl: u32,
    /// Seconds that the one-time code of open can be redeemed; the guide says 30.
    pub one_time_code_ttl: u32,
    /// Seconds that the URL of open is good for, and a visit by its one-time code lasts; the
    /// contract says about 15 minutes.
    pub open_ttl: u32,
    /// How often an access code may be entered wrong. Not documented by the vendor.
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
    /// The same, when every number is in its range.
    ///
    /// # Errors
    /// A sentence.
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
