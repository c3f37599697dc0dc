//! A person's name in the form that certificates hold: one that programs compare without refusing
//! it (RFC 4518, 2).
//!
//! To compare, they prepare a name by the tables of Unicode 3.2 (RFC 3454), and a certificate whose
//! name these refuse is trusted by none of the strict ones: characters that came later (emoji, the
//! younger scripts) and two directions of writing in one name.

use std::iter;

use stringprep::tables;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Stands for a character among letters that are written from right to left, where a code point,
/// which has Latin letters, would be refused in turn.
const SQUARE: char = '\u{25A1}';

/// What becomes of a character.
#[derive(Clone, Copy, PartialEq)]
enum CharHandling {
    /// It steers layout only, and is left out.
    Invisible,
    /// The tables refuse it.
    Refused,
    /// It is written from left to right.
    Left,
    /// It is written from right to left.
    Right,
    /// It goes with either direction.
    Either,
}

impl CharHandling {
    fn of(char: char) -> Self {
        if tables::change_display_properties_or_deprecated(char) || char.is_control() {
            return Self::Invisible;
        }
        // What is looked at is what a compatible character stands for, in small letters: those of
        // Cherokee are younger than its others.
        let any = |is: fn(char) -> bool| iter::once(char).chain(char.to_lowercase().nfkc()).any(is);
        if any(is_refused) {
            Self::Refused
        } else if any(tables::bidi_r_or_al) {
            Self::Right
        } else if any(tables::bidi_l) {
            Self::Left
        } else {
            Self::Either
        }
    }
}

fn is_refused(char: char) -> bool {
    tables::unassigned_code_point(char)
        || tables::private_use(char)
        || tables::non_character_code_point(char)
        || char == char::REPLACEMENT_CHARACTER
}

/// `name` with at most `limit` characters, all of which pass.
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
        CharHandling::Refused | CharHandling::Right => Some((char, true)),
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

/// The first and the last character must have that direction too (RFC 3454, 6).
fn right_to_left(chars: impl Iterator<Item = (char, CharHandling)>, limit: usize) -> String {
    let chars = chars.filter_map(|(char, kind)| match kind {
        CharHandling::Invisible => None,
        CharHandling::Refused | CharHandling::Left => Some(SQUARE),
        CharHandling::Right | CharHandling::Either => Some(char),
    });
    let name: String = chars.take(limit).collect();
    name.trim_matches(|char| CharHandling::of(char) != CharHandling::Right).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_a_form_that_passes() {
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
            // A sign that belongs to no direction may be at no end.
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
