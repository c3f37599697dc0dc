//! Data of a process that the rules need, read from its JSON: the request of create, or the response
//! of create or getProcess.

use std::borrow::Cow;

use crate::contract::json::{self, JsonScalar};
use crate::contract::{SignatureLevel, SignerStatus};

/// A participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantView<'a> {
    /// JSONPath in the process.
    pub path: String,
    /// Discriminator: `NON_PERSON`, `PERSON` or `SIGNER`.
    pub kind: Cow<'a, str>,
    /// Identification, if the platform has assigned one.
    pub identification: Option<Cow<'a, str>>,
    /// Reference of the caller.
    pub external_identifier: Option<Cow<'a, str>>,
    /// Whether an e-mail address is set.
    pub has_email: bool,
    /// Whether first and last name are set.
    pub has_names: bool,
    /// Whether an online identification is required.
    pub has_verification: bool,
    /// Status, of signers.
    pub status: Option<SignerStatus>,
}

impl ParticipantView<'_> {
    /// Whether the reference is the identification or externalIdentifier of this participant.
    pub fn has_reference(&self, reference: &str) -> bool {
        let same = |own: &Option<Cow<'_, str>>| own.as_deref() == Some(reference);
        let id = self.identification.as_deref();
        id.is_some_and(|id| id.eq_ignore_ascii_case(reference)) || same(&self.external_identifier)
    }

    /// Whether a signature of this participant is required.
    pub fn signs(&self) -> bool {
        self.kind == "SIGNER"
            && !matches!(self.status, Some(SignerStatus::Removed | SignerStatus::Replaced))
    }
}

/// A resolved signature position, in PDF points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionView<'a> {
    /// Reference to the signer.
    pub signer: Cow<'a, str>,
    /// Page, from 0; negative from the end.
    pub page: i64,
    /// Left edge.
    pub x: i64,
    /// Upper edge.
    pub y: i64,
}

/// A file of the process.
#[derive(Debug, Clone, PartialEq)]
pub struct FileView<'a> {
    /// JSONPath in the process.
    pub path: String,
    /// Reference of the caller.
    pub external_identifier: Option<Cow<'a, str>>,
    /// Signature positions.
    pub positions: Vec<PositionView<'a>>,
    /// Width and height of each page as displayed, in PDF points, if the file was inspected.
    pub pages: Option<Vec<(f64, f64)>>,
}

/// A process.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessView<'a> {
    /// Signature level; the platform's default if absent.
    pub level: SignatureLevel,
    /// The initiator, then the invited signers in order.
    pub participants: Vec<ParticipantView<'a>>,
    /// The files in order.
    pub files: Vec<FileView<'a>>,
}

impl<'a> ProcessView<'a> {
    /// Reads a process. Ignores fields of the wrong type, which validation reports.
    pub fn read(process: &'a str) -> Self {
        let level = json::find_string(process, &["signatureLevel"]);
        let initiator = json::find_raw(process, &["initiator"]).into_iter();
        let invited = json::find_raw(process, &["invitees", "signers"]).unwrap_or_default();
        let files = json::find_raw(process, &["fileReferences"]).unwrap_or_default();
        let mut participants: Vec<_> =
            initiator.map(|one| party("$.initiator".into(), one)).collect();
        let path = |index| super::path_in("$.invitees.signers", index, "");
        participants
            .extend(json::items(invited).enumerate().map(|(index, one)| party(path(index), one)));
        let path = |index| super::path_in("$.fileReferences", index, "");
        Self {
            level: level.map_or(SignatureLevel::Qualified, |level| SignatureLevel::parse(&level)),
            participants,
            files: json::items(files)
                .enumerate()
                .map(|(index, one)| file(path(index), one))
                .collect(),
        }
    }

    /// Participants whose signature is required.
    pub fn signers(&self) -> impl Iterator<Item = &ParticipantView<'a>> {
        self.participants.iter().filter(|party| party.signs())
    }

    /// Finds a participant by identification or externalIdentifier.
    pub fn find_participant(&self, reference: &str) -> Option<&ParticipantView<'a>> {
        self.participants.iter().find(|party| party.has_reference(reference))
    }
}

fn party(path: String, text: &str) -> ParticipantView<'_> {
    let field = |name: &str| json::find_string(text, &[name]).filter(|value| !value.is_empty());
    ParticipantView {
        path,
        kind: field("type").unwrap_or_default(),
        identification: field("identification"),
        external_identifier: field("externalIdentifier"),
        has_email: field("email").is_some(),
        has_names: field("firstName").is_some() && field("lastName").is_some(),
        has_verification: json::find_raw(text, &["verification"]).is_some(),
        status: field("status").map(|status| SignerStatus::parse(&status)),
    }
}

fn file(path: String, text: &str) -> FileView<'_> {
    let positions = json::find_raw(text, &["signaturePositions"]).unwrap_or_default();
    let position = |text| {
        let number = |name: &str| match json::find_scalar(text, &[name])? {
            JsonScalar::Number(digits) => digits.parse().ok(),
            _ => None,
        };
        Some(PositionView {
            signer: json::find_string(text, &["signer"])?,
            page: number("pageNumber")?,
            x: number("positionX")?,
            y: number("positionY")?,
        })
    };
    FileView {
        path,
        external_identifier: json::find_string(text, &["externalIdentifier"]),
        positions: json::items(positions).filter_map(position).collect(),
        pages: None,
    }
}
