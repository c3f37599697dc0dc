//! Process aggregate and its event handlers.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Serialize};
use swisscom_sign::contract::declare::{api_object, closed_enum};
use swisscom_sign::contract::{
    CertificateMatch, Invitees, Locale, NotificationType, Participant, Process as Request,
    ProcessOpenRequest, ProcessSetupRequest, ReminderSettings, SignatureLevel, SignatureMethod,
    Signer, SignerStatus, State, StickerProvider,
};
use swisscom_sign::{contract::RecordStatus, lifecycle};
use uuid::Uuid;

use super::event::{DomainEvent, EventKind};
use crate::calendar::add_span;
use crate::settings::SandboxSettings;

closed_enum! {
    /// Tenant type (contract, "Client Types").
    Tenant {
        /// Public tenant, shared by self-managed organizations.
        Public = "Public",
        /// A customer's own tenant. Identification and two signature methods require it.
        Corporate = "Corporate",
    }
}

api_object! {
    /// Owner of a process.
    ProcessOwner as "Owner":
        Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize {
        /// Tenant.
        must tenant "tenant": [enumeration Tenant];
        /// Organization in the public tenant.
        null organization "organizationId" as Uuid: [text Uuid] #[serde(alias = "organization")];
    }
}

impl ProcessOwner {
    /// Whether a caller with this owner may access a process of `other`: within one organization if
    /// the token names one, otherwise in the whole tenant.
    pub fn can_access(&self, other: &ProcessOwner) -> bool {
        self.tenant == other.tenant
            && (self.organization.is_none() || self.organization == other.organization)
    }
}

/// Size of a displayed page.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PageSizePt {
    /// Width in PDF points.
    pub width: f64,
    /// Height in PDF points.
    pub height: f64,
}

/// Position of a visible signature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignaturePosition {
    /// Signer.
    pub signer: Uuid,
    /// Signer reference used by the caller.
    pub reference: String,
    /// Page, from 0; negative counts from the end.
    pub page: i32,
    /// Left edge, in PDF points from the left.
    pub x: i32,
    /// Upper edge, in PDF points from the top.
    pub y: i32,
    /// Provider of the visible signature.
    pub sticker: Option<StickerProvider>,
}

/// A file and its signed versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProcessFile {
    /// Identifier of the attached file and of its bytes.
    pub id: Uuid,
    /// File name.
    pub name: String,
    /// External identifier.
    pub external_identifier: Option<String>,
    /// Pages, if known.
    pub pages: Option<Vec<PageSizePt>>,
    /// Signature positions.
    pub positions: Vec<SignaturePosition>,
    /// Version after each signature, oldest first.
    pub versions: Vec<FileVersion>,
}

/// Version of a file after a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileVersion {
    /// Identifier of the version and of its bytes.
    pub id: Uuid,
    /// Signer.
    pub signer: Uuid,
}

/// Bundle of the identification provider: stored with the process, but not one of its documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationBundle {
    /// Identifier of the bundle and of its bytes.
    pub id: Uuid,
    /// File name.
    pub name: String,
    /// Identified signer.
    pub person: Uuid,
}

impl ProcessFile {
    /// Identifier of the latest bytes.
    pub fn latest(&self) -> Uuid {
        self.versions.last().map_or(self.id, |version| version.id)
    }
}

/// Status and signature of a signer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignerProgress {
    /// Identification of the signer.
    pub id: Uuid,
    /// Status.
    pub status: SignerStatus,
    /// Time of the signature.
    pub signed_on: Option<Timestamp>,
    /// Time at which the signer was canceled.
    pub canceled_on: Option<Timestamp>,
    /// Signature method.
    pub method: Option<SignatureMethod>,
    /// Name in the certificate.
    pub certificate_name: Option<String>,
    /// Comparison of the certificate name with the declared name.
    pub certificate_match: Option<CertificateMatch>,
}

impl SignerProgress {
    fn waiting(id: Uuid) -> Self {
        Self {
            id,
            status: SignerStatus::Waiting,
            signed_on: None,
            canceled_on: None,
            method: None,
            certificate_name: None,
            certificate_match: None,
        }
    }
}

