//! Calendar arithmetic and the time formats of the contract.

use std::str::FromStr;

use jiff::fmt::temporal::SpanParser;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::Deserialize;

/// ISO 8601 duration such as `P31D`; can be negative. jiff alone would also accept `31 days`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct IsoDuration(pub Span);

impl FromStr for IsoDuration {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // ISO 8601 allows only capital letters.
        let span = SpanParser::new().parse_span(text).ok();
        span.filter(|_| !text.bytes().any(|c| c.is_ascii_lowercase()))
            .map(Self)
            .ok_or("must be an ISO 8601 duration, such as P30D")
    }
}

impl TryFrom<String> for IsoDuration {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Adds a calendar span in UTC; `None` if the result is out of the supported date range.
pub fn add_span(time: Timestamp, span: Span) -> Option<Timestamp> {
    Some(time.to_zoned_datetime(TimeZone::UTC).checked_add(span).ok()?.timestamp())
}

/// Time in the format of the contract: UTC with `Z`, with a fraction of three digits or none.
pub fn format_timestamp(at: Timestamp) -> String {
    if at.subsec_nanosecond() == 0 { format!("{at:.0}") } else { format!("{at:.3}") }
}

/// [`format_timestamp`] for serde.
///
/// # Errors
/// Returns an error if the serializer fails.
pub fn serialize_timestamp<S: serde::Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&format_timestamp(*at))
}
