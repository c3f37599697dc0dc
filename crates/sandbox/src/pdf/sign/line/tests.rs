use proptest::prelude::*;

use super::*;

/// Names of public persons, or words where nobody known writes so, by ISO 15924 code.
const NAMES: [(&[u8; 4], &str); 49] = [
    (b"Latn", "Zoë Müller-O'Neil, Jr"),
    (b"Latn", "Jiří Łukasz Šđžň"),
    (b"Latn", "Đặng Thị Hồng"),
    (b"Latn", "Wọlé Ṣóyíinká, G\u{303}uaraní"),
    (b"Grek", "Κωνσταντίνος Καβάφης"),
    (b"Cyrl", "Пётр Їжакевич"),
    (b"Armn", "Հովհաննես Թումանյան"),
    (b"Geor", "შოთა რუსთაველი"),
    (b"Hebr", "חַיִּים נַחְמָן בְּיַאלִיק"),
    (b"Arab", "نجيب محفوظ"),
    (b"Arab", "مُحَمَّد ٱلْخُوَارِزْمِيّ"),
    (b"Arab", "فروغ فرخزاد"),
    (b"Arab", "فیض احمد فیض"),
    (b"Syrc", "ܝܥܩܘܒ ܐܘܪܗܝܐ"),
    (b"Thaa", "މުޙައްމަދު އަމީން"),
    (b"Nkoo", "ߛߏߟߏߡߣߊ߫ ߞߊ߲ߕߍ߫"),
    (b"Adlm", "𞤀𞤣𞤤𞤢𞤥"),
    (b"Deva", "श्रीनिवास लक्ष्मी"),
    (b"Beng", "রবীন্দ্রনাথ ঠাকুর"),
    (b"Guru", "ਅੰਮ੍ਰਿਤਾ ਪ੍ਰੀਤਮ"),
    (b"Gujr", "ઝવેરચંદ મેઘાણી"),
    (b"Orya", "ଫକୀର ମୋହନ ସେନାପତି"),
    (b"Taml", "சுப்பிரமணிய பாரதி"),
    (b"Telu", "విశ్వనాథ సత్యనారాయణ"),
    (b"Knda", "ಕುಪ್ಪಳ್ಳಿ ಪುಟ್ಟಪ್ಪ"),
    (b"Mlym", "വൈക്കം മുഹമ്മദ് ബഷീർ"),
    (b"Sinh", "මාර්ටින් වික්\u{200D}රමසිංහ"),
    (b"Thai", "กุหลาบ สายประดิษฐ์"),
    (b"Laoo", "ໄກສອນ ພົມວິຫານ"),
    (b"Khmr", "នរោត្តម សីហនុ"),
    (b"Mymr", "အောင်ဆန်းစုကြည်"),
    (b"Tibt", "བསྟན་འཛིན་རྒྱ་མཚོ"),
    (b"Ethi", "ሀዲስ ዓለማየሁ"),
    (b"Mong", "ᠴᠢᠩᠭᠢᠰ ᠬᠠᠭᠠᠨ"),
    (b"Cher", "ᏍᏏᏉᏯ"),
    (b"Cans", "ᐱᑕ ᐃᓄᒃ"),
    (b"Tfng", "ⵎⵓⵍⵓⴷ ⵎⵄⵎⵎⵔⵉ"),
    (b"Java", "ꦫꦁꦒꦮꦂꦱꦶꦠ"),
    (b"Bali", "ᬅᬦᬓ᭄ ᬅᬕᬸᬂ"),
    (b"Mtei", "ꯃꯩꯇꯩ"),
    (b"Olck", "ᱥᱟᱱᱛᱟᱲ"),
    (b"Cakm", "𑄌𑄋𑄴𑄟"),
    (b"Yiii", "ꆈꌠ"),
    (b"Hang", "김소월"),
    (b"Hani", "魯迅 鲁迅"),
    (b"Hani", "夏目漱石"),
    (b"Hira", "みやざわ けんじ"),
    (b"Kana", "グーグル"),
    (b"Bopo", "ㄓㄨㄥ"),
];

/// The font and number of each glyph; none of a box.
fn glyphs(text: &str) -> Vec<Option<(FontId, u32)>> {
    let identify = |font: &'static Font, id: GlyphId| {
        let known = (0..).map(FontId::numbered).take_while(|known| known.load().is_some());
        let mut same = known.filter(|known| known.load().is_some_and(|f| std::ptr::eq(f, font)));
        same.next().map(|known| (known, id.to_u32()))
    };
    let line = TextLine::new(text);
    line.glyphs
        .iter()
        .map(|glyph| match glyph.kind {
            GlyphSource::Outline(font, id) => identify(font, id),
            GlyphSource::Missing(_) => None,
        })
        .collect()
}