/// Options fixed by the release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleaseDetails {
    /// Time of the release.
    pub on: Timestamp,
    /// Expiry of the process.
    pub valid_until: Timestamp,
    /// Allowed signature methods.
    pub methods: Vec<SignatureMethod>,
    /// Language of the e-mails; `None` disables all e-mails.
    pub locale: Option<Locale>,
    /// Suppressed notification types.
    pub suppress: Vec<NotificationType>,
    /// Automatic reminders.
    pub reminder: Option<ReminderSettings>,
    /// Whether the signers sign one after the other.
    pub signing_order: bool,
}

/// URL returned by `open`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenedUrl {
    /// Identifier in the URL.
    pub id: String,
    /// Participant.
    pub person: Uuid,
    /// Creation time.
    pub at: Timestamp,
    /// Lifetime of the URL in seconds.
    #[serde(default = "open_ttl")]
    pub lifetime: u32,
    /// Lifetime of the one-time code in seconds.
    #[serde(default = "one_time_code_ttl")]
    pub code_lifetime: u32,
    /// One-time code, if authorization is skipped (guide, "Open Request").
    pub code: Option<String>,
    /// Whether the code was redeemed.
    #[serde(default)]
    pub redeemed: bool,
    /// Options of the request.
    pub request: ProcessOpenRequest,
}

// Identifier and code together are a credential.
impl fmt::Debug for OpenedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { person, at, redeemed, .. } = self;
        let mut opening = f.debug_struct("Opening");
        opening.field("person", person).field("at", at).field("redeemed", redeemed);
        opening.finish_non_exhaustive()
    }
}

impl OpenedUrl {
    /// Expiry of the URL.
    pub fn end(&self) -> Option<Timestamp> {
        self.at.checked_add(SignedDuration::from_secs(i64::from(self.lifetime))).ok()
    }

    /// Whether the URL has expired.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.end().is_some_and(|end| now >= end)
    }
}

// Defaults for URLs that were stored before these lifetimes were settings.
fn open_ttl() -> u32 {
    SandboxSettings::default().open_ttl
}

fn one_time_code_ttl() -> u32 {
    SandboxSettings::default().one_time_code_ttl
}

/// Audit record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredRecord {
    /// Identifier.
    pub id: Uuid,
    /// Time of the record.
    pub at: Timestamp,
    /// Recorded action.
    pub action: String,
    /// Result of the action.
    pub status: RecordStatus,
    /// Additional data.
    pub extras: BTreeMap<String, String>,
}

/// Signing process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProcessAggregate {
    /// Identifier.
    pub id: Uuid,
    /// Owner.
    pub owner: ProcessOwner,
    /// Creation request, with the identifications of the participants.
    pub request: Request,
    /// State.
    pub status: State,
    /// Creation time.
    pub created_on: Timestamp,
    /// Time of the last change.
    pub modified_on: Timestamp,
    /// Signers in signing order: the initiator first, if signing.
    pub signers: Vec<SignerProgress>,
    /// Attached files.
    pub files: Vec<ProcessFile>,
    /// Verification bundles of identifications.
    #[serde(default)]
    pub bundles: Vec<VerificationBundle>,
    /// Audit records, oldest first.
    pub records: Vec<StoredRecord>,
    /// Whether the signers sign one after the other.
    #[serde(default)]
    pub signing_order: bool,
    /// Options of the latest `setup` request.
    pub setup: Option<ProcessSetupRequest>,
    /// Options fixed by the release; never removed.
    pub released: Option<ReleaseDetails>,
    /// Time of the last reminder.
    #[serde(default)]
    pub reminded_on: Option<Timestamp>,
    /// URLs returned by `open` that may still be valid.
    pub openings: Vec<OpenedUrl>,
    /// Stored options of `open`, by participant.
    pub open_options: BTreeMap<Uuid, ProcessOpenRequest>,
    /// Scheduled deletion of the files; set once the process has ended.
    pub archive_on: Option<Timestamp>,
    /// Time at which the files were deleted.
    pub archived_on: Option<Timestamp>,
}

impl ProcessAggregate {
    /// Replays events, beginning with the creation.
    pub fn replay(
        state: Option<ProcessAggregate>,
        events: &[DomainEvent],
        archive_after: Span,
    ) -> Option<ProcessAggregate> {
        events.iter().fold(state, |state, event| match (state, &event.what) {
            (None, EventKind::Created { id, owner, request }) => {
                Some(ProcessAggregate::created(*id, *owner, request.clone(), event.at))
            }
            (Some(mut process), what) => {
                process.evolve(event.at, what, archive_after);
                Some(process)
            }
            (None, _) => None,
        })
    }

