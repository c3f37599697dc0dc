//! attach, getFile, getFileContent.

use std::cell::OnceCell;

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use swisscom_sign::contract::{
    FileAttachResponse, FileAttachment, FileSignaturePositionInput, Problem, ProblemCode, State,
};
use swisscom_sign::preflight::attach::MAX_FILE_BYTES;
use swisscom_sign::preflight::release::{overlapping_signatures, page_index};
use uuid::Uuid;

use super::body::invalid;
use super::{ApiCall, ApiResult};
use crate::documents::TagLocations;
use crate::domain::process::{VerificationBundle, parse_uuid};
use crate::domain::{
    AttachCommand, DomainError, ErrorName, EventKind, ProcessAggregate, ProcessCommand,
    ProcessFile, ResolvedPosition, SignaturePosition,
};
use crate::http::{HttpResponse, disposition};
use crate::platform::{CommandError, ContentTarget, PreparedCommand};
use crate::settings::SignedDownload;

/// Ignores the unused trailing bits before the padding, like Java's decoder.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// The decoded size is checked instead of the length of the Base64, see [`MAX_FILE_BYTES`]: its error
/// names the size of the file.
fn is_not_length_of_content(problem: &Problem) -> bool {
    !(problem.code == ProblemCode::TooLong && problem.path == "$.content")
}

pub(super) fn attach(call: &mut ApiCall<'_>) -> ApiResult {
    let id = call.process_id()?;
    let attachment: FileAttachment = call.body_where(is_not_length_of_content)?;
    let bytes = BASE64
        .decode(attachment.content.expose())
        .map_err(|_| invalid("$.content: must be Base64 with padding"))?;
    let bytes = Bytes::from(bytes);
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let detail = format!("file too large: {} bytes, maximum {MAX_FILE_BYTES}", bytes.len());
        return Err(DomainError::new(ErrorName::FileTooLarge, detail).into());
    }
    let inputs = attachment.signature_positions.unwrap_or_default();
    let tags = inputs.iter().any(|i| matches!(i, FileSignaturePositionInput::Tag(_)));
    let platform = call.platform;
    // The file is parsed once, also if the command is retried after a conflict, and searched for tags
    // only if a tag is requested.
    let (inspected, found) = (OnceCell::new(), OnceCell::new());
    let find = || found.get_or_init(|| platform.documents().find_tags(&bytes)).as_ref();
    let outcome = platform.execute(call.links, id, |process| {
        call.check_access(process)?;
        // The state is checked first: the content of the file is irrelevant once the process is
        // released.
        let (pages, places) = match process.status {
            State::Created => {
                let refused = |why: crate::documents::DocumentError| {
                    DomainError::new(ErrorName::InvalidDocument, why.0)
                };
                let inspected = inspected.get_or_init(|| platform.documents().inspect(&bytes));
                let pages = inspected.clone().map_err(refused)?.pages;
                let places = inputs.iter().map(|input| place(process, find, input));
                (pages, places.collect::<Result<_, CommandError>>()?)
            }
            _ => (None, Vec::new()),
        };
        let attach = AttachCommand {
            name: attachment.name.clone(),
            external_identifier: attachment.external_identifier.clone(),
            pages,
            places,
        };
        let command = ProcessCommand::Attach(attach);
        Ok(PreparedCommand { command, content: vec![(ContentTarget::NewFile, bytes.clone())] })
    })?;
    let file = outcome.events.iter().find_map(|event| match &event.what {
        EventKind::Attached(file) => Some(file),
        _ => None,
    });
    let searched = !tags || platform.documents().signs();
    let size = platform.settings().signature_size.points();
    for (later, _) in file.filter(|_| searched).map(|file| overlaps(file, size)).unwrap_or_default()
    {
        call.warnings.add("overlapping-positions", &format!("$.signaturePositions[{later}]"));
    }
    if !searched {
        call.warnings.add("tag-not-searched", "$.signaturePositions");
    }
    let mut response = FileAttachResponse::default();
    response.file_id = file.map(|file| file.id.to_string());
    Ok(call.success(&response))
}

/// Positions that overlap an earlier one, on pages that are known.
fn overlaps(file: &ProcessFile, size: (f64, f64)) -> Vec<(usize, usize)> {
    let pages = file.pages.as_ref().map_or(usize::MAX, Vec::len);
    let corner = |(index, position): (usize, &SignaturePosition)| {
        // A page that does not exist is a different one for each position.
        let page = page_index(i64::from(position.page), pages).unwrap_or(usize::MAX - index);
        (page, f64::from(position.x), f64::from(position.y))
    };
    let corners: Vec<_> = file.positions.iter().enumerate().map(corner).collect();
    overlapping_signatures(&corners, size)
}