/// The glyph of a character by itself, as the font's table maps it.
fn nominal(char: char) -> Option<(FontId, u32)> {
    let by = painter(harfrust::unicode::script(char.into()))?;
    let id = by.font.load()?.charmap().map_unicode(char)?;
    Some((by.font, id.to_u32()))
}

#[test]
fn names_of_every_script_are_drawn_by_its_font() {
    for (script, name) in NAMES {
        let font = FontId::of(*script).unwrap();
        let glyphs = glyphs(name);
        assert!(glyphs.iter().all(|glyph| glyph.is_some_and(|(by, _)| by == font)), "{name}");
    }
}

#[test]
fn what_no_font_has_is_a_box() {
    for text in ["\u{10330}", "\u{12000}", "😀", "\u{E000}", "\u{20BB7}", "\u{10FFFF}"] {
        assert_eq!(glyphs(text), [None], "{text}");
    }
}

#[test]
fn arabic_letters_join() {
    let alone = glyphs("ب")[0];
    let joined = glyphs("ببب");
    assert_eq!(joined.len(), 3);
    for (index, form) in joined.iter().enumerate() {
        assert!(*form != alone && !joined[..index].contains(form), "{joined:?}");
    }
    // A joiner has a form, but no glyph.
    assert_eq!(glyphs("ب\u{200D}"), [joined[2]]);
    assert_ne!(glyphs("لا").len(), 2, "lam and alef are one");
}

#[test]
fn indic_consonants_join_and_vowels_move() {
    for conjunct in ["क्ष", "ક્ષ", "ক্ষ"] {
        assert_eq!(glyphs(conjunct).len(), 1, "{conjunct}");
    }
    let [vowel, consonant] = glyphs("कि")[..] else { panic!() };
    assert_eq!(consonant, nominal('क'));
    assert_ne!(vowel, consonant);
    assert_eq!(glyphs("கொ"), ['\u{BC6}', 'க', '\u{BBE}'].map(nominal));
    assert_eq!(glyphs("কে")[1], nominal('ক'));
    assert_eq!(glyphs("කෙ")[1], nominal('ක'));
    assert_eq!(glyphs("കെ")[1], nominal('ക'));
}

#[test]
fn letters_of_south_east_asia_stand_below_above_and_before() {
    // A subscript is one glyph in the place of two.
    let subscript = glyphs("ស្ត");
    assert!(subscript.len() == 2 && subscript[1] != nominal('ត'), "{subscript:?}");
    assert_eq!(glyphs("កេ"), ['\u{17C1}', 'ក'].map(nominal));
    assert_eq!(glyphs("ကေ"), ['\u{1031}', 'က'].map(nominal));
    // The stack of three is no wider than its first.
    assert!(TextLine::new("རྒྱ").width() < TextLine::new("རགཡ").width() / 2.0);
    for [low, high] in [["น\u{E49}", "นี\u{E49}"], ["ນ\u{EC9}", "ນີ\u{EC9}"]] {
        let [low, high] = [low, high].map(TextLine::new);
        assert_eq!(low.width(), high.width());
        assert!(high.reach().1 > low.reach().1 + 0.05, "{}", high.text);
    }
}

#[test]
fn marks_of_latin_stand_above_what_they_belong_to() {
    let [_, wide] = &TextLine::new("M\u{303}").glyphs[..] else { panic!() };
    let [_, narrow] = &TextLine::new("i\u{303}j\u{303}").glyphs[..2] else { panic!() };
    assert!(wide.offset.0 != narrow.offset.0 || wide.offset.1 != narrow.offset.1);
}

#[test]
fn composed_and_decomposed_hangul_are_the_same() {
    assert_eq!(
        glyphs("김소월"),
        glyphs("\u{1100}\u{1175}\u{11B7}\u{1109}\u{1169}\u{110B}\u{116F}\u{11AF}")
    );
    assert_eq!(glyphs("e\u{301}"), glyphs("é"));
}

#[test]
fn lines_run_in_the_directions_of_their_scripts() {
    assert_eq!(glyphs("אב"), [nominal('ב'), nominal('א')]);
    let latin = |char: char| nominal(char).or_else(|| glyphs(&char.to_string())[0]);
    // Digits keep their order within what runs from right to left, and brackets turn.
    let space = glyphs("א ב")[1];
    assert_eq!(
        glyphs("א (12)"),
        [latin('('), latin('1'), latin('2'), latin(')'), space, nominal('א')]
    );
    assert_eq!(glyphs("Aא")[0], nominal('A'));
    assert_eq!(glyphs("אA"), [nominal('A'), nominal('א')]);
}

