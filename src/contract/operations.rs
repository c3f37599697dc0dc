//! Table of operations: the single source of paths, scopes, success statuses and size limits for
//! builders, state machine, relay, sandbox and docs, see [`Operation::spec`].

use super::declare::{ContractEnum, ContractObject, doc};
use super::types::{
    AuditSuccessRecordResponse, FileAttachResponse, FileAttachment, FindAllQuery, Process,
    ProcessOpenRequest, ProcessOpenResponse, ProcessPage, ProcessReleaseRequest,
    ProcessSetupRequest, ProcessSetupResponse, ProcessStatusResponse, ReleaseResponse, State,
};
use super::{EnumSchema, ObjectSchema};

/// Declares an enum with the doc comments of its variants as values.
macro_rules! enum_with_docs {
    ($(#[$meta:meta])* $name:ident { $(#[doc = $doc:literal] $variant:ident,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = $doc] $variant,)+
        }

        #[cfg(feature = "model")]
        impl $name {
            /// Description, as a sentence.
            pub fn doc(self) -> &'static str {
                match self {
                    $(Self::$variant => $doc.trim_ascii(),)+
                }
            }
        }
    };
}

enum_with_docs! {
    /// An operation of the contract, named by its `operationId`.
    Operation {
        /// Lists processes.
        FindAll,
        /// Creates a process.
        Create,
        /// Attaches a file.
        Attach,
        /// Returns the URL of the hosted setup page.
        Setup,
        /// Releases the process to its signers.
        Release,
        /// Creates a URL for one participant.
        Open,
        /// Reads the process.
        GetProcess,
        /// Reads the state of the process.
        GetStatus,
        /// Reads the audit records of the process.
        GetRecords,
        /// Downloads a file as Base64 in JSON.
        GetFile,
        /// Downloads a file as bytes.
        GetFileContent,
    }
}

/// HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationMethod {
    /// GET.
    Get,
    /// POST.
    Post,
}

impl OperationMethod {
    /// The method as in a request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

enum_with_docs! {
    /// OAuth scope. Each operation requires exactly one; no scope implies another.
    Scope {
        /// `sswp:process:create`: create processes and configure them until release.
        Create,
        /// `sswp:process:read`: read processes and their files, and open them for a person.
        Read,
        /// `sswp:process:read:all`: list all processes of the organization; never requested by default.
        ReadAll,
    }
}

impl Scope {
    /// All scopes.
    pub const ALL: &'static [Scope] = &[Scope::Create, Scope::Read, Scope::ReadAll];

    /// The scope as in a token request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "sswp:process:create",
            Self::Read => "sswp:process:read",
            Self::ReadAll => "sswp:process:read:all",
        }
    }

    /// Finds a scope by name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == text)
    }
}

impl ContractEnum for Scope {
    const ENUMERATION: &'static EnumSchema = {
        static ENUMERATION: EnumSchema = EnumSchema::new(
            "Scope",
            doc("OAuth scope."),
            &[Scope::Create.as_str(), Scope::Read.as_str(), Scope::ReadAll.as_str()],
        );
        &ENUMERATION
    };
}

/// State that an operation requires (guide, "Services", minimal status prerequisite).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequiredState {
    /// No process is required.
    None,
    /// CREATED: the process can be configured until it is released.
    Configurable,
    /// PENDING or a later state.
    Released,
    /// Any state.
    Exists,
}

impl RequiredState {
    /// Minimal status as in the guide's table.
    pub fn minimal_state(self) -> Option<State> {
        match self {
            Self::None => None,
            Self::Configurable | Self::Exists => Some(State::Created),
            Self::Released => Some(State::Pending),
        }
    }
}

/// How a call can be retried if its outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplaySafety {
    /// Retry: the operation is read-only or idempotent.
    Safe,
    /// Retry if the process is still CREATED.
    AfterStatus,
    /// Reconcile first: a blind retry could create a second object.
    AfterReconciliation,
}

