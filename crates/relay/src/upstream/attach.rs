//! The JSON of attach on its way through: checked as it passes, never held whole. Everything but
//! the file is a few hundred bytes and goes through the core's walk; the file's characters are
//! checked for their alphabet and counted. The piece with the end of the object is let through
//! only when everything was found right, so a body that is refused never arrives whole.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use swisscom_sign::contract::json::Reader;
use swisscom_sign::contract::{Code, Kind as FieldKind, Operation, walk};

use crate::http_body::{BodyError, client_fault};
use crate::policy::deviations;
use crate::problem::{Kind, Problem, Result};

/// Bytes that everything but the file may have.
const MAX_ENVELOPE: usize = 256 * 1024;
/// The member with the file.
const FILE: &str = "content";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    KeyOrEnd,
    Key { escaped: bool },
    Colon,
    Value { file: bool },
    File(Escape),
    Text { escaped: bool },
    Nested { depth: u32, quoted: bool, escaped: bool },
    Scalar,
    AfterValue,
    End,
}

/// Where an escape in the file's string stands: serializers write `\/` for a slash, and some
/// `\u002B` for a plus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    No,
    Begun,
    Unicode { digits: u8, value: u32 },
}

/// Reads the object piece by piece.
#[derive(Debug)]
pub struct Scanner {
    state: State,
    /// The whole text, with an empty string in the place of the file.
    envelope: Vec<u8>,
    key_at: usize,
    seen_file: bool,
    characters: u64,
    padding: u8,
    max_characters: u64,
}

impl Default for Scanner {
    fn default() -> Self {
        let field = Operation::Attach.spec().request.and_then(|object| object.field(FILE));
        let max_characters = match field.map(|field| field.kind) {
            Some(FieldKind::Text(text)) => text.max.map_or(0, u64::from),
            _ => 0,
        };
        Self {
            state: State::Start,
            envelope: Vec::new(),
            key_at: 0,
            seen_file: false,
            characters: 0,
            padding: 0,
            max_characters,
        }
    }
}

fn broken(why: &str) -> Problem {
    Problem::with(Kind::BadJson, why)
}

