//! Validates the JSON of attach while it is streamed, in constant memory. Everything but the file is
//! buffered and validated by the core; the Base64 of the file is checked for its alphabet and length. The
//! last chunk is forwarded only if the whole body is valid, so an invalid body is never complete.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use swisscom_sign::contract::json::JsonReader;
use swisscom_sign::contract::{FieldType as FieldKind, Operation, ProblemCode, validate};

use crate::body::{BodyError, client_error};
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::policy::{fields, reject_invalid};

const MAX_ENVELOPE_BYTES: usize = 256 * 1024;
const CONTENT_FIELD: &str = "content";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScanState {
    Start,
    KeyOrEnd,
    Key { escaped: bool },
    Colon,
    Value { file: bool },
    File(EscapeState),
    Text { escaped: bool },
    Nested { depth: u32, quoted: bool, escaped: bool },
    Scalar,
    AfterValue,
    End,
}

/// JSON serializers may escape the slash (`\/`) and the plus (`\u002B`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EscapeState {
    No,
    Backslash,
    Unicode { digits: u8, value: u32 },
}

#[derive(Debug)]
pub(crate) struct AttachScanner {
    state: ScanState,
    /// The text without the content of the file.
    envelope: Vec<u8>,
    key_at: usize,
    seen_file: bool,
    characters: u64,
    padding: u8,
    max_characters: u64,
    allow_fields: Vec<String>,
}

impl Default for AttachScanner {
    fn default() -> Self {
        let field = Operation::Attach.spec().request.and_then(|object| object.field(CONTENT_FIELD));
        let max_characters = match field.map(|field| field.kind) {
            Some(FieldKind::Text(text)) => text.max.map_or(0, u64::from),
            _ => 0,
        };
        Self {
            state: ScanState::Start,
            envelope: Vec::new(),
            key_at: 0,
            seen_file: false,
            characters: 0,
            padding: 0,
            max_characters,
            allow_fields: Vec::new(),
        }
    }
}

fn bad_json(detail: &str) -> RelayError {
    RelayError::with_detail(RelayErrorKind::BadJson, detail)
}

impl AttachScanner {
    /// `allow_fields`: additional fields that callers may set.
    pub(crate) fn new(allow_fields: &[String]) -> Self {
        Self { allow_fields: allow_fields.to_vec(), ..Self::default() }
    }

    /// # Errors
    /// [`RelayErrorKind::BadJson`], [`RelayErrorKind::ValidationFailed`], [`RelayErrorKind::TooLarge`].
    pub(crate) fn push(&mut self, mut piece: &[u8]) -> RelayResult<()> {
        while let Some((byte, rest)) = piece.split_first() {
            if let ScanState::File(EscapeState::No) = self.state {
                let (run, rest) = piece.split_at(base64_run(piece));
                if !run.is_empty() {
                    self.characters(run.len() as u64)?;
                    piece = rest;
                    continue;
                }
            }
            if let ScanState::File(escape) = self.state {
                self.file(escape, *byte)?;
            } else {
                self.other(*byte)?;
            }
            piece = rest;
        }
        Ok(())
    }

    /// # Errors
    /// [`RelayErrorKind::BadJson`] if the object is incomplete.
    pub(crate) fn finish(&self) -> RelayResult<()> {
        if self.state == ScanState::End { Ok(()) } else { Err(bad_json("incomplete JSON object")) }
    }

    fn characters(&mut self, more: u64) -> RelayResult<()> {
        if self.padding > 0 {
            return Err(bad_json("`content` is not valid Base64: characters after the padding"));
        }
        self.characters += more;
        self.check_length()
    }

    fn check_length(&self) -> RelayResult<()> {
        if self.characters > self.max_characters {
            let max = self.max_characters;
            return Err(RelayError::with_detail(
                RelayErrorKind::TooLarge,
                format!("`content` too large: maximum {max} characters"),
            ));
        }
        Ok(())
    }

