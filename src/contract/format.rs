//! Checks of string formats.

use super::{Severity, StringFormat};

/// Description of the expected format, or `None` if the value has it. A warning where the contract's
/// schema does not decide: a mobile number has no format there, and an e-mail address may be empty
/// and may have comments (RFC 5322), which are not parsed here.
pub(crate) fn violation(format: StringFormat, value: &str) -> Option<(&'static str, Severity)> {
    let severity = match format {
        StringFormat::E164 => Severity::Warning,
        StringFormat::Email if may_be_email(value) => Severity::Warning,
        _ => Severity::Error,
    };
    let (holds, expected) = match format {
        StringFormat::Any | StringFormat::Uri => (true, ""),
        StringFormat::Uuid => (is_uuid(value), "a UUID"),
        StringFormat::Email => (is_email(value), "an e-mail address"),
        StringFormat::DateTime => (
            parse_date_time_ms(value).is_some(),
            "an RFC 3339 timestamp with an offset such as `2026-12-31T23:59:59+01:00`",
        ),
        StringFormat::Base64 => (is_base64(value), "Base64 with padding"),
        StringFormat::Identifier => (
            !value.is_empty() && value.bytes().all(is_identifier_byte),
            "an identifier of letters, digits and `. _ ~ -`",
        ),
        StringFormat::PdfMediaType => (value == "application/pdf", "`application/pdf`"),
        StringFormat::E164 => (is_e164(value), "an E.164 phone number such as `+41791234567`"),
        StringFormat::Duration => (is_duration(value), "an ISO 8601 duration such as `P7D`"),
        StringFormat::SignedDuration => {
            (is_signed_duration(value), "an ISO 8601 duration such as `P31D` or `-PT36H`")
        }
    };
    if holds { None } else { Some((expected, severity)) }
}

fn is_identifier_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-')
}

/// Whether the value is a UUID (RFC 9562 section 4), in upper or lower case.
pub fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Address of RFC 5322 section 3.4.1 without comments and folding, and with the letters of RFC 6532:
/// a dotted atom or a quoted string, `@`, a dotted atom or an address literal.
fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.rsplit_once('@') else {
        return false;
    };
    let atom =
        |b: u8| !b.is_ascii() || b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    let dotted =
        |part: &str| part.split('.').all(|atoms| !atoms.is_empty() && atoms.bytes().all(atom));
    let between = |part: &'_ str, open, close| {
        part.strip_prefix(open).and_then(|part: &str| part.strip_suffix(close)).map(str::to_owned)
    };
    let printable = |b: u8| b == b' ' || b == b'\t' || b.is_ascii_graphic() || !b.is_ascii();
    let literal = |part: String| part.bytes().all(|b| printable(b) && !b"[]\\".contains(&b));
    (dotted(local) || between(local, '"', '"').is_some_and(|part| is_quoted(&part, printable)))
        && (dotted(domain) || between(domain, '[', ']').is_some_and(literal))
}

/// Whether each quote and backslash inside a quoted string follows a backslash.
fn is_quoted(text: &str, printable: impl Fn(u8) -> bool) -> bool {
    let mut escaped = false;
    for byte in text.bytes() {
        if !printable(byte) || (byte == b'"' && !escaped) {
            return false;
        }
        escaped = byte == b'\\' && !escaped;
    }
    !escaped
}

/// Whether only the platform can decide: an empty value, or one with something before and after `@`.
fn may_be_email(value: &str) -> bool {
    let parts = value.rsplit_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
    value.is_empty() || (parts && !value.contains(char::is_control))
}