impl Scanner {
    /// Takes the next piece.
    ///
    /// # Errors
    /// [`Kind::BadJson`], [`Kind::ValidationFailed`], [`Kind::TooLarge`].
    pub fn push(&mut self, mut piece: &[u8]) -> Result<()> {
        while let Some((byte, rest)) = piece.split_first() {
            if let State::File(Escape::No) = self.state {
                let (run, rest) = piece.split_at(base64_run(piece));
                if !run.is_empty() {
                    self.characters(run.len() as u64)?;
                    piece = rest;
                    continue;
                }
            }
            if let State::File(escape) = self.state {
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
    /// [`Kind::BadJson`] when the object has not.
    pub fn finish(&self) -> Result<()> {
        if self.state == State::End { Ok(()) } else { Err(broken("the object has no end")) }
    }

    fn characters(&mut self, more: u64) -> Result<()> {
        if self.padding > 0 {
            return Err(broken("`content` goes on after its padding"));
        }
        self.characters += more;
        self.within()
    }

    fn within(&self) -> Result<()> {
        if self.characters > self.max_characters {
            let max = self.max_characters;
            return Err(Problem::with(Kind::TooLarge, format!("`content` has more than {max}")));
        }
        Ok(())
    }

    fn file(&mut self, escape: Escape, byte: u8) -> Result<()> {
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
            (Escape::No, b'"') => {
                if !self.characters.is_multiple_of(4) {
                    return Err(broken("`content` is no Base64 with padding"));
                }
                self.envelope.push(b'"');
                self.state = State::AfterValue;
                return Ok(());
            }
            (Escape::No, b'\\') => Escape::Begun,
            (Escape::No, byte) => {
                character(self, byte)?;
                Escape::No
            }
            (Escape::Begun, b'/') => {
                character(self, b'/')?;
                Escape::No
            }
            (Escape::Begun, b'u') => Escape::Unicode { digits: 0, value: 0 },
            (Escape::Begun, _) => return Err(broken("`content` is no Base64")),
            (Escape::Unicode { digits, value }, byte) => {
                let digit = char::from(byte).to_digit(16).ok_or_else(|| broken("an escape"))?;
                let value = value * 16 + digit;
                if digits == 3 {
                    character(self, u8::try_from(value).unwrap_or(0))?;
                    Escape::No
                } else {
                    Escape::Unicode { digits: digits + 1, value }
                }
            }
        };
        self.state = State::File(next);
        Ok(())
    }

    fn other(&mut self, byte: u8) -> Result<()> {
        if self.envelope.len() >= MAX_ENVELOPE {
            return Err(Problem::with(Kind::TooLarge, "everything but `content` is too large"));
        }
        self.envelope.push(byte);
        let space = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.state = match (self.state, byte) {
            (State::Start, b'{') => State::KeyOrEnd,
            (State::KeyOrEnd, b'"') => {
                self.key_at = self.envelope.len() - 1;
                State::Key { escaped: false }
            }
            (State::KeyOrEnd | State::AfterValue, b'}') => {
                self.check(self.envelope.clone(), true)?;
                State::End
            }
            (State::Key { escaped: false }, b'"') => State::Colon,
            (State::Key { escaped }, byte) => State::Key { escaped: !escaped && byte == b'\\' },
            (State::Colon, b':') => State::Value { file: self.key_is_file()? },
            (State::Value { file: true }, b'"') => {
                if std::mem::replace(&mut self.seen_file, true) {
                    return Err(broken("`content` stands twice"));
                }
                let mut so_far = self.envelope.clone();
                so_far.extend_from_slice(b"\"}");
                self.check(so_far, false)?;
                State::File(Escape::No)
            }
            (State::Value { file: false }, b'"') => State::Text { escaped: false },
            (State::Text { escaped: false }, b'"') => State::AfterValue,
            (State::Text { escaped }, byte) => State::Text { escaped: !escaped && byte == b'\\' },
            (State::Value { .. }, b'{' | b'[') => {
                State::Nested { depth: 1, quoted: false, escaped: false }
            }
            (State::Nested { depth, quoted, escaped }, byte) => {
                nested(depth, quoted, escaped, byte)
            }
            (State::Value { .. }, byte) if !space => {
                if matches!(byte, b',' | b'}' | b']') {
                    return Err(broken("a value is missing"));
                }
                State::Scalar
            }
            (State::Scalar | State::AfterValue, b',') => State::KeyOrEnd,
            (State::Scalar, b'}') => {
                self.check(self.envelope.clone(), true)?;
                State::End
            }
            (State::Scalar, _) if space => State::AfterValue,
            (State::Scalar, _) => State::Scalar,
            (state, _) if space => state,
            _ => return Err(broken("the body is no JSON object")),
        };
        Ok(())
    }

    fn key_is_file(&self) -> Result<bool> {
        let text = self.envelope.get(self.key_at..).unwrap_or_default();
        let text = std::str::from_utf8(text).map_err(|_| broken("the body is no UTF-8"))?;
        let key = Reader::new(text).string().map_err(|_| broken("a key is no JSON"))?;
        Ok(key.decode() == FILE)
    }

    /// The core's walk over what there is. Before the file, what is still missing may come after.
    fn check(&self, envelope: Vec<u8>, whole: bool) -> Result<()> {
        let text = String::from_utf8(envelope).map_err(|_| broken("the body is no UTF-8"))?;
        let Some(object) = Operation::Attach.spec().request else { return Ok(()) };
        let mut found = walk::check(object, &text);
        found.retain(|deviation| whole || deviation.code != Code::Required);
        if found.is_empty() { Ok(()) } else { Err(deviations(found)) }
    }
}

fn nested(depth: u32, quoted: bool, escaped: bool, byte: u8) -> State {
    match (quoted, byte) {
        (true, b'"') if !escaped => State::Nested { depth, quoted: false, escaped: false },
        (true, byte) => State::Nested { depth, quoted: true, escaped: !escaped && byte == b'\\' },
        (false, b'"') => State::Nested { depth, quoted: true, escaped: false },
        (false, b'{' | b'[') => {
            State::Nested { depth: depth.saturating_add(1), quoted, escaped: false }
        }
        (false, b'}' | b']') if depth <= 1 => State::AfterValue,
        (false, b'}' | b']') => State::Nested { depth: depth - 1, quoted, escaped: false },
        _ => State::Nested { depth, quoted, escaped: false },
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
    let whole = bytes.chunks_exact(BLOCK).take_while(|block| others(block) == 0).count() * BLOCK;
    let rest = bytes.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|b| is_base64(**b)).count()
}

/// Bytes that are compared at once.
const BLOCK: usize = 64;

/// Why an upload was broken off on this side; read after the exchange has failed.
pub type Fault = Arc<Mutex<Option<Problem>>>;

/// A body on its way through, checked by a [`Scanner`].
#[derive(Debug)]
pub struct Checked<B> {
    inner: B,
    scanner: Scanner,
    fault: Fault,
}

impl<B> Checked<B> {
    /// Checks this body.
    pub fn new(inner: B, fault: Fault) -> Self {
        Self { inner, scanner: Scanner::default(), fault }
    }
}

/// Notes why, and breaks off.
pub fn break_off(fault: &Fault, problem: Problem) -> BodyError {
    let error = format!("refused: {}", problem.kind.code());
    if let Ok(mut fault) = fault.lock() {
        fault.get_or_insert(problem);
    }
    error.into()
}

impl<B> HttpBody for Checked<B>
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
                Some(Err(error)) => client_fault(&error.into()),
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
            return Poll::Ready(Some(Err(break_off(&this.fault, problem))));
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests;