    fn file(&mut self, escape: EscapeState, byte: u8) -> RelayResult<()> {
        let character = |this: &mut Self, byte: u8| match byte {
            b'=' => {
                this.padding += 1;
                this.characters += 1;
                if this.padding > 2 {
                    Err(bad_json("`content` is not valid Base64"))
                } else {
                    this.check_length()
                }
            }
            byte if is_base64(byte) => this.characters(1),
            _ => Err(bad_json("`content` is not valid Base64")),
        };
        let next = match (escape, byte) {
            (EscapeState::No, b'"') => {
                if !self.characters.is_multiple_of(4) {
                    return Err(bad_json(
                        "`content` is not valid Base64: wrong length or missing padding",
                    ));
                }
                self.envelope.push(b'"');
                self.state = ScanState::AfterValue;
                return Ok(());
            }
            (EscapeState::No, b'\\') => EscapeState::Backslash,
            (EscapeState::No, byte) => {
                character(self, byte)?;
                EscapeState::No
            }
            (EscapeState::Backslash, b'/') => {
                character(self, b'/')?;
                EscapeState::No
            }
            (EscapeState::Backslash, b'u') => EscapeState::Unicode { digits: 0, value: 0 },
            (EscapeState::Backslash, _) => return Err(bad_json("`content` is not valid Base64")),
            (EscapeState::Unicode { digits, value }, byte) => {
                let digit = char::from(byte)
                    .to_digit(16)
                    .ok_or_else(|| bad_json("invalid escape in `content`"))?;
                let value = value * 16 + digit;
                if digits == 3 {
                    character(self, u8::try_from(value).unwrap_or(0))?;
                    EscapeState::No
                } else {
                    EscapeState::Unicode { digits: digits + 1, value }
                }
            }
        };
        self.state = ScanState::File(next);
        Ok(())
    }

    fn other(&mut self, byte: u8) -> RelayResult<()> {
        if self.envelope.len() >= MAX_ENVELOPE_BYTES {
            return Err(RelayError::with_detail(
                RelayErrorKind::TooLarge,
                "too large: the fields other than `content` exceed 256 KiB",
            ));
        }
        self.envelope.push(byte);
        let space = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.state = match (self.state, byte) {
            (ScanState::Start, b'{') => ScanState::KeyOrEnd,
            (ScanState::KeyOrEnd, b'"') => {
                self.key_at = self.envelope.len() - 1;
                ScanState::Key { escaped: false }
            }
            (ScanState::KeyOrEnd | ScanState::AfterValue, b'}') => {
                self.check(self.envelope.clone(), true)?;
                ScanState::End
            }
            (ScanState::Key { escaped: false }, b'"') => ScanState::Colon,
            (ScanState::Key { escaped }, byte) => {
                ScanState::Key { escaped: !escaped && byte == b'\\' }
            }
            (ScanState::Colon, b':') => ScanState::Value { file: self.key_is_file()? },
            (ScanState::Value { file: true }, b'"') => {
                if std::mem::replace(&mut self.seen_file, true) {
                    return Err(bad_json("duplicate key `content`"));
                }
                let mut so_far = self.envelope.clone();
                so_far.extend_from_slice(b"\"}");
                self.check(so_far, false)?;
                ScanState::File(EscapeState::No)
            }
            (ScanState::Value { file: false }, b'"') => ScanState::Text { escaped: false },
            (ScanState::Text { escaped: false }, b'"') => ScanState::AfterValue,
            (ScanState::Text { escaped }, byte) => {
                ScanState::Text { escaped: !escaped && byte == b'\\' }
            }
            (ScanState::Value { .. }, b'{' | b'[') => {
                ScanState::Nested { depth: 1, quoted: false, escaped: false }
            }
            (ScanState::Nested { depth, quoted, escaped }, byte) => {
                nested(depth, quoted, escaped, byte)
            }
            (ScanState::Value { .. }, byte) if !space => {
                if matches!(byte, b',' | b'}' | b']') {
                    return Err(bad_json("missing value"));
                }
                ScanState::Scalar
            }
            (ScanState::Scalar | ScanState::AfterValue, b',') => ScanState::KeyOrEnd,
            (ScanState::Scalar, b'}') => {
                self.check(self.envelope.clone(), true)?;
                ScanState::End
            }
            (ScanState::Scalar, _) if space => ScanState::AfterValue,
            (ScanState::Scalar, _) => ScanState::Scalar,
            (state, _) if space => state,
            _ => return Err(bad_json("the body is not a JSON object")),
        };
        Ok(())
    }