fn is_e164(value: &str) -> bool {
    value.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

fn is_base64(value: &str) -> bool {
    let data = value.trim_end_matches('=');
    let padding = value.len() - data.len();
    value.len().is_multiple_of(4)
        && padding <= 2
        && data.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

fn is_duration(value: &str) -> bool {
    max_duration_ms(value).is_some()
}

/// Whether the value looks like a duration. Its parser decides about the order and size of the units.
fn is_signed_duration(value: &str) -> bool {
    let value = value.strip_prefix(['+', '-']).unwrap_or(value);
    value.starts_with('P')
        && value.ends_with(|last: char| last.is_ascii_uppercase() && last != 'P' && last != 'T')
        && value
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'.' || b == b',')
}

const SECOND_MS: u64 = 1_000;
const HOUR_MS: u64 = 3_600 * SECOND_MS;
pub(crate) const DAY_MS: u64 = 24 * HOUR_MS;

/// Units of the date and time parts, in their order. Years and months have no fixed length; the
/// longest one is used.
const DATE_UNITS: [(char, u64); 4] =
    [('Y', 366 * DAY_MS), ('M', 31 * DAY_MS), ('W', 7 * DAY_MS), ('D', DAY_MS)];
const TIME_UNITS: [(char, u64); 3] = [('H', HOUR_MS), ('M', 60 * SECOND_MS), ('S', SECOND_MS)];

/// Maximum length of an ISO 8601 duration in milliseconds; `None` if it is invalid. Each unit may
/// occur once, in order; at least one is required.
pub(crate) fn max_duration_ms(value: &str) -> Option<u64> {
    let rest = value.strip_prefix('P')?;
    match rest.split_once('T') {
        None => sum(rest, &DATE_UNITS)?,
        Some((date, time)) => Some(sum(date, &DATE_UNITS)?.unwrap_or(0) + sum(time, &TIME_UNITS)??),
    }
}

/// Sum of a part; `Some(None)` if it is empty, `None` if it is malformed.
fn sum(part: &str, units: &[(char, u64)]) -> Option<Option<u64>> {
    let mut units = units.iter();
    let (mut total, mut digits) = (None, 0);
    let mut number = 0_u64;
    for c in part.chars() {
        if let Some(digit) = c.to_digit(10) {
            digits += 1;
            number = number * 10 + u64::from(digit);
            // At most 8 digits per component, so that the sum of all components in milliseconds
            // cannot overflow `u64`.
            if digits > 8 {
                return None;
            }
            continue;
        }
        let (_, unit) = units.find(|(letter, _)| *letter == c)?;
        if digits == 0 {
            return None;
        }
        total = Some(total.unwrap_or(0) + number * unit);
        (digits, number) = (0, 0);
    }
    (digits == 0).then_some(total)
}

/// Parses the decimal digits of a byte range.
fn number(value: &str, from: usize, to: usize) -> Option<i64> {
    let mut number = 0;
    for b in value.as_bytes().get(from..to)? {
        if !b.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i64::from(b - b'0');
    }
    Some(number)
}

/// Parses an RFC 3339 timestamp with an offset, as milliseconds since 1970 (UTC).
pub(crate) fn parse_date_time_ms(value: &str) -> Option<i64> {
    let at = |at: usize| value.as_bytes().get(at).copied().unwrap_or_default();
    if [at(4), at(7), at(10) | 0x20, at(13), at(16)] != *b"--t::" {
        return None;
    }
    let (year, month, day) = (number(value, 0, 4)?, number(value, 5, 7)?, number(value, 8, 10)?);
    let (hour, minute) = (number(value, 11, 13)?, number(value, 14, 16)?);
    let second = number(value, 17, 19)?;
    let (mut zone, mut millis) = (19, 0);
    if at(19) == b'.' {
        zone = 20;
        let mut worth = 100;
        while at(zone).is_ascii_digit() {
            millis += i64::from(at(zone) - b'0') * worth;
            worth /= 10;
            zone += 1;
        }
        if zone == 20 {
            return None;
        }
    }
    let offset = match at(zone) {
        b'Z' | b'z' => {
            zone += 1;
            0
        }
        sign @ (b'+' | b'-') if at(zone + 3) == b':' => {
            let hours = number(value, zone + 1, zone + 3)?;
            let minutes = number(value, zone + 4, zone + 6)?;
            if hours > 23 || minutes > 59 {
                return None;
            }
            zone += 6;
            let offset = hours * 60 + minutes;
            if sign == b'+' { offset } else { -offset }
        }
        _ => return None,
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    // 60 is a leap second (RFC 3339 section 5.6).
    let exists = (1..=days_in_month).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !exists || zone != value.len() {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some((seconds - offset * 60) * 1_000 + millis)
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. The computation counts years from
/// March, so that the leap day is the last day of its year.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(format: StringFormat, good: &[&str], bad: &[&str]) {
        for value in good {
            assert_eq!(violation(format, value), None, "{format:?} {value}");
        }
        for value in bad {
            assert!(violation(format, value).is_some(), "{format:?} {value}");
        }
    }

    #[test]
    fn checks_string_formats() {
        all(
            StringFormat::Uuid,
            &["6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a", "6F1A5C4D-2D9A-4F12-A1C5-BC6E2BCB2D6A"],
            &[
                "",
                "6f1a5c4d2d9a4f12a1c5bc6e2bcb2d6a",
                "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6g",
                "../",
            ],
        );
        all(
            StringFormat::Email,
            &[
                "a@b.ch",
                "john.doe+x@example.com",
                "zoë@müller.ch",
                "a@localhost",
                r#""john doe"@example.com"#,
                r#""a@\"b\""@example.com"#,
                "a@[192.168.0.1]",
            ],
            &[
                "",
                "a",
                "@b.ch",
                "a@",
                "a@b@c.ch",
                "a b@c.ch",
                "a..b@c.ch",
                "a@b..ch",
                "a@b.ch\n",
                r#""a"b"@example.com"#,
                r#""a\"@example.com"#,
                "a@[[]",
            ],
        );
        all(
            StringFormat::E164,
            &["+41791234567", "+12"],
            &["", "+", "0791234567", "+0791234567", "+41 79", "+1234567890123456"],
        );
        all(StringFormat::Identifier, &["crm-4711", "a.b_c~d"], &["", "a b", "file:x", "ä", "a/b"]);
        all(
            StringFormat::Base64,
            &["", "QQ==", "QUI=", "QUJD"],
            &["Q", "QQ=", "QQ===", "Q=Q=", "Q Q=", "QQ-_"],
        );
        all(
            StringFormat::Duration,
            &["P1D", "P1W", "P1Y2M3DT4H5M6S", "PT24H", "P30D"],
            &[
                "",
                "P",
                "PT",
                "P1",
                "1D",
                "P1H",
                "PT1D",
                "P1DT",
                "P999999999D",
                "P1D1Y",
                "P1D1D",
                "P-1D",
                "p1d",
                "P1.5D",
            ],
        );
    }

    #[test]
    fn warns_about_values_that_only_the_platform_can_judge() {
        let severity = |format, value| violation(format, value).map(|(_, severity)| severity);
        for value in ["", "a@b@c.ch", "a b@c.ch", "a..b@c.ch", "a(work)@b.ch"] {
            assert_eq!(severity(StringFormat::Email, value), Some(Severity::Warning), "{value}");
        }
        for value in ["a", "@b.ch", "a@", "a@b.ch\n"] {
            assert_eq!(severity(StringFormat::Email, value), Some(Severity::Error), "{value}");
        }
        assert_eq!(severity(StringFormat::E164, "079 123 45 67"), Some(Severity::Warning));
        assert_eq!(severity(StringFormat::Uuid, "7"), Some(Severity::Error));
    }

    #[test]
    fn computes_the_length_of_durations() {
        for (value, ms) in [
            ("PT24H", DAY_MS),
            ("P1D", DAY_MS),
            ("P1W", 7 * DAY_MS),
            ("P1M", 31 * DAY_MS),
            ("PT1M", 60_000),
            ("P0D", 0),
            ("P1DT1S", DAY_MS + 1000),
        ] {
            assert_eq!(max_duration_ms(value), Some(ms), "{value}");
        }
        assert!(
            max_duration_ms("P99999999Y99999999M99999999W99999999DT99999999H99999999M99999999S")
                .is_some()
        );
    }

    #[test]
    fn parses_timestamps() {
        assert_eq!(parse_date_time_ms("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse_date_time_ms("2026-12-31T23:59:59+01:00"), Some(1_798_757_999_000));
        assert_eq!(parse_date_time_ms("2000-02-29T12:00:00.5Z"), Some(951_825_600_500));
        for wrong in [
            "2026-12-31",
            "2026-12-31T23:59:59",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-12-31T24:00:00Z",
            "2026-12-31T23:59:59.Z",
            "2026-12-31T23:59:59+1:00",
            "2026-12-31T23:59:59+01",
            "2026-12-31T23:59:59ZZ",
            "+026-12-31T23:59:59Z",
            "2026-12-31T23:59:59+ä1:00",
        ] {
            assert_eq!(parse_date_time_ms(wrong), None, "{wrong}");
        }
    }
}
