//! The JSON of attach on its way through: checked as it passes, never held whole. Everything but
//! the file is a few hundred bytes and goes through the core's walk; the file's characters are
//! checked for their alphabet and counted. The piece with the end of the object is let through
//! only when everything was found right, so a body that is refused never arrives whole.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use swisscom_sign::contract::json::JsonReader;
use swisscom_sign::contract::{FieldType as FieldKind, Operation, ProblemCode, walk};

use crate::body::{BodyError, client_error};
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::policy::validation_error;

/// Bytes that everything but the file may have.
const MAX_ENVELOPE: usize = 256 * 1024;
/// The member with the file.
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

/// Where an escape in the file's string stands: serializers write `\/` for a slash, and some
/// `\u002B` for a plus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EscapeState {
    No,
    Begun,
    Unicode { digits: u8, value: u32 },
}

/// Reads the object piece by piece.
#[derive(Debug)]
pub struct AttachScanner {
    state: ScanState,
    /// The whole text, with an empty string in the place of the file.
    envelope: Vec<u8>,
    key_at: usize,
    seen_file: bool,
    characters: u64,
    padding: u8,
    max_characters: u64,
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
        }
    }
}

fn broken(why: &str) -> RelayError {
    RelayError::with_detail(RelayErrorKind::BadJson, why)
}

impl AttachScanner {
    /// Takes the next piece.
    ///
    /// # Errors
    /// [`RelayErrorKind::BadJson`], [`RelayErrorKind::ValidationFailed`], [`RelayErrorKind::TooLarge`].
    pub fn push(&mut self, mut piece: &[u8]) -> RelayResult<()> {
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

    /// The body has ended.
    ///
    /// # Errors
    /// [`RelayErrorKind::BadJson`] when the object has not.
    pub fn finish(&self) -> RelayResult<()> {
        if self.state == ScanState::End { Ok(()) } else { Err(broken("the object has no end")) }
    }

    fn characters(&mut self, more: u64) -> RelayResult<()> {
        if self.padding > 0 {
            return Err(broken("`content` goes on after its padding"));
        }
        self.characters += more;
        self.within()
    }

    fn within(&self) -> RelayResult<()> {
        if self.characters > self.max_characters {
            let max = self.max_characters;
            return Err(RelayError::with_detail(
                RelayErrorKind::TooLarge,
                format!("`content` has more than {max}"),
            ));
        }
        Ok(())
    }

    fn file(&mut self, escape: EscapeState, byte: u8) -> RelayResult<()> {
        let character = |this: &mut Self, byte: u8| match byte {
            b'=' => {
                this.padding += 1;
                this.characters += 1;
                if this.padding > 2 { Err(broken("`content` is no Base64")) } else { this.within() }
            }
            byte if is_base64(byte) => this.characters(1),
            _ => Err(broken("`content` is no Base64")),
        };
        let next = match (escape, byte) {
            (EscapeState::No, b'"') => {
                if !self.characters.is_multiple_of(4) {
                    return Err(broken("`content` is no Base64 with padding"));
                }
                self.envelope.push(b'"');
                self.state = ScanState::AfterValue;
                return Ok(());
            }
            (EscapeState::No, b'\\') => EscapeState::Begun,
            (EscapeState::No, byte) => {
                character(self, byte)?;
                EscapeState::No
            }
            (EscapeState::Begun, b'/') => {
                character(self, b'/')?;
                EscapeState::No
            }
            (EscapeState::Begun, b'u') => EscapeState::Unicode { digits: 0, value: 0 },
            (EscapeState::Begun, _) => return Err(broken("`content` is no Base64")),
            (EscapeState::Unicode { digits, value }, byte) => {
                let digit = char::from(byte).to_digit(16).ok_or_else(|| broken("an escape"))?;
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
        if self.envelope.len() >= MAX_ENVELOPE {
            return Err(RelayError::with_detail(
                RelayErrorKind::TooLarge,
                "everything but `content` is too large",
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
                    return Err(broken("`content` stands twice"));
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
                    return Err(broken("a value is missing"));
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
            _ => return Err(broken("the body is no JSON object")),
        };
        Ok(())
    }

    fn key_is_file(&self) -> RelayResult<bool> {
        let text = self.envelope.get(self.key_at..).unwrap_or_default();
        let text = std::str::from_utf8(text).map_err(|_| broken("the body is no UTF-8"))?;
        let key = JsonReader::new(text).string().map_err(|_| broken("a key is no JSON"))?;
        Ok(key.decode() == CONTENT_FIELD)
    }

    /// The core's walk over what there is. Before the file, what is still missing may come after.
    fn check(&self, envelope: Vec<u8>, whole: bool) -> RelayResult<()> {
        let text = String::from_utf8(envelope).map_err(|_| broken("the body is no UTF-8"))?;
        let Some(object) = Operation::Attach.spec().request else { return Ok(()) };
        let mut found = walk::validate(object, &text);
        found.retain(|deviation| whole || deviation.code != ProblemCode::Required);
        if found.is_empty() { Ok(()) } else { Err(validation_error(found)) }
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

/// Without a branch, so that many bytes are compared at once. `/` stands before the digits.
fn is_base64(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let digit_or_slash = byte.wrapping_sub(b'/') <= 10;
    letter | digit_or_slash | (byte == b'+')
}

/// How many bytes of Base64's alphabet stand first.
fn base64_run(bytes: &[u8]) -> usize {
    let others = |block: &[u8]| block.iter().fold(0, |any, b| any | u8::from(!is_base64(*b)));
    let whole =
        bytes.chunks_exact(COMPARE_BLOCK_BYTES).take_while(|block| others(block) == 0).count()
            * COMPARE_BLOCK_BYTES;
    let rest = bytes.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|b| is_base64(**b)).count()
}

/// Bytes that are compared at once.
const COMPARE_BLOCK_BYTES: usize = 64;

/// Why an upload was broken off on this side; read after the exchange has failed.
pub type UploadErrorSlot = Arc<Mutex<Option<RelayError>>>;

/// A body on its way through, checked by a [`Scanner`].
#[derive(Debug)]
pub struct ScannedBody<B> {
    inner: B,
    scanner: AttachScanner,
    fault: UploadErrorSlot,
}

impl<B> ScannedBody<B> {
    /// Checks this body.
    pub fn new(inner: B, fault: UploadErrorSlot) -> Self {
        Self { inner, scanner: AttachScanner::default(), fault }
    }
}

/// Notes why, and breaks off.
pub fn set_error(fault: &UploadErrorSlot, problem: RelayError) -> BodyError {
    let error = format!("refused: {}", problem.kind.code());
    if let Ok(mut fault) = fault.lock() {
        fault.get_or_insert(problem);
    }
    error.into()
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
            let problem = match frame {
                None => match this.scanner.finish() {
                    Ok(()) => return Poll::Ready(None),
                    Err(problem) => problem,
                },
                Some(Err(error)) => client_error(&error.into()),
                Some(Ok(frame)) => match frame.into_data() {
                    Err(_trailers) => continue,
                    Ok(data) => {
                        let pushed = this.scanner.push(&data);
                        // A body with a known length is not polled for its end.
                        let last = this.inner.is_end_stream();
                        match pushed
                            .and_then(|()| if last { this.scanner.finish() } else { Ok(()) })
                        {
                            Ok(()) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                            Err(problem) => problem,
                        }
                    }
                },
            };
            return Poll::Ready(Some(Err(set_error(&this.fault, problem))));
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests;
