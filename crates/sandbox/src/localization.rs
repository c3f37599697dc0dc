//! Texts in the four languages of the platform, as data: each text stands once, its four
//! translations side by side.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use swisscom_sign::contract::Locale;

/// Declares a table of texts: one row for each, in the order en-GB, de-CH, fr-CH, it-CH. A missing
/// translation does not compile.
macro_rules! texts {
    (
        $(#[doc = $doc:literal])*
        $name:ident {
            $( $(#[doc = $key_doc:literal])* $key:ident: $en:literal, $de:literal, $fr:literal, $it:literal; )+
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug)]
        #[allow(missing_docs, reason = "a text says what it is")]
        pub struct $name { $( $(#[doc = $key_doc])* pub $key: &'static str, )+ }

        impl $name {
            /// The texts of a language.
            pub fn of(locale: &swisscom_sign::contract::Locale) -> &'static Self {
                static EN: $name = $name { $($key: $en),+ };
                static DE: $name = $name { $($key: $de),+ };
                static FR: $name = $name { $($key: $fr),+ };
                static IT: $name = $name { $($key: $it),+ };
                match locale {
                    swisscom_sign::contract::Locale::DeCh => &DE,
                    swisscom_sign::contract::Locale::FrCh => &FR,
                    swisscom_sign::contract::Locale::ItCh => &IT,
                    _ => &EN,
                }
            }

            /// Every text with its name.
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($key), self.$key)),+]
            }
        }
    };
}
pub(crate) use texts;

/// A text with its `{name}` places filled in, each value as it is; one that runs from right to left is
/// set apart, so that it does not turn the rest of the sentence.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    // One pass, so that a value which looks like a place stays as it is.
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}') {
            Some((name, after)) => {
                let value = values.iter().find(|(known, _)| *known == name);
                let value = value.map_or("", |(_, value)| value);
                if value.contains(turns) {
                    filled.push('\u{2068}');
                    filled.push_str(value);
                    filled.push('\u{2069}');
                } else {
                    filled.push_str(value);
                }
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// Whether a character is of a script from right to left, or changes the direction.
fn turns(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}'
        | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The language that a header `Accept-Language` prefers (RFC 9110 section 12.5.4), if it is one of
/// the four.
pub fn parse_accept_language(header: &str) -> Option<Locale> {
    let mut ranges: Vec<(&str, f32)> = header
        .split(',')
        .map(|range| {
            let (tag, rest) = range.split_once(';').unwrap_or((range, ""));
            let weight = rest.trim().strip_prefix("q=").and_then(|q| q.parse().ok());
            (tag.trim(), weight.unwrap_or(1.0))
        })
        .collect();
    ranges.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    ranges
        .into_iter()
        .find_map(|(tag, _)| {
            let language = tag.split('-').next()?;
            Locale::ALL.iter().find(|locale| {
                locale.as_str().split('-').next().is_some_and(|l| l.eq_ignore_ascii_case(language))
            })
        })
        .cloned()
}

/// A time for readers of a locale, to the minute, in Swiss time: their own time zone is not known, as
/// pages have no script.
pub fn date_time(at: Timestamp, locale: &Locale) -> String {
    let (months, dot, zone) = match locale {
        Locale::DeCh => (
            "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
            ".",
            "Schweizer Zeit",
        ),
        Locale::FrCh => (
            "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
            "",
            "heure suisse",
        ),
        Locale::ItCh => (
            "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
            "",
            "ora svizzera",
        ),
        _ => (
            "January February March April May June July August September October November December",
            "",
            "Swiss time",
        ),
    };
    // As a rule, because the WebAssembly build has no time zone database.
    let swiss = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap_or(TimeZone::UTC);
    let at = at.to_zoned_datetime(swiss);
    let month = months.split(' ').zip(1..).find(|(_, number)| *number == at.month());
    let month = month.map_or("", |(name, _)| name);
    format!("{}{dot} {month} {}, {} ({zone})", at.day(), at.year(), at.strftime("%H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_times_for_each_locale_in_swiss_time() {
        for (locale, winter, summer) in [
            (
                Locale::EnGb,
                "30 November 2026, 14:13 (Swiss time)",
                "1 July 2026, 00:05 (Swiss time)",
            ),
            (
                Locale::DeCh,
                "30. November 2026, 14:13 (Schweizer Zeit)",
                "1. Juli 2026, 00:05 (Schweizer Zeit)",
            ),
            (
                Locale::FrCh,
                "30 novembre 2026, 14:13 (heure suisse)",
                "1 juillet 2026, 00:05 (heure suisse)",
            ),
            (
                Locale::ItCh,
                "30 novembre 2026, 14:13 (ora svizzera)",
                "1 luglio 2026, 00:05 (ora svizzera)",
            ),
        ] {
            let text = |at: &str| date_time(at.parse().expect("a time"), &locale);
            assert_eq!(text("2026-11-30T13:13:59Z"), winter);
            assert_eq!(text("2026-06-30T22:05:00Z"), summer);
        }
    }

    #[test]
    fn places_are_filled_once() {
        let values = [("a", "{b}"), ("b", "x")];
        assert_eq!(fill("{a}-{b}-{c}-{", &values), "{b}-x--{");
    }

    #[test]
    fn values_do_not_turn_the_sentence() {
        let filled = |value| fill("{name} asks", &[("name", value)]);
        for value in ["נועה לוי", "سلمى", "Zoë\u{202e}"] {
            assert_eq!(filled(value), format!("\u{2068}{value}\u{2069} asks"));
        }
        assert_eq!(filled("王小明"), "王小明 asks");
    }

    #[test]
    fn languages_by_weight() {
        assert_eq!(parse_accept_language("nl, fr;q=0.5, it-IT;q=0.8"), Some(Locale::ItCh));
        assert_eq!(parse_accept_language("de"), Some(Locale::DeCh));
        assert_eq!(parse_accept_language("nl;q=1"), None);
        assert_eq!(parse_accept_language(";;,=q;"), None);
    }
}
