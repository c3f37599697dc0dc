//! Uploads and downloads: validated and forwarded as streams, never buffered.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Body as HttpBody;
use swisscom_sign::contract::{Operation, ResponseBody as ContractBody, validate};
use swisscom_sign::request::relay_upload::{MAX_UPLOAD_HEADER, UPLOAD_HEADER};

use super::{RelayRequest, SMALL_BODY, core_request, is_json, json_response};
use crate::body::{RelayBody, TimeoutBody, client_error, next_chunk, too_large};
use crate::download::{self, DownloadEnd, DownloadLimits};
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::json;
use crate::listen::exchange::ExchangeAbort;
use crate::listen::request_body::RequestBody;
use crate::policy::{fields, reject_invalid};
use crate::route::RouteIds;
use crate::upstream::attach_scanner::{AttachScanner, ScannedBody, UploadErrorSlot, set_error};
use crate::upstream::base64::Base64Body;
use crate::upstream::headers;

/// Maximum file size in bytes: 40 MiB minus 1, because the contract limits the length of the Base64.
pub(crate) const MAX_FILE: u64 = swisscom_sign::preflight::attach::MAX_FILE_BYTES;
const PDF_MAGIC: &[u8] = b"%PDF-";
const PDF_MAGIC_WINDOW: usize = 1024;

/// `attach`: the contract's JSON, streamed. A small body is buffered, so that it can be repeated after a
/// 401. For a large body the ownership check directly before it has used the same token.
pub(super) async fn attach(
    mut call: RelayRequest,
    target: RouteIds,
) -> RelayResult<Response<RelayBody>> {
    let spec = Operation::Attach.spec();
    call.check_content_type(is_json)?;
    let announced = call.body.size_hint().exact();
    if announced.is_some_and(|length| length > spec.max_request_bytes) {
        return Err(too_large(spec.max_request_bytes));
    }
    if announced.is_some_and(|length| length <= SMALL_BODY as u64) {
        let text = call.text_body(SMALL_BODY).await?;
        let mut scanner = AttachScanner::new(&call.app.config.policy.allow_fields);
        scanner.push(text.as_bytes())?;
        scanner.finish()?;
        call.ensure_owned(&target.process_id).await?;
        let request = core_request(Operation::Attach, &target, Some(&text))?;
        let token = call.tenant.token();
        let reply = call.tenant.platform.json(token, &request, &call.request_id).await?;
        return Ok(json_response(reply.status, reply.json));
    }
    call.load_owned(&target.process_id).await?;
    let _permit = call.app.limits.uploads.try_acquire(&call.caller.hash)?;
    let slot = UploadErrorSlot::default();
    let body = ScannedBody::new(
        Limited::new(call.body, size(spec.max_request_bytes)),
        AttachScanner::new(&call.app.config.policy.allow_fields),
        UploadErrorSlot::clone(&slot),
    );
    // The body is streamed separately; `Some` selects the JSON content type.
    let request = core_request(Operation::Attach, &target, Some(""))?;
    let (platform, token) = (&call.tenant.platform, call.tenant.token());
    let sent = platform.upload(token, &request, &call.request_id, body.boxed_unsync()).await;
    let reply = sent.map_err(|error| error_from_slot(&slot, error))?;
    Ok(json_response(reply.status, reply.json))
}

/// `POST /relay/process/{processId}/file`: the raw PDF. The `Relay-File` header contains name,
/// externalIdentifier and signaturePositions, as JSON in ASCII.
pub(super) async fn upload(
    mut call: RelayRequest,
    target: RouteIds,
) -> RelayResult<Response<RelayBody>> {
    call.check_content_type(|content_type| {
        content_type.trim().eq_ignore_ascii_case("application/pdf")
    })?;
    let length = call
        .body
        .size_hint()
        .exact()
        .ok_or_else(|| RelayError::new(RelayErrorKind::LengthRequired))?;
    if length > MAX_FILE {
        return Err(too_large(MAX_FILE));
    }
    let (before, after) = envelope(&call.headers, &call.app.config.policy.allow_fields)?;
    call.load_owned(&target.process_id).await?;
    let _permit = call.app.limits.uploads.try_acquire(&call.caller.hash)?;
    let head = pdf_head(&mut call.body).await?;
    let slot = UploadErrorSlot::default();
    let body_slot = UploadErrorSlot::clone(&slot);
    let rest = call.body.map_err(move |error| set_error(&body_slot, client_error(&error)));
    let body = Base64Body::new(before, head, rest, length, after);
    let request = core_request(Operation::Attach, &target, Some(""))?;
    let (platform, token) = (&call.tenant.platform, call.tenant.token());
    let sent = platform.upload(token, &request, &call.request_id, body.boxed_unsync()).await;
    let reply = sent.map_err(|error| error_from_slot(&slot, error))?;
    Ok(json_response(reply.status, reply.json))
}

