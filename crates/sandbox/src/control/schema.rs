//! Schemas of the control API that are not part of the contract.

use swisscom_sign::contract::{Locale, Scope, SignatureMethod};

use super::clock::ClockModeInput;
use super::describe::ControlType::{
    self, Any, Boolean, Duration, Integer, List, Probability, Range, Text, Time, Uuid, Words,
};
use super::describe::{ControlField, ControlObject, ControlReply, may, must, null, words};
use super::faults::operations;
use crate::domain::{IdentificationResult, Tenant};
use crate::faults::{MAX_LATENCY, ResponseDrop};
use crate::outbox::{KINDS, MessageChannel};
use crate::settings::{
    DeclineOutcome, MissingProcess, Qes, ScopeError, SignedDownload, SignerBeforeRelease,
};

pub(super) const SECONDS: ControlType = Range(0, 0xffff_ffff);
/// Response of a signing step: the process.
pub(super) const PROCESS: ControlReply = ControlReply::Json(ControlType::Contract("Process"));

pub(super) const CHANNEL: ControlType = Words(words::<MessageChannel>);
pub(super) const MESSAGE_TYPE: ControlType = Words(|| KINDS.to_vec());
pub(super) const METHOD: ControlType =
    Words(|| SignatureMethod::ALL.iter().map(SignatureMethod::as_str).collect());
pub(super) const MODE: ControlType = Words(words::<ClockModeInput>);
pub(super) const OPERATION: ControlType = Words(operations);
pub(super) const RESULT: ControlType = Words(words::<IdentificationResult>);
pub(super) const SCOPES: ControlType =
    List(&Words(|| Scope::ALL.iter().map(|s| s.as_str()).collect()));
const TENANT: ControlType = Words(words::<Tenant>);
const TEXTS: ControlType = List(&Text);
const UUIDS: ControlType = List(&Uuid);

const fn open(name: &'static str, fields: &'static [ControlField]) -> ControlObject {
    ControlObject { name, closed: false, fields }
}

const fn closed(name: &'static str, fields: &'static [ControlField]) -> ControlObject {
    ControlObject { name, closed: true, fields }
}

pub(super) static HEALTH: ControlObject =
    open("Health", &[must("status", Words(|| vec!["ok"]), "")]);

static SWITCHES: ControlObject = open(
    "Switches",
    &[
        must("strict", Boolean, ""),
        must("qes", Words(words::<Qes>), ""),
        must("declineOutcome", Words(words::<DeclineOutcome>), ""),
        must("missingProcess", Words(words::<MissingProcess>), ""),
        must("scopeError", Words(words::<ScopeError>), ""),
        must("signerBeforeRelease", Words(words::<SignerBeforeRelease>), ""),
        must("signedDownload", Words(words::<SignedDownload>), ""),
        must("signatureSize", Text, "Width and height in PDF points, such as `170x50`."),
        must("tokenTtl", SECONDS, "Seconds."),
        must("archiveAfter", Duration, ""),
        must("codeTtl", SECONDS, "Seconds."),
        must("oneTimeCodeTtl", SECONDS, "Seconds."),
        must("openTtl", SECONDS, "Seconds."),
        must("codeAttempts", Integer(1), ""),
    ],
);

static ORGANIZATION: ControlObject =
    open("Organization", &[must("id", Uuid, ""), must("name", Text, "")]);

static CLIENT: ControlObject = open(
    "Client",
    &[
        must("clientId", Text, ""),
        must("tenant", TENANT, ""),
        null("organizationId", Uuid, ""),
        must("defaultScopes", SCOPES, ""),
        must("optionalScopes", SCOPES, ""),
    ],
);

pub(super) static TEAM: ControlObject =
    open("Team", &[must("id", Uuid, ""), must("name", Text, ""), null("organizationId", Uuid, "")]);

pub(super) static PARTNER: ControlObject = open("Partner", TEAM.fields);

static OWNER: ControlObject =
    open("Owner", &[must("tenant", TENANT, ""), null("organization", Uuid, "")]);

