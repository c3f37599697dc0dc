//! What can be asked of a process. The bodies are the contract's own types; a command adds what
//! the caller cannot say.

use std::fmt;

use jiff::Timestamp;
use swisscom_sign::contract::{
    ProcessOpenRequest, ProcessReleaseRequest, SignatureMethod, Signer, StickerProvider,
};
use uuid::Uuid;

use super::process::{PageSizePt, ProcessOwner};

/// Creates a process (`create`).
#[derive(Debug, Clone)]
pub struct CreateCommand {
    /// To whom it will belong.
    pub owner: ProcessOwner,
    /// The body.
    pub request: swisscom_sign::contract::Process,
}

/// Attaches a file (`attach`). The bytes stay with the host; the domain is told what it needs.
#[derive(Debug, Clone)]
pub struct AttachCommand {
    /// File name.
    pub name: String,
    /// The caller's own reference.
    pub external_identifier: Option<String>,
    /// The pages, where they are known.
    pub pages: Option<Vec<PageSizePt>>,
    /// Signature positions, tags already looked up.
    pub places: Vec<ResolvedPosition>,
}

/// A signature position, resolved to a page.
#[derive(Debug, Clone)]
pub struct ResolvedPosition {
    /// The signer: identification or externalIdentifier.
    pub signer: String,
    /// Page, from 0; negative counts from the end.
    pub page: i32,
    /// Left edge, in PDF points from the left.
    pub x: i32,
    /// Upper edge, in PDF points from the top.
    pub y: i32,
    /// Who draws the visible signature.
    pub sticker: Option<StickerProvider>,
}

/// Releases a process (`release`).
#[derive(Debug, Clone)]
pub struct ReleaseCommand {
    /// The body; a body without fields when there is none.
    pub request: ProcessReleaseRequest,
    /// `validUntil` of the body, as a time.
    pub valid_until: Option<Timestamp>,
}

/// Completes the setup page, which releases the process with notifications on.
#[derive(Debug, Clone, Default)]
pub struct CompleteSetupCommand {
    /// Whether the signers sign one after the other; unchanged when absent.
    pub signing_order: Option<bool>,
    /// The signers in their order; who is not named comes after them, as before.
    pub order: Vec<Uuid>,
    /// The message of the invitation; unchanged when absent.
    pub message: Option<String>,
    /// Every signature position; unchanged when absent.
    pub positions: Option<Vec<PositionInput>>,
    /// Who the initiator is, where that is a person who does not sign; unchanged when absent.
    pub initiator: Option<InitiatorInput>,
}

/// Puts the signers in an order. The API has no field for it: the cockpit and the setup page set it.
#[derive(Debug, Clone, Default)]
pub struct SetSigningOrderCommand {
    /// Whether the signers sign one after the other.
    pub signing_order: bool,
    /// The signers in their order; who is not named comes after them, as before.
    pub order: Vec<Uuid>,
}

/// What the setup page asks of an initiator who does not sign. Empty texts stand for none.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct InitiatorInput {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
}

/// A signature position, as the setup page places it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PositionInput {
    /// The file.
    pub file: Uuid,
    /// The signer.
    pub signer: Uuid,
    /// Page, from 0; negative counts from the end.
    pub page: i32,
    /// Left edge, in PDF points from the left.
    pub x: i32,
    /// Upper edge, in PDF points from the top.
    pub y: i32,
}

/// Makes a URL for a participant (`open`).
#[derive(Debug, Clone)]
pub struct OpenCommand {
    /// Identification or externalIdentifier.
    pub person: String,
    /// The body.
    pub request: ProcessOpenRequest,
}

/// Redeems the one-time code of a URL that open gave out (guide, "Open Request"). A code that is
/// wrong, too old or used is no error: nothing follows.
#[derive(Clone)]
pub struct RedeemCommand {
    /// Which opening.
    pub opening: String,
    /// The code.
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
    /// The method; the first that is allowed when absent.
    pub method: Option<SignatureMethod>,
    /// The name in the signing certificate, when it is not the declared one.
    pub certificate_name: Option<String>,
}

/// A signer declines.
#[derive(Debug, Clone, Default)]
pub struct DeclineCommand {
    /// Identification or externalIdentifier.
    pub person: String,
    /// Why.
    pub reason: Option<String>,
}

/// A signer lets somebody else sign instead; or the initiator has somebody else sign.
#[derive(Debug, Clone)]
pub struct DelegateCommand {
    /// Identification or externalIdentifier of who leaves.
    pub person: String,
    /// Who comes: names, and an e-mail address or a mobile number.
    pub to: Signer,
}

/// What the online identification of a signer came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum IdentificationResult {
    /// The signer is who the process says.
    Approved,
    /// The signer is not.
    Rejected,
    /// The provider is still at it.
    Pending,
}

/// A signer goes through the online identification (GwG).
#[derive(Debug, Clone)]
pub struct IdentifyCommand {
    /// Identification or externalIdentifier.
    pub person: String,
    /// The result; the one that the last name asks for when absent.
    pub result: Option<IdentificationResult>,
}
