//! [`ProcessHandle`]: the operations of one process.

use serde::de::DeserializeOwned;
use swisscom_sign::contract::{
    AuditSuccessRecordResponse, FileAttachment, FileSignaturePositionInput, Operation, Process,
    ProcessOpenRequest, ProcessOpenResponse, ProcessReleaseRequest, ProcessSetupRequest,
    ProcessSetupResponse, ReleaseResponse, State,
};
use swisscom_sign::{Error, ErrorKind, Result};

use crate::body;
use crate::builder::Client;
use crate::call::{Request, model, state_of, to_json};
use crate::download::Download;
use crate::file::File;
use crate::wait::WaitFor;

impl Client {
    /// Creates a process (operation `create`), once: if the response is lost, the client looks the
    /// process up before it retries.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] before anything is sent; [`ErrorKind::UncertainOutcome`] if the
    /// response is lost and the lookup fails; the errors of the platform.
    pub async fn create(&self, process: &Process) -> Result<ProcessHandle> {
        let text = to_json(process)?;
        let response = self.call(Request::create(&text)).await?;
        Ok(self.process(response.fields.process_id.unwrap_or_default()))
    }

    /// A process by its identifier. Sends nothing.
    pub fn process(&self, id: impl Into<String>) -> ProcessHandle {
        ProcessHandle { client: self.clone(), id: id.into() }
    }
}

/// A process. Knows its identifier only; every method asks the platform.
#[derive(Debug, Clone)]
pub struct ProcessHandle {
    client: Client,
    id: String,
}

impl ProcessHandle {
    /// Identifier of the process.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Attaches a file (operation `attach`), once, and returns its identifier. The file is streamed; a
    /// retry reads it again.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] if the file cannot be read; [`ErrorKind::Validation`] if it is not
    /// a PDF file of at most 41 943 039 bytes, or for invalid positions; [`ErrorKind::UncertainOutcome`]
    /// if the response is lost and the lookup fails; the errors of the platform.
    pub async fn attach(
        &self,
        file: File,
        positions: &[FileSignaturePositionInput],
    ) -> Result<String> {
        let content = body::check(&file.content).await?;
        let mut request = FileAttachment::new(
            file.name.unwrap_or_else(|| "document.pdf".to_owned()),
            String::new(),
            "application/pdf",
        );
        request.external_identifier = file.external_identifier;
        request.signature_positions = (!positions.is_empty()).then(|| positions.to_vec());
        let text = content_last(&to_json(&request)?)?;
        let request =
            Request::of_process(Operation::Attach, &self.id).text(&text).content(&content);
        let response = self.client.call(request).await?;
        response.fields.file_id.ok_or_else(|| {
            Error::new(ErrorKind::MalformedResponse, "malformed response to attach: no `fileId`")
        })
    }

    /// Requests the URL of the setup page (operation `setup`).
    ///
    /// # Errors
    /// The errors of the platform.
    pub async fn setup(&self, options: &ProcessSetupRequest) -> Result<ProcessSetupResponse> {
        let text = to_json(options)?;
        self.model(Request::of_process(Operation::Setup, &self.id).text(&text)).await
    }

    /// Releases the process to its signers (operation `release`). A repetition succeeds, too.
    ///
    /// # Errors
    /// The errors of the platform.
    pub async fn release(&self, options: &ProcessReleaseRequest) -> Result<ReleaseResponse> {
        let text = to_json(options)?;
        self.model(Request::of_process(Operation::Release, &self.id).text(&text)).await
    }

    /// Creates a URL for a participant (operation `open`): `person` is an identification or an
    /// `externalIdentifier`.
    ///
    /// # Errors
    /// The errors of the platform.
    pub async fn open(
        &self,
        person: &str,
        options: &ProcessOpenRequest,
    ) -> Result<ProcessOpenResponse> {
        let text = to_json(options)?;
        let request = Request::of_process(Operation::Open, &self.id).person(person).text(&text);
        self.model(request).await
    }

    /// Reads the process (operation `getProcess`).
    ///
    /// # Errors
    /// The errors of the platform.
    pub async fn read(&self) -> Result<Process> {
        self.model(Request::of_process(Operation::GetProcess, &self.id)).await
    }

    /// Reads the state of the process (operation `getStatus`).
    ///
    /// # Errors
    /// The errors of the platform.
    pub async fn status(&self) -> Result<State> {
        let request = Request::of_process(Operation::GetStatus, &self.id);
        state_of(&self.client.call(request).await?.fields)
    }

    /// Reads the audit records of the process (operation `getRecords`).
    ///
    /// # Errors
    /// The errors of the platform.
    pub async fn records(&self) -> Result<AuditSuccessRecordResponse> {
        self.model(Request::of_process(Operation::GetRecords, &self.id)).await
    }

    /// Waits until the process reaches a state, for at most one hour unless another timeout is set.
    /// Await the returned value.
    pub fn wait_for(&self, state: State) -> WaitFor {
        WaitFor::new(self.client.clone(), self.id.clone(), state)
    }

    /// Starts the download of a file (operation `getFileContent`): the signed one, or the original as
    /// long as nobody has signed. `file` is an identifier or an `externalIdentifier`.
    ///
    /// # Errors
    /// [`ErrorKind::NotReady`] and [`ErrorKind::Gone`]; the other errors of the platform.
    pub async fn download(&self, file: &str) -> Result<Download> {
        let request = Request::of_process(Operation::GetFileContent, &self.id).file(file);
        Download::new(self.client.call(request).await?)
    }

    async fn model<T: DeserializeOwned>(&self, request: Request<'_>) -> Result<T> {
        model(&self.client.call(request).await?.json)
    }
}

/// Moves the empty `content` of a request to its end, where the file is inserted.
fn content_last(text: &str) -> Result<String> {
    let rest = text.replacen(r#""content":"","#, "", 1);
    let rest = rest.strip_suffix('}').map(|rest| format!(r#"{rest},"content":""}}"#));
    rest.ok_or_else(|| Error::new(ErrorKind::InvalidArgument, "the request is not an object"))
}