/// The JSON before and after the Base64 of the file.
fn envelope(headers: &HeaderMap, allow_fields: &[String]) -> RelayResult<(String, String)> {
    let missing = || {
        RelayError::with_detail(
            RelayErrorKind::ValidationFailed,
            "missing header Relay-File: it describes the file, as JSON",
        )
    };
    let header = headers.get(UPLOAD_HEADER).ok_or_else(missing)?;
    if header.len() > MAX_UPLOAD_HEADER {
        return Err(RelayError::new(RelayErrorKind::HeadersTooLarge));
    }
    let text = header.to_str().map_err(|_| {
        RelayError::with_detail(RelayErrorKind::BadJson, "the header Relay-File must be ASCII")
    })?;
    let members = json::members(text).ok_or_else(|| {
        RelayError::with_detail(
            RelayErrorKind::BadJson,
            "the header Relay-File must be a JSON object",
        )
    })?;
    if members.iter().any(|(key, _)| key == "content" || key == "contentType") {
        return Err(RelayError::with_detail(
            RelayErrorKind::ValidationFailed,
            "the header Relay-File must not contain `content` or `contentType`",
        ));
    }
    let described = members.iter().map(|(key, value)| (key.as_ref(), *value));
    let fixed = [("contentType", "\"application/pdf\""), ("content", "\"\"")];
    let whole = json::object(described.chain(fixed));
    if let Some(object) = Operation::Attach.spec().request {
        reject_invalid(validate(object, &whole))?;
    }
    fields::check(Operation::Attach, &whole, allow_fields)?;
    let after = "\"}";
    let before = whole.strip_suffix(after).unwrap_or_default().to_owned();
    Ok((before, after.to_owned()))
}

/// Reads the start of the file, up to the PDF header.
async fn pdf_head(body: &mut TimeoutBody<RequestBody>) -> RelayResult<Bytes> {
    let mut head = BytesMut::new();
    loop {
        let window = head.get(..head.len().min(PDF_MAGIC_WINDOW)).unwrap_or_default();
        if window.windows(PDF_MAGIC.len()).any(|bytes| bytes == PDF_MAGIC) {
            return Ok(head.freeze());
        }
        if head.len() >= PDF_MAGIC_WINDOW {
            return Err(RelayError::with_detail(
                RelayErrorKind::UnsupportedMediaType,
                "the file is not a PDF: `%PDF-` is missing in its first 1024 bytes",
            ));
        }
        match next_chunk(body).await {
            None => {
                return Err(RelayError::with_detail(
                    RelayErrorKind::UnsupportedMediaType,
                    "the file is not a PDF: `%PDF-` is missing in its first 1024 bytes",
                ));
            }
            Some(Err(error)) => return Err(client_error(&error)),
            Some(Ok(chunk)) => head.extend_from_slice(&chunk),
        }
    }
}

/// Error of an upload: an error of the request body has caused the error of the upstream request.
fn error_from_slot(slot: &UploadErrorSlot, upstream: RelayError) -> RelayError {
    slot.lock().ok().and_then(|mut first_error| first_error.take()).unwrap_or(upstream)
}