    fn created(id: Uuid, owner: ProcessOwner, request: Request, at: Timestamp) -> Self {
        let mut process = Self {
            id,
            owner,
            request,
            status: State::Created,
            created_on: at,
            modified_on: at,
            signers: Vec::new(),
            files: Vec::new(),
            bundles: Vec::new(),
            records: Vec::new(),
            signing_order: false,
            setup: None,
            released: None,
            reminded_on: None,
            openings: Vec::new(),
            open_options: BTreeMap::new(),
            archive_on: None,
            archived_on: None,
        };
        process.signers = process
            .signer_data()
            .filter_map(|signer| parse_uuid(signer.identification.as_deref()))
            .map(SignerProgress::waiting)
            .collect();
        process
    }

    fn evolve(&mut self, at: Timestamp, what: &EventKind, archive_after: Span) {
        match what {
            EventKind::Created { .. } | EventKind::SignatureRefused(_) | EventKind::Mailed(_) => {}
            EventKind::Recorded(record) => self.records.push(record.clone()),
            EventKind::Opened(opening) => {
                self.openings.retain(|opening| !opening.is_expired(at));
                self.openings.push(opening.clone());
            }
            EventKind::Redeemed(id) => {
                for opening in self.openings.iter_mut().filter(|opening| opening.id == *id) {
                    opening.redeemed = true;
                }
            }
            EventKind::OpenOptionsStored { person, request } => {
                self.open_options.insert(*person, request.clone());
            }
            EventKind::Attached(file) => {
                self.files.push(file.clone());
                self.step(lifecycle::ProcessEvent::Attached, at, archive_after);
            }
            EventKind::SetupRequested(request) => {
                self.setup = Some(request.clone());
                self.step(lifecycle::ProcessEvent::SetupRequested, at, archive_after);
            }
            EventKind::SignerAdded(signer) => {
                self.insert_signer(signer, None);
                self.modified_on = at;
            }
            EventKind::SignerRemoved(person) => {
                self.signers.retain(|signer| signer.id != *person);
                for signers in self.request.invitees.iter_mut().flat_map(|i| &mut i.signers) {
                    signers.retain(|s| parse_uuid(s.identification.as_deref()) != Some(*person));
                }
                for file in &mut self.files {
                    file.positions.retain(|position| position.signer != *person);
                }
                self.modified_on = at;
            }
            EventKind::Arranged { order, message, initiator, positions } => {
                self.put_in_order(order);
                if let Some(message) = message {
                    self.invitees().personal_message = Some(message.clone());
                }
                if let Some(initiator) = initiator {
                    self.request.initiator = Participant::Person(initiator.clone());
                }
                for (id, positions) in positions {
                    for file in self.files.iter_mut().filter(|file| file.id == *id) {
                        file.positions.clone_from(positions);
                    }
                }
                self.modified_on = at;
            }
            EventKind::Ordered { order, signing_order } => {
                self.put_in_order(order);
                self.signing_order = *signing_order;
                self.modified_on = at;
            }
            EventKind::Released(released) => {
                self.released = Some(released.clone());
                let signers: Vec<Uuid> = self.signers.iter().map(|signer| signer.id).collect();
                for file in &mut self.files {
                    file.positions.retain(|position| signers.contains(&position.signer));
                }
                self.step(lifecycle::ProcessEvent::Released, at, archive_after);
            }
            EventKind::Invited(person) => self.set_status(*person, SignerStatus::Pending),
            EventKind::Signed { person, method, files, certificate_name, certificate_match } => {
                for file in &mut self.files {
                    let version = files.iter().find(|(id, _)| *id == file.id);
                    file.versions
                        .extend(version.map(|(_, id)| FileVersion { id: *id, signer: *person }));
                }
                if let Some(signer) = self.signers.iter_mut().find(|s| s.id == *person) {
                    signer.status = SignerStatus::Signed;
                    signer.signed_on = Some(at);
                    signer.method = Some(method.clone());
                    signer.certificate_name.clone_from(certificate_name);
                    signer.certificate_match = Some(certificate_match.clone());
                }
                self.step(lifecycle::ProcessEvent::Signed, at, archive_after);
            }
            EventKind::Declined { person, ends, .. } => {
                self.set_status(*person, SignerStatus::Declined);
                self.modified_on = at;
                if *ends {
                    self.call_off(at, archive_after);
                }
            }
            EventKind::Removed(person) => {
                self.set_status(*person, SignerStatus::Removed);
                self.modified_on = at;
            }
            EventKind::Canceled => self.call_off(at, archive_after),
            EventKind::Replaced { person, by } => {
                self.set_status(*person, SignerStatus::Replaced);
                self.insert_signer(by, Some(*person));
                if let Some(new) = parse_uuid(by.identification.as_deref()) {
                    // Only the identified signer signs the report of an identification.
                    let former = self.signer(*person).and_then(|s| s.verification.as_ref());
                    let reports = former.and_then(|v| v.files.clone()).unwrap_or_default();
                    for file in &mut self.files {
                        if reports.contains(&file.id.to_string()) {
                            file.positions.clear();
                        }
                    }
                    let positions = self.files.iter_mut().flat_map(|file| &mut file.positions);
                    for position in positions.filter(|position| position.signer == *person) {
                        position.signer = new;
                        position.reference = new.to_string();
                    }
                }
                self.modified_on = at;
            }
            EventKind::Identified { person, verification } => {
                let initiator = match &mut self.request.initiator {
                    Participant::Signer(signer) => Some(signer),
                    _ => None,
                };
                let invitees = self.request.invitees.iter_mut().flat_map(|i| &mut i.signers);
                for signer in initiator.into_iter().chain(invitees.flatten()) {
                    if parse_uuid(signer.identification.as_deref()) == Some(*person) {
                        signer.verification = Some(verification.clone());
                    }
                }
                self.modified_on = at;
            }
            EventKind::Evidenced { report, bundle } => {
                self.files.push(report.clone());
                self.bundles.push(bundle.clone());
            }
            EventKind::Completed => {
                self.step(lifecycle::ProcessEvent::Completed, at, archive_after)
            }
            EventKind::Expired => self.step(lifecycle::ProcessEvent::Expired, at, archive_after),
            EventKind::Reminded(_) => self.reminded_on = Some(at),
            EventKind::Archived => {
                self.archived_on = Some(at);
                self.step(lifecycle::ProcessEvent::Archived, at, archive_after);
            }
        }
    }