#[test]
fn each_script_of_a_line_has_its_font() {
    let expected = [LATIN, LATIN, HAN, FontId::of(*b"Arab").unwrap()];
    let fonts: Vec<FontId> = glyphs("Aя王م").into_iter().map(|glyph| glyph.unwrap().0).collect();
    assert_eq!(fonts, expected);
    // What has no script goes with its neighbour, and to whom has it.
    assert!(glyphs("「王」、，").iter().all(|glyph| glyph.unwrap().0 == HAN));
    assert_eq!(glyphs("王-1")[1].unwrap().0, LATIN);
    assert_eq!(glyphs("।क")[0].unwrap().0, FontId::of(*b"Deva").unwrap());
}

#[test]
fn what_only_steers_leaves_nothing() {
    assert!(TextLine::new("\u{200B}\u{202E}\u{2066}\u{FE0F}\u{AD}\u{7}").glyphs.is_empty());
    assert_eq!(glyphs("\u{2067}A\u{2069}"), [nominal('A')]);
}

#[test]
fn a_long_name_loses_its_end() {
    let short = TextLine::within(&"Wolfeschlegelsteinhausen ".repeat(9), 20.0);
    assert!(short.text.starts_with("Wolfe") && short.text.ends_with('…'), "{}", short.text);
    assert!(short.width() <= 20.0 && short.width() > 18.5, "{}", short.width());
    assert_eq!(TextLine::within("Ana", 20.0).text, "Ana");
    let backward = TextLine::within(&"عبد الرحمن ".repeat(9), 20.0);
    assert!(backward.text.starts_with("عبد الرحمن") && backward.text.ends_with('…'));
    // The ellipsis stands at the left, where the line ends.
    assert_eq!(backward.glyphs[0].start, backward.text.len() - '…'.len_utf8());
}

#[test]
fn what_is_written_as_one_is_not_cut() {
    for grapheme in
        ["नि", "न्मि", "न्म", "क्षि", "ന്യ", "e\u{301}\u{323}\u{302}", "นี้", "ស្ត្រី", "རྒྱ", "김", "בְּ"]
    {
        let grapheme: String = grapheme.nfc().collect();
        let name = grapheme.repeat(20);
        for tenths in 5..60_u8 {
            let short = TextLine::within(&name, f32::from(tenths) / 10.0);
            let kept = short.text.strip_suffix('…').unwrap_or_default();
            assert_eq!(kept.replace(&grapheme, ""), "", "{kept}");
        }
    }
}

/// Characters that make trouble, letters of every script, and any character at all.
fn char_of_any_script() -> impl Strategy<Value = char> {
    let troublesome = "\u{200C}\u{200D}\u{200E}\u{200F}\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\
        \u{2066}\u{2067}\u{2068}\u{2069}\u{61C}\u{34F}\u{301}\u{64B}\u{651}\u{94D}\u{E31}\u{E49}\
        \u{17D2}\u{1039}\u{103A}\u{FE0F}\u{25CC}\u{20E3}\u{1F1E8}\u{180B}\u{FF9E}\u{0}\n\t\u{2029} (a1٠";
    let troublesome: Vec<char> = troublesome.chars().collect();
    let letters: Vec<char> = NAMES.iter().flat_map(|(_, name)| name.chars()).collect();
    prop_oneof![
        2 => prop::sample::select(troublesome),
        4 => prop::sample::select(letters),
        1 => any::<char>(),
    ]
}

proptest! {
    #[test]
    fn any_text_is_drawn(chars in prop::collection::vec(char_of_any_script(), 0..80), ems in 0.0_f32..30.0) {
        let text: String = chars.into_iter().collect();
        let line = TextLine::new(&text);
        let (low, high) = line.reach();
        prop_assert!(line.width().is_finite() && low.is_finite() && high.is_finite());
        let drawn = line.draw(8.0, 26.5, 12.0);
        for number in drawn.split_ascii_whitespace().filter(|word| word.starts_with(|first: char| first == '-' || first.is_ascii_digit())) {
            prop_assert!(number.parse::<f32>().unwrap().abs() < 1e5, "{number}");
        }
        prop_assert!(!drawn.contains("inf") && !drawn.contains("NaN"));
        let short = TextLine::within(&text, ems);
        prop_assert!(short.width() <= ems.max(0.0), "{} of {ems}", short.width());
    }
}

#[test]
fn a_very_long_text_is_drawn() {
    let text: String = NAMES.iter().map(|(_, name)| *name).collect::<String>().repeat(40);
    assert!(TextLine::within(&text, 20.0).width() <= 20.0);
    assert!(TextLine::new(&"\u{301}".repeat(20_000)).width().is_finite());
    assert!(TextLine::within(&"\u{202E}a\u{2067}ب".repeat(5_000), 20.0).width() <= 20.0);
}

/// Else a name could stand backward, or turn what is beside it.
#[test]
fn nothing_in_a_name_turns_it_around() {
    for (name, plain) in
        [("Ann\u{202E} Lee\u{202C}", "Ann Lee"), ("\u{2067}12\u{2069} Ann", "12 Ann")]
    {
        assert_eq!(glyphs(name), glyphs(plain), "{name:?}");
    }
}
