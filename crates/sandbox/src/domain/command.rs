//! Commands on a process. The bodies are the contract's own types; a command adds what the caller
//! cannot provide.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use swisscom_sign::contract::declare::{api_object, closed_enum};
use swisscom_sign::contract::{
    ProcessOpenRequest, ProcessReleaseRequest, SignatureMethod, Signer, StickerProvider,
};
use uuid::Uuid;

use super::process::{PageSizePt, ProcessOwner};

/// Creates a process (`create`).
#[derive(Debug, Clone)]
pub struct CreateCommand {
    /// Owner.
    pub owner: ProcessOwner,
    /// Request body.
    pub request: swisscom_sign::contract::Process,
}

/// Attaches a file (`attach`). The host keeps the bytes; the domain receives only what it needs.
#[derive(Debug, Clone)]
pub struct AttachCommand {
    /// File name.
    pub name: String,
    /// External identifier.
    pub external_identifier: Option<String>,
    /// Pages, if known.
    pub pages: Option<Vec<PageSizePt>>,
    /// Signature positions, with tags resolved.
    pub places: Vec<ResolvedPosition>,
}

/// A signature position, resolved to a page.
#[derive(Debug, Clone)]
pub struct ResolvedPosition {
    /// Identification or externalIdentifier of the signer.
    pub signer: String,
    /// Page, from 0; negative counts from the end.
    pub page: i32,
    /// Left edge, in PDF points from the left.
    pub x: i32,
    /// Upper edge, in PDF points from the top.
    pub y: i32,
    /// Provider of the visible signature.
    pub sticker: Option<StickerProvider>,
}

/// Releases a process (`release`).
#[derive(Debug, Clone)]
pub struct ReleaseCommand {
    /// Request body; without fields if the request has no body.
    pub request: ProcessReleaseRequest,
    /// `validUntil` of the body, as a time.
    pub valid_until: Option<Timestamp>,
}

/// Completes the setup page, which releases the process with notifications.
#[derive(Debug, Clone, Default)]
pub struct CompleteSetupCommand {
    /// Whether the signers sign one after the other; `None` keeps the present value.
    pub signing_order: Option<bool>,
    /// Signers in signing order; signers that are not named follow in their present order.
    pub order: Vec<Uuid>,
    /// Message of the invitation; `None` keeps the present one.
    pub message: Option<String>,
    /// All signature positions; `None` keeps the present ones.
    pub positions: Option<Vec<PositionInput>>,
    /// Initiator, if a person who does not sign; `None` keeps the present one.
    pub initiator: Option<InitiatorInput>,
}

/// Sets the signing order. The API has no field for it: the console and the setup page set it.
#[derive(Debug, Clone, Default)]
pub struct SetSigningOrderCommand {
    /// Whether the signers sign one after the other.
    pub signing_order: bool,
    /// Signers in signing order; signers that are not named follow in their present order.
    pub order: Vec<Uuid>,
}

api_object! {
    /// Initiator who does not sign, as entered on the setup page. Empty strings mean absent.
    InitiatorInput as "SetupInitiator" [closed]: Debug, Clone, Default, PartialEq, Eq, Deserialize {
        /// First name.
        may first_name "firstName": [text];
        /// Last name.
        may last_name "lastName": [text];
        /// E-mail address.
        may email "email": [text];
    }

    /// Signature position as placed on the setup page, in PDF points of the page as displayed.
    PositionInput as "SandboxPosition" [closed]: Debug, Clone, Copy, PartialEq, Eq, Deserialize {
        /// UUID of the file.
        must file "fileId" as Uuid: [text Uuid];
        /// UUID of the signer.
        must signer "signerId" as Uuid: [text Uuid];
        /// Page, from 0; negative counts from the end.
        must page "page": [integer];
        /// Left edge, from the left.
        must x "x": [integer];
        /// Upper edge, from the top.
        must y "y": [integer];
    }
}

/// Creates a URL for a participant (`open`).
#[derive(Debug, Clone)]
pub struct OpenCommand {
    /// Identification or externalIdentifier.
    pub person: String,
    /// Request body.
    pub request: ProcessOpenRequest,
}

/// Redeems the one-time code of a URL returned by `open` (guide, "Open Request"). An invalid,
/// expired or used code causes no event rather than an error.
#[derive(Clone)]
pub struct RedeemCommand {
    /// Identifier of the opened URL.
    pub opening: String,
    /// One-time code.
    pub code: String,
}

impl fmt::Debug for RedeemCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redeem")
    }
}

/// A signer signs.
#[derive(Debug, Clone, Default)]
pub struct SignCommand {
    /// Identification or externalIdentifier.
    pub person: String,
    /// Signature method; `None` selects the first allowed one.
    pub method: Option<SignatureMethod>,
    /// Name in the signing certificate, if it differs from the declared one.
    pub certificate_name: Option<String>,
}

/// A signer declines.
#[derive(Debug, Clone, Default)]
pub struct DeclineCommand {
    /// Identification or externalIdentifier.
    pub person: String,
    /// Reason.
    pub reason: Option<String>,
}

/// Replaces a signer: the signer delegates, or the initiator replaces the signer.
#[derive(Debug, Clone)]
pub struct DelegateCommand {
    /// Identification or externalIdentifier of the signer who is replaced.
    pub person: String,
    /// New signer: names, and an e-mail address or a mobile number.
    pub to: Signer,
}

closed_enum! {
    /// Result of the online identification of a signer.
    IdentificationResult {
        /// Identity confirmed.
        Approved = "APPROVED",
        /// Identity rejected.
        Rejected = "REJECTED",
        /// No result yet.
        Pending = "PENDING",
    }
}

/// Identifies a signer online (GwG).
#[derive(Debug, Clone)]
pub struct IdentifyCommand {
    /// Identification or externalIdentifier.
    pub person: String,
    /// Result; `None` derives it from the last name.
    pub result: Option<IdentificationResult>,
}