    fn put_in_order(&mut self, order: &[Uuid]) {
        let place = |signer: &SignerProgress| order.iter().position(|id| *id == signer.id);
        self.signers.sort_by_key(|signer| place(signer).unwrap_or(usize::MAX));
    }

    /// Ends the process without the pending signatures.
    fn call_off(&mut self, at: Timestamp, archive_after: Span) {
        for signer in self.signers.iter_mut().filter(|s| is_pending(&s.status)) {
            signer.status = SignerStatus::Canceled;
            signer.canceled_on = Some(at);
        }
        // The lifecycle does not distinguish a cancellation from a decline.
        self.step(lifecycle::ProcessEvent::Declined, at, archive_after);
    }

    fn invitees(&mut self) -> &mut Invitees {
        self.request.invitees.get_or_insert_default()
    }

    /// Inserts an invitee after the given signer or at the end of the signing order.
    fn insert_signer(&mut self, signer: &Signer, after: Option<Uuid>) {
        let Some(id) = parse_uuid(signer.identification.as_deref()) else { return };
        self.invitees().signers.get_or_insert_default().push(signer.clone());
        let index = after.and_then(|after| self.signers.iter().position(|s| s.id == after));
        let index = index.map_or(self.signers.len(), |index| index + 1);
        self.signers.insert(index, SignerProgress::waiting(id));
    }

    /// Applies a lifecycle event of the core. The decision has already validated the transition.
    fn step(&mut self, event: lifecycle::ProcessEvent, at: Timestamp, archive_after: Span) {
        let Some(next) = lifecycle::next_state(&self.status, event) else { return };
        if lifecycle::is_final(&next) && !lifecycle::is_final(&self.status) {
            self.archive_on = add_span(at, archive_after);
        }
        self.status = next;
        self.modified_on = at;
    }

    fn set_status(&mut self, person: Uuid, status: SignerStatus) {
        for signer in self.signers.iter_mut().filter(|signer| signer.id == person) {
            signer.status = status.clone();
        }
    }

    /// Signature level; QUALIFIED unless the process sets another.
    pub fn level(&self) -> SignatureLevel {
        self.request.signature_level.clone().unwrap_or(SignatureLevel::Qualified)
    }

    /// Signers as declared at creation, in signing order.
    pub fn signer_data(&self) -> impl Iterator<Item = &Signer> {
        let initiator = match &self.request.initiator {
            Participant::Signer(signer) => Some(signer),
            _ => None,
        };
        let invitees = self.request.invitees.iter().flat_map(|i| i.signers.iter().flatten());
        initiator.into_iter().chain(invitees)
    }