/// `getFile`, `getFileContent`: only files that the process lists.
pub(super) async fn download(
    call: RelayRequest,
    operation: Operation,
    target: RouteIds,
) -> RelayResult<Response<RelayBody>> {
    let caller_permit = call.app.limits.downloads.try_acquire(&call.caller.hash)?;
    let process = call.load_owned(&target.process_id).await?;
    if !files(&process).contains(&target.file_id) {
        return Err(RelayError::new(RelayErrorKind::NotFound));
    }
    let request = core_request(operation, &target, None)?;
    let (platform, token) = (&call.tenant.platform, call.tenant.token());
    let streamed = platform.download(token, &request, &call.request_id).await?;
    let headers = match operation.spec().response {
        ContractBody::File => headers::file(&streamed.headers),
        ContractBody::Json(_) => json_headers(&streamed.headers),
    };
    let headers = headers.ok_or_else(|| RelayError::new(RelayErrorKind::UpstreamBadResponse))?;
    let body = Limited::new(streamed.body, size(operation.spec().max_response_bytes));
    let limits = DownloadLimits::new(&call.app.config.server);
    let permits = (caller_permit, streamed.permit);
    let metrics = Arc::clone(&call.app.metrics);
    let on_end = move |end: DownloadEnd| metrics.download(end.as_str());
    let body = download::forward(body, limits, permits, ExchangeAbort::current(), on_end);
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    Ok(response)
}

/// All identifiers of the files of a process.
fn files(process: &str) -> Vec<String> {
    let references = json::member(process, "fileReferences").and_then(json::items);
    let names = ["initialFileId", "lastSignedFileId", "externalIdentifier"];
    let mut files: Vec<String> = references
        .unwrap_or_default()
        .into_iter()
        .flat_map(|reference| names.map(|name| json::string(reference, name)))
        .flatten()
        .map(|id| id.into_owned())
        .collect();
    let signers = json::member(process, "invitees")
        .and_then(|invitees| json::member(invitees, "signers"))
        .and_then(json::items)
        .unwrap_or_default();
    for signer in signers.into_iter().chain(json::member(process, "initiator")) {
        let verification = json::member(signer, "verification");
        let listed = verification.and_then(|v| json::member(v, "files")).and_then(json::items);
        files.extend(listed.unwrap_or_default().iter().map(|id| id.trim_matches('"').to_owned()));
    }
    files
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn json_headers(upstream: &HeaderMap) -> Option<HeaderMap> {
    let content_type = upstream.get(CONTENT_TYPE)?.to_str().ok()?;
    is_json(content_type).then_some(())?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(length) = upstream.get(CONTENT_LENGTH) {
        headers.insert(CONTENT_LENGTH, length.clone());
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_envelope(text: &str) -> RelayResult<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert("relay-file", text.parse().unwrap());
        envelope(&headers, &[])
    }

    #[test]
    fn builds_the_contracts_json_from_the_header() {
        let (before, after) =
            parse_envelope(r#"{"name":"\u00e4.pdf","externalIdentifier":"f-1"}"#).unwrap();
        assert_eq!(
            format!("{before}QUJD{after}"),
            r#"{"name":"\u00e4.pdf","externalIdentifier":"f-1","contentType":"application/pdf","content":"QUJD"}"#
        );
        for (text, kind) in [
            ("[]", RelayErrorKind::BadJson),
            (r#"{"name":"a"} x"#, RelayErrorKind::BadJson),
            (r#"{"name":"a","name":"b"}"#, RelayErrorKind::BadJson),
            (r#"{"name":"a","content":"QUJD"}"#, RelayErrorKind::ValidationFailed),
            (r#"{"name":"a","cont\u0065nt":"QUJD"}"#, RelayErrorKind::ValidationFailed),
            (r#"{"name":"a","x":1}"#, RelayErrorKind::ValidationFailed),
            (r#"{}"#, RelayErrorKind::ValidationFailed),
        ] {
            assert_eq!(parse_envelope(text).unwrap_err().kind, kind, "{text}");
        }
        assert!(envelope(&HeaderMap::new(), &[]).is_err());
        let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(MAX_UPLOAD_HEADER));
        assert_eq!(parse_envelope(&long).unwrap_err().kind, RelayErrorKind::HeadersTooLarge);
    }

    #[test]
    fn lists_all_identifiers_of_files() {
        let process = r#"{"fileReferences":[{"initialFileId":"a","lastSignedFileId":"b","externalIdentifier":"c"}],
            "initiator":{"verification":{"files":["d"]}},
            "invitees":{"signers":[{"verification":{"files":["e","f"]}},{}]}}"#;
        assert_eq!(files(process), ["a", "b", "c", "e", "f", "d"]);
        assert!(files("{}").is_empty());
    }
}