pub(super) static ACCOUNT: ControlObject = open(
    "Account",
    &[
        must("id", Text, ""),
        must("name", Text, ""),
        null("verifiedEmail", Text, ""),
        null("verifiedMobile", Text, ""),
        null("owns", ControlType::Object(&OWNER), "Owner whose processes this account can access."),
        must("teams", UUIDS, ""),
    ],
);

static CLOCK: ControlObject = open(
    "Clock",
    &[
        must(
            "mode",
            Words(|| words::<ClockModeInput>().into_iter().filter(|m| *m != "server").collect()),
            "",
        ),
        may("at", Time, "Time of a frozen clock."),
        may("by", Duration, "How far an offset clock is ahead."),
    ],
);

pub(super) static INFO: ControlObject = open(
    "Info",
    &[
        must("version", Text, ""),
        must("contract", Text, ""),
        must("url", Text, ""),
        must("now", Time, ""),
        must("clock", ControlType::Object(&CLOCK), ""),
        must("store", Words(|| vec!["memory", "sqlite"]), ""),
        must("adminToken", Boolean, "Whether the control asks for it."),
        must("switches", ControlType::Object(&SWITCHES), ""),
        must("signatures", Boolean, "Whether files are signed."),
        must("organizations", List(&ControlType::Object(&ORGANIZATION)), ""),
        must("clients", List(&ControlType::Object(&CLIENT)), ""),
        must("teams", List(&ControlType::Object(&TEAM)), ""),
        must("partners", List(&ControlType::Object(&PARTNER)), ""),
        must("accounts", List(&ControlType::Object(&ACCOUNT)), ""),
    ],
);

static FIRED: ControlObject = open(
    "Fired",
    &[
        must("at", Time, "When it was due."),
        must("type", Words(|| vec!["reminder", "expired", "archived"]), ""),
        must("processId", Uuid, ""),
        may("participants", UUIDS, "Who was reminded."),
    ],
);

pub(super) static TOLD: ControlObject = open(
    "Told",
    &[
        must("now", Time, ""),
        must("clock", ControlType::Object(&CLOCK), ""),
        may("organizationId", Uuid, ""),
        may("own", Boolean, "Whether the organization has a clock of its own."),
        may("fired", List(&ControlType::Object(&FIRED)), "Events that became due."),
    ],
);

pub(super) static MATCH: ControlObject = closed(
    "FaultMatch",
    &[
        may("operation", OPERATION, "Operation of the contract, or `token`."),
        may("clientId", Text, ""),
        may("organizationId", Uuid, ""),
        may("processId", Uuid, ""),
        may("nth", Integer(1), "From the nth on; once, unless `times` says more."),
        may("times", Integer(1), "So many requests."),
        may("probability", Probability, "Each with this probability."),
    ],
);

pub(super) static ACTION: ControlObject = closed(
    "FaultAction",
    &[
        may("latencyMs", Range(0, MAX_LATENCY), "Waits; with `dribble`, the time of the body."),
        may("status", Range(400, 599), "Answers this."),
        may("error", Text, "`name` of the error, with `status`."),
        may("retryAfter", SECONDS, "`Retry-After`, with `status`."),
        may("drop", Words(words::<ResponseDrop>), "How the answer is lost."),
        may("effect", Boolean, "Whether the request has its effect all the same."),
    ],
);

pub(super) static FAULT: ControlObject = open(
    "Fault",
    &[
        must("id", Integer(1), ""),
        must("match", ControlType::Object(&MATCH), ""),
        must("action", ControlType::Object(&ACTION), ""),
        must("seen", Integer(0), "Fitting requests so far."),
        must("fired", Integer(0), "Requests that it struck."),
    ],
);

pub(super) static FAULTS: ControlObject =
    open("Faults", &[must("faults", List(&ControlType::Object(&FAULT)), "")]);