    /// Signer as declared at creation.
    pub fn signer(&self, id: Uuid) -> Option<&Signer> {
        self.signer_data().find(|signer| parse_uuid(signer.identification.as_deref()) == Some(id))
    }

    /// Progress of a signer.
    pub fn progress(&self, id: Uuid) -> Option<&SignerProgress> {
        self.signers.iter().find(|signer| signer.id == id)
    }

    /// Human participants (identification, externalIdentifier), the initiator first.
    pub fn people(&self) -> impl Iterator<Item = (Uuid, Option<&str>)> {
        let person = match &self.request.initiator {
            Participant::Person(person) => {
                Some((&person.identification, person.external_identifier.as_deref()))
            }
            _ => None,
        };
        let signers =
            self.signer_data().map(|s| (&s.identification, s.external_identifier.as_deref()));
        person
            .into_iter()
            .chain(signers)
            .filter_map(|(id, external)| Some((parse_uuid(id.as_deref())?, external)))
    }

    /// Finds a human participant by identification or externalIdentifier.
    pub fn find_person(&self, reference: &str) -> Option<Uuid> {
        let id = parse_uuid(Some(reference));
        self.people()
            .find(|(person, external)| Some(*person) == id || *external == Some(reference))
            .map(|(person, _)| person)
    }

    /// Number of a signer in tags, from 1: the initiator if signing, then the invitees, regardless
    /// of the signing order.
    pub fn tag_number(&self, reference: &str) -> Option<usize> {
        let id = Some(self.find_person(reference)?);
        let mut signers = self.signer_data();
        let index = signers.position(|s| parse_uuid(s.identification.as_deref()) == id)?;
        Some(index + 1)
    }

    /// Files with a signature position of this signer.
    pub fn files_of(&self, signer: Uuid) -> impl Iterator<Item = &ProcessFile> {
        self.files.iter().filter(move |file| file.positions.iter().any(|p| p.signer == signer))
    }

    /// Time of the next scheduled event.
    pub fn next_due(&self) -> Option<Timestamp> {
        match self.status {
            State::Pending => self.released.as_ref().map(|released| match self.next_reminder() {
                Some(reminder) => reminder.min(released.valid_until),
                None => released.valid_until,
            }),
            State::Completed | State::Expired if self.archived_on.is_none() => self.archive_on,
            _ => None,
        }
    }

    /// Time of the next reminder: after the last one and before the process expires. Reminders due
    /// before the release are skipped.
    pub fn next_reminder(&self) -> Option<Timestamp> {
        let released = self.released.as_ref()?;
        let ReminderSettings { interval, before_expiry, .. } = released.reminder.as_ref()?;
        let after = self.reminded_on.unwrap_or(released.on);
        let span = |text: &String| text.parse::<Span>().ok();
        let recurring = interval.as_ref().and_then(span).and_then(|interval| {
            // The month after the release determines the length, so that all intervals are equal.
            let length = add_span(released.on, interval)?.duration_since(released.on).as_millis();
            let passed = after.duration_since(released.on).as_millis().checked_div(length)?;
            let next = i64::try_from(passed.checked_add(1)?.checked_mul(length)?).ok()?;
            released.on.checked_add(jiff::SignedDuration::from_millis(next)).ok()
        });
        let before = before_expiry.iter().flatten().filter_map(|text| {
            add_span(released.valid_until, span(text)?.negate()).filter(|at| *at > after)
        });
        recurring.into_iter().chain(before).filter(|at| *at < released.valid_until).min()
    }

    /// Identifiers of all bytes of the process.
    pub fn blobs(&self) -> impl Iterator<Item = Uuid> {
        let files = self.files.iter().flat_map(|file| {
            std::iter::once(file.id).chain(file.versions.iter().map(|version| version.id))
        });
        files.chain(self.bundles.iter().map(|bundle| bundle.id))
    }
}

/// Whether the signature is still pending.
pub fn is_pending(status: &SignerStatus) -> bool {
    matches!(status, SignerStatus::Waiting | SignerStatus::Pending)
}

/// Parses a UUID in its hyphenated form; rejects the other forms that the parser accepts.
pub fn parse_uuid(text: Option<&str>) -> Option<Uuid> {
    text.filter(|text| text.len() == 36).and_then(|text| Uuid::parse_str(text).ok())
}
