use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;

use super::*;
use crate::ca::to_displayed_name;

fn displayed(name: &str) -> String {
    to_displayed_name(name, can_draw).concat()
}

#[test]
fn draws_every_character_of_the_font() {
    let font = FONT.as_ref().unwrap();
    let mut drawn = 0;
    for subtable in font.tables().cmap.unwrap().subtables {
        subtable.codepoints(|code| {
            let Some(char) = char::from_u32(code) else { return };
            let text = char.to_string();
            // White space, and characters that names omit.
            let is_blank = displayed(&text).trim().is_empty();
            let line = TextLine::new(&text);
            assert!(is_blank || !line.draw(0.0, 0.0, 12.0).is_empty(), "{code:04X}");
            drawn += 1;
        });
    }
    assert!(drawn > 2000, "{drawn}");
}

#[test]
fn keeps_latin_greek_and_cyrillic_names() {
    for name in [
        "Zoë Müller-O'Neil, Jr",
        "Jiří Łukasz Šđžň",
        "Đặng Thị Hồng",
        "Wọlé Ṣóyíinká, G\u{303}uaraní",
        "Κωνσταντίνος Καβάφης",
        "Пётр Їжакевич",
    ] {
        assert_eq!(displayed(name), name.nfc().collect::<String>());
    }
    assert_eq!(displayed("e\u{301}"), "é");
}

#[test]
fn shows_other_scripts_as_code_points() {
    for (name, form) in [
        ("王小明", "U+738B U+5C0F U+660E"),
        ("김", "U+AE40"),
        ("नि", "U+0928 U+093F"),
        // From right to left: the order of the code points is that of the text.
        ("محمد", "U+0645 U+062D U+0645 U+062F"),
        ("Dr. דוד 42", "Dr. U+05D3 U+05D5 U+05D3 42"),
        ("Zoë😀Lee", "Zoë U+1F600 Lee"),
        // Joiners and variation selectors have no form of their own.
        ("👩\u{200D}⚕\u{FE0F}", "U+1F469 U+2695"),
        ("א\u{5B7}\u{301}", "U+05D0 U+05B7 \u{301}"),
        // Nothing in a name may change the direction of the text around it.
        ("Ann\u{202E} Lee\u{202C}\u{AD}", "Ann Lee"),
        ("A\n\tB\u{7}", "A  B"),
        ("\u{10FFFF}", "U+10FFFF"),
        ("", ""),
    ] {
        assert_eq!(displayed(name), form, "{name:?}");
    }
}

#[test]
fn places_combining_marks_at_their_letter() {
    let line = TextLine::new("MiM\u{303}i\u{303}\u{301}x\u{32D}");
    let [_, _, _, wide, _, narrow, second, x, below] = &line.glyphs[..] else { panic!() };
    let letters = TextLine::new("MiMi").width();
    assert_eq!(line.width(), letters + TextLine::new("x").width());
    // In the middle of its letter, and above it.
    let middle = |line: &TextLine, mark: &PlacedGlyph| {
        let font = FONT.as_ref().unwrap();
        mark.x + Ink::of(font, mark.id).centre - line.width()
    };
    let (m, i) = (TextLine::new("Mi"), TextLine::new("MiM"));
    assert!((0.3..0.6).contains(&middle(&m, wide)), "{}", middle(&m, wide));
    assert!((0.1..0.2).contains(&middle(&i, narrow)), "{}", middle(&i, narrow));
    assert!(wide.y > 0.1 && second.y > narrow.y + 0.05, "{} {}", narrow.y, second.y);
    assert!(below.y <= 0.0 && below.x < x.x + TextLine::new("x").width());
    assert!(line.reach().1 > TextLine::new("M\u{303}").reach().1 + 0.05);
}

#[test]
fn truncates_a_long_name() {
    let within = |name: &str, ems| {
        let pieces = to_displayed_name(name, can_draw);
        let line = TextLine::within(&pieces, ems);
        let expected = (0..=pieces.len()).rev().map(|count| pieces[..count].concat());
        // The glyphs are compared, as the line does not keep its text.
        let same = |text: &String| {
            let again = TextLine::new(text);
            again.glyphs.iter().map(|glyph| glyph.id).eq(line.glyphs.iter().map(|glyph| glyph.id))
        };
        let short = expected.map(|text| format!("{}…", text.trim_end()));
        let text = std::iter::once(pieces.concat()).chain(short).find(same);
        (text.unwrap(), line.width())
    };
    let (text, width) = within(&"Wolfeschlegelsteinhausen ".repeat(9), 20.0);
    assert!(text.starts_with("Wolfe") && text.ends_with('…'), "{text}");
    assert!(width <= 20.0 && width > 18.5, "{width}");
    assert_eq!(within("Ana", 20.0).0, "Ana");
    assert_eq!(within("王小明", 10.0).0, "U+738B U+5C0F…");
    assert_eq!(within(&"M\u{303}".repeat(9), 2.5).0, "M\u{303}…");
    assert!(TextLine::within(&["Ana".to_owned()], 0.5).glyphs.is_empty());
}

/// Characters with special handling, and any character at all.
fn any_char() -> impl Strategy<Value = char> {
    let special = "\u{200C}\u{200D}\u{200E}\u{202E}\u{2066}\u{61C}\u{34F}\u{301}\u{323}\u{64B}\u{94D}\
        \u{E31}\u{17D2}\u{FE0F}\u{25CC}\u{20E3}\u{1F1E8}\u{180B}\u{0}\n\t\u{2029} (a1٠МωŁ王ب";
    prop_oneof![
        4 => prop::sample::select(special.chars().collect::<Vec<_>>()),
        1 => any::<char>(),
    ]
}

proptest! {
    #[test]
    fn draws_any_text(chars in prop::collection::vec(any_char(), 0..80), ems in 0.0_f32..30.0) {
        let pieces = to_displayed_name(&chars.into_iter().collect::<String>(), can_draw);
        prop_assert!(pieces.concat().chars().all(can_draw), "{pieces:?}");
        let line = TextLine::new(&pieces.concat());
        let (low, high) = line.reach();
        prop_assert!(line.width().is_finite() && low.is_finite() && high.is_finite());
        for word in line.draw(8.0, 26.5, 12.0).split_ascii_whitespace() {
            let is_operator = matches!(word, "m" | "l" | "c" | "h" | "f");
            prop_assert!(is_operator || word.parse::<f32>().unwrap().abs() < 1e5, "{word}");
        }
        let short = TextLine::within(&pieces, ems);
        prop_assert!(short.width() <= ems + 1e-4, "{} of {ems}", short.width());
    }
}

#[test]
fn draws_a_very_long_text() {
    let pieces = to_displayed_name(&"Zoë محمد 王😀".repeat(4000), can_draw);
    assert!(TextLine::within(&pieces, 20.0).width() <= 20.0);
    // Marks upon marks: the drawing ends somewhere far above the line, but it is a drawing.
    let marks = TextLine::new(&format!("a{}", "\u{301}".repeat(20_000)));
    let (low, high) = marks.reach();
    assert!(marks.width() == TextLine::new("a").width() && low.abs() < 1.0 && high < 1e5, "{high}");
    assert!(marks.glyphs.iter().all(|glyph| glyph.y.is_finite()));
}
