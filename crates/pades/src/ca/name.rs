//! Names of persons in certificates and signature appearances.
//!
//! Strict programs prepare a name for comparison by the tables of Unicode 3.2 (RFC 4518, 2; RFC 3454).
//! They do not trust a certificate whose name these tables reject: newer characters (emoji, newer
//! scripts) and two writing directions in one name.

use std::iter;

use stringprep::tables;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Replacement of a character in a right-to-left name, where a code point, with its Latin letters,
/// would be rejected.
const SQUARE: char = '\u{25A1}';

/// How a character of a name is handled.
#[derive(Clone, Copy, PartialEq)]
enum CharHandling {
    /// It only affects layout, and is omitted.
    Invisible,
    /// The tables reject it.
    Rejected,
    /// Left-to-right.
    Left,
    /// Right-to-left.
    Right,
    /// Neutral.
    Either,
}

impl CharHandling {
    fn of(char: char) -> Self {
        if tables::change_display_properties_or_deprecated(char) || char.is_control() {
            return Self::Invisible;
        }
        // The comparison uses compatible characters in lower case, which may be rejected even if the
        // character itself is not: the lower case letters of Cherokee are newer.
        let any = |is: fn(char) -> bool| iter::once(char).chain(char.to_lowercase().nfkc()).any(is);
        if any(is_rejected) {
            Self::Rejected
        } else if any(tables::bidi_r_or_al) {
            Self::Right
        } else if any(tables::bidi_l) {
            Self::Left
        } else {
            Self::Either
        }
    }
}

fn is_rejected(char: char) -> bool {
    tables::unassigned_code_point(char)
        || tables::private_use(char)
        || tables::non_character_code_point(char)
        || char == char::REPLACEMENT_CHARACTER
}

/// `name` in the form for certificates, with at most `limit` characters.
pub(super) fn to_certificate_name(name: &str, limit: usize) -> String {
    let chars = || name.chars().map(|char| if char.is_whitespace() { ' ' } else { char });
    let kinds = || chars().map(|char| (char, CharHandling::of(char)));
    let count = |kind| kinds().filter(|(_, other)| *other == kind).count();
    if count(CharHandling::Right) > count(CharHandling::Left) {
        right_to_left(kinds(), limit)
    } else {
        left_to_right(kinds(), limit)
    }
}

fn left_to_right(chars: impl Iterator<Item = (char, CharHandling)>, limit: usize) -> String {
    let chars = chars.filter_map(|(char, kind)| match kind {
        CharHandling::Invisible => None,
        CharHandling::Rejected | CharHandling::Right => Some((char, true)),
        CharHandling::Left | CharHandling::Either => Some((char, false)),
    });
    let mut room = limit;
    let pieces = pieces(chars).into_iter();
    let fitting = pieces.map_while(|piece| {
        room = room.checked_sub(piece.chars().count())?;
        Some(piece)
    });
    fitting.collect()
}

/// `name` in the form that a signature appearance shows: a character that the font cannot draw
/// becomes its code point, as in a certificate. A name may be truncated between two pieces.
pub(crate) fn to_displayed_name(name: &str, can_draw: impl Fn(char) -> bool) -> Vec<String> {
    let chars = name.nfc().map(|char| if char.is_whitespace() { ' ' } else { char });
    let is_visible = |char: &char| {
        CharHandling::of(*char) != CharHandling::Invisible
            && !tables::commonly_mapped_to_nothing(*char)
    };
    pieces(chars.filter(is_visible).map(|char| (char, !can_draw(char))))
}

/// The parts of a name that must not be divided: a code point, or a character with its combining
/// marks. A code point is separated from its neighbours by spaces.
fn pieces(chars: impl Iterator<Item = (char, bool)>) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut after_code = false;
    for (char, is_code) in chars {
        let text = if is_code { format!("U+{:04X}", u32::from(char)) } else { char.to_string() };
        let at_code = is_code || after_code;
        match pieces.last_mut() {
            Some(last) if !at_code && is_combining_mark(char) => last.push(char),
            Some(last) if at_code && char != ' ' && !last.ends_with(' ') => {
                pieces.push(format!(" {text}"));
            }
            _ => pieces.push(text),
        }
        after_code = is_code;
    }
    pieces
}

/// The first and the last character must be right-to-left (RFC 3454, 6).
fn right_to_left(chars: impl Iterator<Item = (char, CharHandling)>, limit: usize) -> String {
    let chars = chars.filter_map(|(char, kind)| match kind {
        CharHandling::Invisible => None,
        CharHandling::Rejected | CharHandling::Left => Some(SQUARE),
        CharHandling::Right | CharHandling::Either => Some(char),
    });
    let name: String = chars.take(limit).collect();
    name.trim_matches(|char| CharHandling::of(char) != CharHandling::Right).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_names_for_certificates() {
        let expected = [
            ("Zoë Müller-O'Neil, Jr", "Zoë Müller-O'Neil, Jr"),
            ("Νίκος 王小明", "Νίκος 王小明"),
            ("नेहरू", "नेहरू"),
            ("דוד בן גוריון", "דוד בן גוריון"),
            ("", ""),
            ("Zoë 😀", "Zoë U+1F600"),
            ("A😀😀b", "A U+1F600 U+1F600 b"),
            ("ߛߏ ߞ", "U+07DB U+07CF U+07DE"),
            ("ᏍᏏ", "U+13CD U+13CF"),
            ("Karl علي 12", "Karl U+0639 U+0644 U+064A 12"),
            ("محمد (Ali) 42", "محمد"),
            ("שלום Anna עולם", "שלום □□□□ עולם"),
            // A neutral character must not be the last.
            ("يّ", "ي"),
            ("Ann\u{202E}eel\u{202C}\n\u{FFFE}", "Anneel U+FFFE"),
            ("\u{F0000}™", "U+F0000 ™"),
            ("محمد™", "محمد"),
        ];
        for (name, form) in expected {
            assert_eq!(to_certificate_name(name, 64), form, "{name}");
        }
        assert_eq!(to_certificate_name("abc😀", 9), "abc");
        assert_eq!(to_certificate_name("אבג", 2), "אב");
    }
}
