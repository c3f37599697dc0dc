//! Delivery of responses under faults: delay, chunks, truncation, loss. Decided here once and
//! carried out by each host: over a socket, or inside a JavaScript `fetch`.

use std::time::Duration;

use swisscom_sign::contract::Operation;

use crate::faults::{FaultAction, ResponseDrop};
use crate::http::HttpRequest;
use crate::paths::{CONTROL_PREFIX, TOKEN_PATH};

/// Maximum size of a token request, which needs no authentication.
const MAX_TOKEN_FORM: u64 = 64 * 1024;
/// Maximum size of an imported export.
const MAX_IMPORT: u64 = 512 * 1024 * 1024;
/// Maximum `wait` of the control API.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// Default duration of a `throttle` fault.
const THROTTLE: Duration = Duration::from_secs(1);
/// Number of chunks of a `throttle` fault.
const PIECES: usize = 10;
/// Delay between the first half of a body and the close, so that the half is sent.
const PAUSE: Duration = Duration::from_millis(5);

/// Maximum body size that is read, in bytes; the platform enforces the limits of each operation.
pub fn max_body(path: &str) -> u64 {
    if path.strip_prefix(CONTROL_PREFIX) == Some("/import") {
        return MAX_IMPORT;
    }
    if path == TOKEN_PATH {
        return MAX_TOKEN_FORM;
    }
    Operation::ALL.into_iter().map(|o| o.spec().max_request_bytes).max().unwrap_or(0)
}

/// Maximum time that the caller of the control API waits for a response.
pub fn wait(request: &HttpRequest) -> Option<Duration> {
    if !request.path.starts_with(CONTROL_PREFIX) {
        return None;
    }
    let (_, wait) =
        form_urlencoded::parse(request.query.as_bytes()).find(|(name, _)| name == "wait")?;
    parse_wait(&wait)
}

/// Parses a wait time such as `5s`, `500ms` or `2` (seconds); at most one minute.
pub fn parse_wait(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, Duration::from_millis(1)),
        None => (text.strip_suffix('s').unwrap_or(text), Duration::from_secs(1)),
    };
    let number: u32 = number.parse().ok()?;
    unit.checked_mul(number).filter(|wait| *wait <= MAX_WAIT)
}

/// Delay before the request is processed.
pub fn latency(fault: Option<&FaultAction>) -> Option<Duration> {
    let fault = fault.filter(|fault| fault.drop != Some(ResponseDrop::Throttle))?;
    fault.latency_ms.map(Duration::from_millis)
}

/// Client-visible outcome without a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseLoss {
    /// The connection is closed.
    Closed,
    /// The connection is reset.
    Reset,
    /// Bytes that are not HTTP.
    Garbage,
}

/// Outcome for the client if a fault suppresses the response.
pub fn loss(fault: Option<&FaultAction>) -> ResponseLoss {
    match fault.and_then(|fault| fault.drop) {
        Some(ResponseDrop::Reset) => ResponseLoss::Reset,
        Some(ResponseDrop::Garbage) => ResponseLoss::Garbage,
        _ => ResponseLoss::Closed,
    }
}

/// Body in chunks, with a pause before each chunk and before a premature close. No pause after the
/// last chunk: the client has the whole body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkSchedule {
    /// Chunk size in bytes, above 0; the last chunk may be smaller.
    pub size: usize,
    /// Pause before each chunk.
    pub pause: Duration,
    /// Number of bytes after which the connection is closed; `None` if the body is complete.
    pub cut_after: Option<usize>,
    /// Declared length, which may exceed the bytes that are sent.
    pub announced: u64,
}

/// Chunks of a body of this length; `None` if it is sent normally.
pub fn pieces(fault: Option<&FaultAction>, length: usize) -> Option<ChunkSchedule> {
    let fault = fault?;
    match fault.drop? {
        ResponseDrop::Truncate => Some(ChunkSchedule::cut(length)),
        ResponseDrop::Throttle => Some(ChunkSchedule::slow(
            length,
            fault.latency_ms.map_or(THROTTLE, Duration::from_millis),
        )),
        ResponseDrop::CloseBefore
        | ResponseDrop::CloseAfter
        | ResponseDrop::Reset
        | ResponseDrop::Garbage => None,
    }
}

impl ChunkSchedule {
    fn slow(length: usize, time: Duration) -> Self {
        let size = length.div_ceil(PIECES).max(1);
        let pieces = u32::try_from(length.div_ceil(size).max(1)).unwrap_or(1);
        Self { size, pause: time / pieces, cut_after: None, announced: length as u64 }
    }

    fn cut(length: usize) -> Self {
        let half = length.div_ceil(2).max(1);
        // A body below two bytes has no half: the declared length is one byte too long instead.
        let (cut_after, announced) = if length < 2 { (length, length + 1) } else { (half, length) };
        Self { size: half, pause: PAUSE, cut_after: Some(cut_after), announced: announced as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(drop: ResponseDrop, latency_ms: Option<u64>) -> FaultAction {
        FaultAction { drop: Some(drop), latency_ms, ..FaultAction::default() }
    }

    #[test]
    fn half_of_a_body_comes() {
        for (length, cut_after, announced) in [(0, 0, 1), (1, 1, 2), (2, 1, 2), (9, 5, 9)] {
            let cut = pieces(Some(&of(ResponseDrop::Truncate, None)), length).expect("pieces");
            assert_eq!((cut.cut_after, cut.announced), (Some(cut_after), announced), "{length}");
            assert!(cut.size >= cut_after, "one piece");
        }
    }

    #[test]
    fn a_slow_body_takes_its_time() {
        for length in [0, 1, 7, 10, 11, 4096] {
            let slow =
                pieces(Some(&of(ResponseDrop::Throttle, Some(500))), length).expect("pieces");
            let count = u32::try_from(length.div_ceil(slow.size).max(1)).expect("few");
            assert!(count <= 10 && slow.cut_after.is_none());
            let time = slow.pause * count;
            assert!(time.abs_diff(Duration::from_millis(500)) < Duration::from_millis(1));
        }
        // The latency of a `throttle` fault applies to the body, not to its start.
        assert_eq!(latency(Some(&of(ResponseDrop::Throttle, Some(500)))), None);
        assert_eq!(
            latency(Some(&of(ResponseDrop::CloseAfter, Some(5)))),
            Some(Duration::from_millis(5))
        );
    }
}