static ENTRY: ControlObject = open(
    "Request",
    &[
        must("sequence", Integer(1), "A cursor for `after`."),
        must("at", Time, ""),
        must("method", Text, ""),
        must("path", Text, ""),
        null("operation", OPERATION, ""),
        null("clientId", Text, ""),
        null("organizationId", Uuid, ""),
        null("processId", Uuid, ""),
        null("status", Integer(100), "None where a fault left no answer."),
        null("error", Text, "`name` of the error."),
        must("warnings", TEXTS, "What the platform would have ignored."),
        null("fault", ControlType::Object(&ACTION), "What struck it."),
    ],
);

pub(super) static REQUESTS: ControlObject =
    open("Requests", &[must("requests", List(&ControlType::Object(&ENTRY)), "")]);

pub(super) static MESSAGE: ControlObject = open(
    "Message",
    &[
        must("id", Uuid, ""),
        must("channel", CHANNEL, ""),
        must("to", Text, "Address or number."),
        must("type", MESSAGE_TYPE, ""),
        must("locale", Words(|| Locale::ALL.iter().map(Locale::as_str).collect()), ""),
        must("subject", Text, "Empty for an SMS."),
        must("text", Text, ""),
        null("code", Text, "The access code."),
        must("links", TEXTS, "Links contained in the text."),
        must("processId", Uuid, ""),
        null("organizationId", Uuid, ""),
        must("personId", Uuid, ""),
        must("at", Time, ""),
    ],
);

pub(super) static MESSAGES: ControlObject = open(
    "Messages",
    &[
        must("messages", List(&ControlType::Object(&MESSAGE)), ""),
        must("next", Text, "The cursor after them, for `after`."),
    ],
);

static BLOB: ControlObject = closed("Blob", &[must("id", Uuid, ""), must("base64", Text, "")]);

pub(super) static EXPORT: ControlObject = closed(
    "Export",
    &[
        must("format", Range(1, 1), "Version of the format."),
        must("directory", Any, ""),
        must("clocks", Any, ""),
        must("processes", List(&Any), ""),
        must("blobs", List(&ControlType::Object(&BLOB)), "The bytes of files."),
        may("messages", List(&ControlType::Object(&MESSAGE)), ""),
    ],
);

pub(super) static SNAPSHOTS: ControlObject =
    open("Snapshots", &[must("snapshots", TEXTS, "Names.")]);

pub(super) static NEW_ORGANIZATION: ControlObject = open(
    "NewOrganization",
    &[
        must("id", Uuid, ""),
        must("name", Text, ""),
        must("clientId", Text, ""),
        must("clientSecret", Text, ""),
        must("teamId", Uuid, ""),
    ],
);

pub(super) static NEW_CLIENT: ControlObject = open(
    "NewClient",
    &[
        must("clientId", Text, ""),
        must("clientSecret", Text, ""),
        null("organizationId", Uuid, ""),
        must("tenant", TENANT, ""),
    ],
);

pub(super) static TOKEN: ControlObject = open(
    "Token",
    &[
        must("access_token", Text, ""),
        must("expires_in", SECONDS, ""),
        must("refresh_expires_in", SECONDS, ""),
        must("token_type", Text, ""),
        must("not-before-policy", Integer(0), ""),
        must("scope", Text, ""),
    ],
);

pub(super) static KEY: ControlObject = open("Key", &[must("kid", Text, "")]);

/// Fields of a delegate or an added signer.
pub(super) const SIGNER: &[ControlField] = &[
    must("firstName", Text, ""),
    must("lastName", Text, ""),
    may("email", Text, "E-mail address; needed where there is no mobile number."),
    may("mobile", Text, "Mobile number, E.164."),
];

pub(super) static PLACEMENT: ControlObject = closed(
    "Placement",
    &[
        must("file", Uuid, ""),
        must("signer", Uuid, ""),
        must("page", ControlType::Whole, "From 0; negative counts from the end."),
        must("x", ControlType::Whole, "Left edge, in PDF points from the left."),
        must("y", ControlType::Whole, "Upper edge, in PDF points from the top."),
    ],
);

pub(super) static INITIATOR: ControlObject = closed(
    "SetupInitiator",
    &[may("firstName", Text, ""), may("lastName", Text, ""), may("email", Text, "")],
);