fn place<'t>(
    process: &ProcessAggregate,
    tags: impl Fn() -> Option<&'t TagLocations>,
    input: &FileSignaturePositionInput,
) -> Result<ResolvedPosition, CommandError> {
    match input {
        FileSignaturePositionInput::Coordinates(position) => Ok(ResolvedPosition {
            signer: position.signer.clone(),
            page: position.page_number,
            x: position.position_x,
            y: position.position_y,
            sticker: position.sticker_provider.clone(),
        }),
        FileSignaturePositionInput::Tag(position) => {
            let number = process.tag_number(&position.signer).ok_or(ErrorName::SignerNotFound)?;
            let found = tags();
            let place = found.map(|found| (found.tags.get(&number), found.unsearched_page));
            let (page, x, y) = match place {
                Some((Some(place), _)) => (place.page, place.x, place.y),
                None => (0, 0.0, 0.0),
                Some((None, Some(page))) => {
                    let detail = format!(
                        "The document could not be searched completely for the tag \\s{number}\\: the \
                         page with pageNumber {page} is too complex. Use coordinates."
                    );
                    return Err(
                        DomainError::new(ErrorName::SignatureTagsNotSearched, detail).into()
                    );
                }
                Some((None, None)) => {
                    let detail = format!("The document does not contain the tag \\s{number}\\.");
                    return Err(DomainError::new(ErrorName::SignatureTagNotFound, detail).into());
                }
            };
            let shift =
                |at: f64, offset: Option<i32>| (at + f64::from(offset.unwrap_or(0))).round() as i32;
            Ok(ResolvedPosition {
                signer: position.signer.clone(),
                page,
                x: shift(x, position.offset_x),
                y: shift(y, position.offset_y),
                sticker: position.sticker_provider.clone(),
            })
        }
        // The validation of the body rejects other locators.
        _ => Err(DomainError::new(ErrorName::Validation, "unknown locator").into()),
    }
}

struct FileLookup<'p> {
    id: Uuid,
    name: &'p str,
    external_identifier: Option<&'p str>,
    media_type: &'static str,
    signed: bool,
}

const PDF: &str = "application/pdf";
const ZIP: &str = "application/zip";

impl<'p> FileLookup<'p> {
    fn version(file: &'p ProcessFile, id: Uuid, signed: bool) -> Self {
        let external_identifier = file.external_identifier.as_deref();
        Self { id, name: &file.name, external_identifier, media_type: PDF, signed }
    }
}

/// Finds by identifier, or by externalIdentifier: the latest signed version, otherwise the original.
fn find<'p>(process: &'p ProcessAggregate, reference: &str) -> Option<FileLookup<'p>> {
    let by_id = parse_uuid(Some(reference)).and_then(|id| {
        let file = process.files.iter().find_map(|file| {
            let signed = file.versions.iter().any(|version| version.id == id);
            (signed || file.id == id).then(|| FileLookup::version(file, id, signed))
        });
        file.or_else(|| {
            let VerificationBundle { name, .. } =
                process.bundles.iter().find(|bundle| bundle.id == id)?;
            Some(FileLookup { id, name, external_identifier: None, media_type: ZIP, signed: false })
        })
    });
    by_id.or_else(|| {
        let file =
            process.files.iter().find(|f| f.external_identifier.as_deref() == Some(reference))?;
        Some(FileLookup::version(file, file.latest(), !file.versions.is_empty()))
    })
}

/// Creates a response from a file and its bytes.
fn download(
    call: &ApiCall<'_>,
    answer: impl FnOnce(FileLookup<'_>, Bytes) -> HttpResponse,
) -> ApiResult {
    let process = call.process()?;
    if process.archived_on.is_some() {
        return Err(ErrorName::FileArchived.into());
    }
    let reference = call.route.parameter("fileId").unwrap_or_default();
    let found = find(&process, reference).ok_or(ErrorName::FileNotFound)?;
    let late = call.platform.settings().signed_download == SignedDownload::Completed;
    if found.signed && late && process.status != State::Completed {
        return Err(ErrorName::FileNotAvailable.into());
    }
    // The process may have been archived between the two reads.
    let bytes = call.platform.store().blob(found.id).map_err(CommandError::from)?;
    Ok(answer(found, bytes.ok_or(ErrorName::FileArchived)?))
}

pub(super) fn get(call: &ApiCall<'_>) -> ApiResult {
    download(call, |found, bytes| {
        let content = BASE64.encode(&bytes);
        let mut file =
            FileAttachment::new(found.name, content, found.media_type).id(found.id.to_string());
        file.external_identifier = found.external_identifier.map(str::to_owned);
        call.success(&file)
    })
}

pub(super) fn content(call: &ApiCall<'_>) -> ApiResult {
    download(call, |found, bytes| {
        HttpResponse::with_body(200, found.media_type, bytes)
            .header("content-disposition", disposition("attachment", found.name))
    })
}