/// Body of a successful response.
#[derive(Debug, Clone, Copy)]
pub enum ResponseBody {
    /// JSON, an object of this type.
    Json(&'static ObjectSchema),
    /// Raw bytes of a file: `application/pdf` or `application/zip`.
    File,
}

/// Specification of an operation.
#[derive(Debug)]
#[non_exhaustive]
pub struct OperationSpec {
    /// The operation.
    pub operation: Operation,
    /// `operationId` of the contract.
    pub id: &'static str,
    /// HTTP method.
    pub method: OperationMethod,
    /// Path template below the base URL, with `{processId}`, `{personId}` and `{fileId}`.
    pub path: &'static str,
    /// Required scope.
    pub scope: Scope,
    /// Required state.
    pub prerequisite: RequiredState,
    /// Success statuses; the first is the usual one.
    pub success: &'static [u16],
    /// Failure statuses of the contract, each with whether it documents an error body.
    pub failures: &'static [(u16, bool)],
    /// How a call can be retried if its outcome is unknown.
    pub replay: ReplaySafety,
    /// Query parameters, as an object.
    pub query: Option<&'static ObjectSchema>,
    /// JSON body of the request.
    pub request: Option<&'static ObjectSchema>,
    /// Whether the contract requires the body of the request.
    pub request_required: bool,
    /// Body of a successful response.
    pub response: ResponseBody,
    /// Maximum size of the request body in bytes.
    pub max_request_bytes: u64,
    /// Maximum size in bytes of a JSON response that a client reads into memory.
    pub max_response_bytes: u64,
}

/// JSON bodies without files; the largest one, a process with every field full, is below 1 MiB.
const JSON_BYTES: u64 = 1024 * 1024;
/// Base64 of a file at the contract's limit, plus the other fields.
const FILE_BYTES: u64 = 55_924_056 + 64 * 1024;
/// Responses have no documented limit; a page of 20 processes with 100 files each is smaller.
const ANSWER_BYTES: u64 = 16 * 1024 * 1024;

/// In the order in which a process uses them.
static SPECS: [OperationSpec; 11] = [
    OperationSpec {
        operation: Operation::FindAll,
        id: "findAll",
        method: OperationMethod::Get,
        path: "/api/process",
        scope: Scope::ReadAll,
        prerequisite: RequiredState::None,
        success: &[200],
        failures: &[(400, false), (401, false)],
        replay: ReplaySafety::Safe,
        query: Some(FindAllQuery::OBJECT),
        request: None,
        request_required: false,
        response: ResponseBody::Json(ProcessPage::OBJECT),
        max_request_bytes: 0,
        max_response_bytes: ANSWER_BYTES,
    },
    OperationSpec {
        operation: Operation::Create,
        id: "create",
        method: OperationMethod::Post,
        path: "/api/process",
        scope: Scope::Create,
        prerequisite: RequiredState::None,
        success: &[201],
        failures: &[(401, false), (409, true)],
        replay: ReplaySafety::AfterReconciliation,
        query: None,
        request: Some(Process::OBJECT),
        request_required: true,
        response: ResponseBody::Json(Process::OBJECT),
        max_request_bytes: JSON_BYTES,
        max_response_bytes: ANSWER_BYTES,
    },
    OperationSpec {
        operation: Operation::Attach,
        id: "attach",
        method: OperationMethod::Post,
        path: "/api/process/{processId}/attach",
        scope: Scope::Create,
        prerequisite: RequiredState::Configurable,
        success: &[201],
        failures: &[(401, false), (409, true)],
        replay: ReplaySafety::AfterReconciliation,
        query: None,
        request: Some(FileAttachment::OBJECT),
        request_required: true,
        response: ResponseBody::Json(FileAttachResponse::OBJECT),
        max_request_bytes: FILE_BYTES,
        max_response_bytes: ANSWER_BYTES,
    },
    OperationSpec {
        operation: Operation::Setup,
        id: "setup",
        method: OperationMethod::Post,
        path: "/api/process/{processId}/setup",
        scope: Scope::Create,
        prerequisite: RequiredState::Configurable,
        success: &[202],
        failures: &[(401, false), (409, true)],
        replay: ReplaySafety::AfterStatus,
        query: None,
        request: Some(ProcessSetupRequest::OBJECT),
        request_required: true,
        response: ResponseBody::Json(ProcessSetupResponse::OBJECT),
        max_request_bytes: JSON_BYTES,
        max_response_bytes: ANSWER_BYTES,
    },
    OperationSpec {
        operation: Operation::Release,
        id: "release",
        method: OperationMethod::Post,
        path: "/api/process/{processId}/release",
        scope: Scope::Create,
        prerequisite: RequiredState::Configurable,
        success: &[200, 208],
        failures: &[(401, false), (403, false), (404, false), (409, true)],
        replay: ReplaySafety::Safe,
        query: None,
        request: Some(ProcessReleaseRequest::OBJECT),
        request_required: false,
        response: ResponseBody::Json(ReleaseResponse::OBJECT),
        max_request_bytes: JSON_BYTES,
        max_response_bytes: ANSWER_BYTES,
    },
    OperationSpec {
        operation: Operation::Open,
        id: "open",
        method: OperationMethod::Post,
        path: "/api/process/{processId}/open/{personId}",
        scope: Scope::Read,
        prerequisite: RequiredState::Released,
        success: &[200],
        failures: &[(401, false), (409, true)],
        replay: ReplaySafety::Safe,
        query: None,
        request: Some(ProcessOpenRequest::OBJECT),
        request_required: true,
        response: ResponseBody::Json(ProcessOpenResponse::OBJECT),
        max_request_bytes: JSON_BYTES,
        max_response_bytes: ANSWER_BYTES,
    },
    OperationSpec {
        operation: Operation::GetProcess,
        id: "getProcess",
        method: OperationMethod::Get,
        path: "/api/process/{processId}",
        scope: Scope::Read,
        prerequisite: RequiredState::Exists,
        success: &[200],
        failures: &[(401, false), (404, false), (409, true)],
        replay: ReplaySafety::Safe,
        query: None,
        request: None,
        request_required: false,
        response: ResponseBody::Json(Process::OBJECT),
        max_request_bytes: 0,
        max_response_bytes: ANSWER_BYTES,
    },
    OperationSpec {
        operation: Operation::GetStatus,
        id: "getStatus",
        method: OperationMethod::Get,
        path: "/api/process/{processId}/status",
        scope: Scope::Read,
        prerequisite: RequiredState::Exists,
        success: &[200],
        failures: &[(401, false), (404, true), (409, true)],
        replay: ReplaySafety::Safe,
        query: None,
        request: None,
        request_required: false,
        response: ResponseBody::Json(ProcessStatusResponse::OBJECT),
        max_request_bytes: 0,
        max_response_bytes: ANSWER_BYTES,
    },
    OperationSpec {
        operation: Operation::GetRecords,
        id: "getRecords",
        method: OperationMethod::Get,
        path: "/api/process/{processId}/record",
        scope: Scope::Read,
        prerequisite: RequiredState::Exists,
        success: &[200],
        failures: &[(401, false), (409, true)],
        replay: ReplaySafety::Safe,
        query: None,
        request: None,
        request_required: false,
        response: ResponseBody::Json(AuditSuccessRecordResponse::OBJECT),
        max_request_bytes: 0,
        max_response_bytes: ANSWER_BYTES,
    },
    OperationSpec {
        operation: Operation::GetFile,
        id: "getFile",
        method: OperationMethod::Get,
        path: "/api/process/{processId}/file/{fileId}",
        scope: Scope::Read,
        prerequisite: RequiredState::Exists,
        success: &[200],
        failures: &[(401, false), (409, true), (410, true), (412, true)],
        replay: ReplaySafety::Safe,
        query: None,
        request: None,
        request_required: false,
        response: ResponseBody::Json(FileAttachment::OBJECT),
        max_request_bytes: 0,
        max_response_bytes: FILE_BYTES,
    },
    OperationSpec {
        operation: Operation::GetFileContent,
        id: "getFileContent",
        method: OperationMethod::Get,
        path: "/api/process/{processId}/file/{fileId}/content",
        scope: Scope::Read,
        prerequisite: RequiredState::Exists,
        success: &[200],
        failures: &[(401, false), (409, true), (410, true), (412, true)],
        replay: ReplaySafety::Safe,
        query: None,
        request: None,
        request_required: false,
        response: ResponseBody::File,
        max_request_bytes: 0,
        max_response_bytes: FILE_BYTES,
    },
];

impl Operation {
    /// All operations, in the order in which a process uses them.
    pub const ALL: [Operation; 11] = [
        Self::FindAll,
        Self::Create,
        Self::Attach,
        Self::Setup,
        Self::Release,
        Self::Open,
        Self::GetProcess,
        Self::GetStatus,
        Self::GetRecords,
        Self::GetFile,
        Self::GetFileContent,
    ];

    /// Specification.
    pub const fn spec(self) -> &'static OperationSpec {
        #[allow(clippy::indexing_slicing, reason = "checked at compile time, below")]
        &SPECS[self as usize]
    }

    /// `operationId` of the contract.
    pub const fn id(self) -> &'static str {
        self.spec().id
    }

    /// Finds an operation by its `operationId`.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.id() == id)
    }
}

#[allow(clippy::indexing_slicing, reason = "evaluated at compile time")]
const _: () = {
    let mut row = 0;
    while row < SPECS.len() {
        assert!(SPECS[row].operation as usize == row, "SPECS is in the order of Operation");
        row += 1;
    }
};

impl core::fmt::Display for Operation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.id())
    }
}