    fn key_is_file(&self) -> RelayResult<bool> {
        let text = self.envelope.get(self.key_at..).unwrap_or_default();
        let text = std::str::from_utf8(text).map_err(|_| bad_json("the body is not UTF-8"))?;
        let key = JsonReader::new(text).string().map_err(|_| bad_json("invalid JSON key"))?;
        Ok(key.decode() == CONTENT_FIELD)
    }

    /// Validates the fields so far. Until the end, required fields may still follow.
    fn check(&self, envelope: Vec<u8>, is_complete: bool) -> RelayResult<()> {
        let text = String::from_utf8(envelope).map_err(|_| bad_json("the body is not UTF-8"))?;
        let Some(object) = Operation::Attach.spec().request else { return Ok(()) };
        let mut deviations = validate(object, &text);
        deviations.retain(|deviation| is_complete || deviation.code != ProblemCode::Required);
        reject_invalid(deviations)?;
        fields::check(Operation::Attach, &text, &self.allow_fields)
    }
}

fn nested(depth: u32, quoted: bool, escaped: bool, byte: u8) -> ScanState {
    match (quoted, byte) {
        (true, b'"') if !escaped => ScanState::Nested { depth, quoted: false, escaped: false },
        (true, byte) => {
            ScanState::Nested { depth, quoted: true, escaped: !escaped && byte == b'\\' }
        }
        (false, b'"') => ScanState::Nested { depth, quoted: true, escaped: false },
        (false, b'{' | b'[') => {
            ScanState::Nested { depth: depth.saturating_add(1), quoted, escaped: false }
        }
        (false, b'}' | b']') if depth <= 1 => ScanState::AfterValue,
        (false, b'}' | b']') => ScanState::Nested { depth: depth - 1, quoted, escaped: false },
        _ => ScanState::Nested { depth, quoted, escaped: false },
    }
}

/// Without branches, so that the loop is vectorized. `/` precedes the digits in ASCII.
fn is_base64(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let digit_or_slash = byte.wrapping_sub(b'/') <= 10;
    letter | digit_or_slash | (byte == b'+')
}

/// Length of the prefix within the Base64 alphabet.
fn base64_run(bytes: &[u8]) -> usize {
    let others = |block: &[u8]| block.iter().fold(0, |any, b| any | u8::from(!is_base64(*b)));
    let whole =
        bytes.chunks_exact(COMPARE_BLOCK_BYTES).take_while(|block| others(block) == 0).count()
            * COMPARE_BLOCK_BYTES;
    let rest = bytes.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|b| is_base64(**b)).count()
}

const COMPARE_BLOCK_BYTES: usize = 64;

/// First error of the request body: the HTTP client only reports that sending failed.
pub(crate) type UploadErrorSlot = Arc<Mutex<Option<RelayError>>>;

#[derive(Debug)]
pub(crate) struct ScannedBody<B> {
    inner: B,
    scanner: AttachScanner,
    first_error: UploadErrorSlot,
}

impl<B> ScannedBody<B> {
    pub(crate) fn new(inner: B, scanner: AttachScanner, first_error: UploadErrorSlot) -> Self {
        Self { inner, scanner, first_error }
    }
}

pub(crate) fn set_error(slot: &UploadErrorSlot, error: RelayError) -> BodyError {
    let code = error.kind.code();
    if let Ok(mut first_error) = slot.lock() {
        first_error.get_or_insert(error);
    }
    format!("rejected: {code}").into()
}

impl<B> HttpBody for ScannedBody<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BodyError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        loop {
            let frame = match Pin::new(&mut this.inner).poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(frame) => frame,
            };
            let error = match frame {
                None => match this.scanner.finish() {
                    Ok(()) => return Poll::Ready(None),
                    Err(error) => error,
                },
                Some(Err(error)) => client_error(&error.into()),
                Some(Ok(frame)) => match frame.into_data() {
                    Err(_trailers) => continue,
                    Ok(data) => {
                        let pushed = this.scanner.push(&data);
                        // hyper does not poll a body with a Content-Length to its end.
                        let last = this.inner.is_end_stream();
                        match pushed
                            .and_then(|()| if last { this.scanner.finish() } else { Ok(()) })
                        {
                            Ok(()) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                            Err(error) => error,
                        }
                    }
                },
            };
            return Poll::Ready(Some(Err(set_error(&this.first_error, error))));
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests;
