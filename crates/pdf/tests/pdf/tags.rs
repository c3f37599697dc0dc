//! Signature tags against `pdftotext -bbox`: text drawn in every way there is.

use swisscom_sign::contract::ProblemCode;
use swisscom_sign_pdf as pdf;

use crate::corpus::{Doc, deflate};
use crate::tools::{Scratch, text};

const FONT: &[u8] = include_bytes!("../../../pades/src/sign/font/DejaVuSans-subset.ttf");

/// A page with that content; `entries` are further entries of the page.
fn page(entries: &str, content: &str) -> Doc {
    let mut doc = Doc::with_pages(&[entries]);
    doc.stream(11, "", content.as_bytes());
    doc
}

fn plain(content: &str) -> Doc {
    page("/MediaBox[0 0 595 842]", content)
}

/// The page's font is another one.
fn with_font(font: &str, content: &str) -> Doc {
    let mut doc = plain(content);
    doc.set(3, font);
    doc
}

fn standard(name: &str, encoding: &str) -> Doc {
    let font = format!("<</Type/Font/Subtype/Type1/BaseFont/{name}/Encoding/{encoding}>>");
    with_font(&font, r"BT /F1 14 Tf 60 700 Td (Gr\374ezi fi ) Tj (WAVE \\s1\\) Tj ET")
}

/// Glyph number and width (in thousandths) of a character of the test font.
fn glyph(char: char) -> (u16, u16) {
    let face = ttf_parser::Face::parse(FONT, 0).unwrap();
    let id = face.glyph_index(char).unwrap();
    let width = u32::from(face.glyph_hor_advance(id).unwrap()) * 1000;
    (id.0, u16::try_from(width / u32::from(face.units_per_em())).unwrap())
}

const DESCRIPTOR: &str = "<</Type/FontDescriptor/FontName/ABCDEF+DejaVuSans/Flags 4\
    /FontBBox[-1021 -415 1681 1167]/ItalicAngle 0/Ascent 928/Descent -236/CapHeight 928\
    /StemV 80/FontFile2 42 0 R>>";

/// A composite font with the real glyph numbers, with or without `/ToUnicode`.
fn composite(with_map: bool) -> Doc {
    let string: String = r"Hi \s1\".chars().map(|char| format!("{:04x}", glyph(char).0)).collect();
    let widths: String = r"Hi \s1"
        .chars()
        .map(|char| {
            let (id, width) = glyph(char);
            format!("{id}[{width}]")
        })
        .collect();
    let map: String = r"Hi \s1"
        .chars()
        .map(|char| format!("<{:04x}> <{:04x}>\n", glyph(char).0, u32::from(char)))
        .collect();
    let mut doc = plain(&format!("BT /F1 20 Tf 1 0 0 1 90 500 Tm <{string}> Tj ET"));
    let to_unicode = if with_map { "/ToUnicode 43 0 R" } else { "" };
    doc.set(
        3,
        &format!(
            "<</Type/Font/Subtype/Type0/BaseFont/ABCDEF+DejaVuSans/Encoding/Identity-H\
         /DescendantFonts[40 0 R]{to_unicode}>>"
        ),
    );
    doc.set(
        40,
        &format!(
            "<</Type/Font/Subtype/CIDFontType2/BaseFont/ABCDEF+DejaVuSans/CIDToGIDMap/Identity\
         /CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
         /FontDescriptor 41 0 R/DW 600/W[{widths}]>>"
        ),
    );
    doc.set(41, DESCRIPTOR);
    doc.stream(42, &format!("/Length1 {}", FONT.len()), FONT);
    doc.stream(
        43,
        "",
        format!(
            "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> \
         endcodespacerange 6 beginbfchar\n{map}endbfchar endcmap end"
        )
        .as_bytes(),
    );
    doc
}

/// A simple subset font whose codes mean nothing without `/ToUnicode`.
fn subset() -> Doc {
    let chars = r"\s1";
    let widths: String = chars.chars().map(|char| format!("{} ", glyph(char).1)).collect();
    let mut doc = plain("BT /F1 20 Tf 1 0 0 1 90 500 Tm <21222321> Tj ET");
    doc.set(
        3,
        &format!(
            "<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+DejaVuSans/FirstChar 33/LastChar 35\
         /Widths[{widths}]/FontDescriptor 41 0 R/ToUnicode 43 0 R>>"
        ),
    );
    doc.set(41, DESCRIPTOR);
    doc.stream(42, &format!("/Length1 {}", FONT.len()), FONT);
    doc.stream(
        43,
        "",
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange \
        <00> <FF> endcodespacerange 2 beginbfrange <21> <21> <005C> <22> <23> [<0073> <0031>] \
        endbfrange endcmap end",
    );
    doc
}

fn type3() -> Doc {
    let mut doc = plain("BT /F1 20 Tf 1 0 0 1 90 500 Tm (ab\\143a) Tj ET");
    doc.set(
        3,
        "<</Type/Font/Subtype/Type3/FontBBox[0 -2 10 10]/FontMatrix[.1 0 0 .1 0 0]\
        /FirstChar 97/LastChar 99/Widths[5 6 7]/CharProcs<</a 40 0 R/b 40 0 R/c 40 0 R>>\
        /Encoding<</Differences[97/backslash/s/one]>>/Resources<<>>>>",
    );
    doc.stream(40, "", b"5 0 d0 0 0 4 8 re f");
    doc
}

fn form() -> Doc {
    let mut doc = plain("q 2 0 0 2 20 30 cm /X1 Do Q");
    doc.set(
        10,
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 11 0 R\
        /Resources<</XObject<</X1 40 0 R>>/Font<</F1 3 0 R>>>>>>",
    );
    doc.stream(
        40,
        "/Type/XObject/Subtype/Form/BBox[0 0 400 400]/Matrix[1 0 0 1 30 60]\
        /Resources<</XObject<</X2 41 0 R>>>>",
        b"q 1 0 0 1 5 5 cm /X2 Do Q",
    );
    // No resources of its own: those of the page are used... of the outer form.
    doc.stream(
        41,
        "/Type/XObject/Subtype/Form/BBox[0 0 400 400]/Resources<</Font<</F1 3 0 R>>>>",
        br"BT /F1 9 Tf 10 100 Td (\\s1\\) Tj ET",
    );
    doc
}

/// A form that draws itself, which no viewer does.
fn form_of_itself() -> Doc {
    let mut doc = plain("/X1 Do");
    let resources = "/Resources<</XObject<</X1 40 0 R>>/Font<</F1 3 0 R>>>>";
    let page = "/Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 11 0 R";
    doc.set(10, &format!("<<{page}{resources}>>"));
    doc.stream(
        40,
        &format!("/Type/XObject/Subtype/Form/BBox[0 0 595 842]{resources}"),
        br"BT /F1 9 Tf 40 100 Td (\\s1\\) Tj ET /X1 Do /X1 Do /X1 Do",
    );
    doc
}

fn two_streams(first: &str, second: &str) -> Doc {
    let mut doc = Doc::with_pages(&["/MediaBox[0 0 595 842]"]);
    doc.set(
        10,
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents[11 0 R 40 0 R]\
        /Resources<</Font<</F1 3 0 R>>>>>>",
    );
    doc.stream(11, "", first.as_bytes()).stream(40, "", second.as_bytes());
    doc
}

fn annotation() -> Doc {
    let mut doc = page("/MediaBox[0 0 595 842]/Annots[40 0 R]", "");
    doc.set(
        40,
        "<</Type/Annot/Subtype/FreeText/Rect[100 200 300 260]/F 4/DA(/F1 12 Tf)\
        /Contents(x)/AP<</N 41 0 R>>>>",
    );
    doc.stream(
        41,
        "/Type/XObject/Subtype/Form/BBox[0 0 100 30]/Resources<</Font<</F1 3 0 R>>>>",
        br"BT /F1 12 Tf 5 10 Td (\\s1\\) Tj ET",
    );
    doc
}

/// Every shape with its name. Each has tag 1 exactly once.
fn shapes() -> Vec<(String, Vec<u8>)> {
    let mut shapes: Vec<(String, Doc)> = Vec::new();
    let mut add = |name: &str, doc: Doc| shapes.push((name.to_owned(), doc));
    add("plain", plain(r"BT /F1 12 Tf 72 700 Td (\\s1\\) Tj ET"));
    add(
        "after-text",
        plain(r"BT /F1 12 Tf 72 700 Td (Hello, World! ) Tj (Sign \\s1\\ here) Tj ET"),
    );
    add("split-tj", plain(r"BT /F1 12 Tf 72 700 Td (Sign ) Tj (\\) Tj (s) Tj (1) Tj (\\) Tj ET"));
    add("kerned", plain(r"BT /F1 12 Tf 72 700 Td [(Si) 20 (gn ) -80 (\\) 30 (s1) -20 (\\)] TJ ET"));
    add("hex", plain("BT /F1 12 Tf 72 700 Td <48 69 20 5C73315C> Tj ET"));
    add("octal", plain(r"BT /F1 12 Tf 72 700 Td (Hi \134\1631\134) Tj ET"));
    add("scaled", plain(r"BT /F1 1 Tf 24 0 0 18 100 300 Tm (Hi \\s1\\) Tj ET"));
    add("spacing", plain(r"BT /F1 12 Tf 150 Tz 0.4 Tc 5 Tw 72 700 Td (One two \\s1\\) Tj ET"));
    add(
        "cm",
        plain(
            r"q .5 0 0 .5 40 60 cm q 1 0 0 1 10 10 cm BT /F1 40 Tf 72 700 Td (Hi \\s1\\) Tj ET Q Q",
        ),
    );
    add(
        "flipped",
        plain(r"q 1 0 0 -1 0 842 cm BT /F1 12 Tf 1 0 0 -1 72 300 Tm (Hi \\s1\\) Tj ET Q"),
    );
    add(
        "lines",
        plain(r"BT /F1 12 Tf 14 TL 72 700 Td (a) Tj T* (b) ' 0 -20 TD (c) Tj 1 .2 (Hi \\s1\\) "),
    );
    shapes.pop();
    let mut add = |name: &str, doc: Doc| shapes.push((name.to_owned(), doc));
    add(
        "lines",
        plain(
            "BT /F1 12 Tf 14 TL 72 700 Td (a) Tj T* (b) ' 0 -20 TD (c) Tj 1 .2 (Hi \\\\s1\\\\) \" ET",
        ),
    );
    add("rise", plain(r"BT /F1 12 Tf 72 700 Td 6 Ts (\\s1\\) Tj ET"));
    add("white", plain(r"1 1 1 rg BT /F1 12 Tf 72 700 Td (Hi \\s1\\) Tj ET"));
    add("invisible", plain(r"BT 3 Tr /F1 12 Tf 72 700 Td (Hi \\s1\\) Tj ET"));
    add("tiny", plain(r"BT /F1 1.5 Tf 72 700 Td (Hi \\s1\\) Tj ET"));
    add("second-tag", plain(r"BT /F1 12 Tf 72 700 Td (\\s11\\ \\s2\\) Tj 0 -40 Td (\\s1\\) Tj ET"));
    add(
        "inline-image",
        plain(
            "q 10 0 0 10 0 0 cm BI /W 4 /H 1 /BPC 8 /CS /G ID EI( EI Q BT /F1 12 Tf 72 700 Td (Hi \\\\s1\\\\) Tj ET",
        ),
    );
    add(
        "unknown-operators",
        plain(r"BX foo 1 2 bar EX } > BT /F1 12 Tf 72 700 Td (Hi \\s1\\) Tj ET"),
    );
    for (name, matrix) in [("up", "0 1 -1 0"), ("down", "0 -1 1 0"), ("upside-down", "-1 0 0 -1")] {
        add(name, plain(&format!(r"BT /F1 12 Tf {matrix} 300 400 Tm (\\s1\\) Tj ET")));
    }
    add("sign-without-digits", plain(r"BT /F1 12 Tf 72 700 Td (a) Tj - -100 Td (\\s1\\) Tj ET"));
    add(
        "actual-text",
        plain(
            r"BT /F1 12 Tf 72 700 Td (a ) Tj /Span <</ActualText(\\s1\\)>> BDC (wxyz) Tj EMC ( b) Tj ET",
        ),
    );
    add("two-streams", two_streams(r"BT /F1 12 Tf 72 700 Td (Hi \\s) Tj", r"(1\\) Tj ET"));
    add("operand-in-other-stream", two_streams(r"BT /F1 12 Tf 72 700 Td [(Hi \\s)(1\\)]", "TJ ET"));
    add("form", form());
    add("form of itself", form_of_itself());
    add("annotation", annotation());
    add("composite", composite(true));
    add("subset", subset());
    add("type3", type3());
    for rotate in [90, 180, 270] {
        let entries = format!("/MediaBox[0 0 595 842]/CropBox[50 40 500 700]/Rotate {rotate}");
        let upright = [(90, "0 1 -1 0"), (180, "-1 0 0 -1"), (270, "0 -1 1 0")];
        let matrix = upright.iter().find(|one| one.0 == rotate).unwrap().1;
        let content = format!(r"BT /F1 12 Tf {matrix} 300 400 Tm (Hi \\s1\\) Tj ET");
        add(&format!("page-{rotate}"), page(&entries, &content));
        add(
            &format!("page-{rotate}-text-lies"),
            page(&entries, r"BT /F1 12 Tf 200 300 Td (\\s1\\) Tj ET"),
        );
    }
    add(
        "crop",
        page(
            "/MediaBox[-10 -20 595 842]/CropBox[50 60 450 660]",
            r"BT /F1 12 Tf 72 600 Td (Hi \\s1\\) Tj ET",
        ),
    );
    for name in [
        "Helvetica",
        "Helvetica-Bold",
        "Times-Roman",
        "Times-Bold",
        "Times-Italic",
        "Times-BoldItalic",
        "Courier",
        "Courier-Bold",
    ] {
        add(name, standard(name, "WinAnsiEncoding"));
    }
    add("mac-roman", standard("Times-Roman", "MacRomanEncoding"));
    add(
        "standard-encoding",
        with_font(
            "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
            r"BT /F1 14 Tf 60 700 Td (x\256y \\s1\\) Tj ET",
        ),
    );
    add(
        "differences",
        with_font(
            "<</Type/Font/Subtype/Type1/BaseFont/Helvetica\
         /Encoding<</BaseEncoding/WinAnsiEncoding/Differences[65/backslash/s/one]>>>>",
            "BT /F1 14 Tf 60 700 Td (x ABCA) Tj ET",
        ),
    );
    add(
        "widths",
        with_font(
            "<</Type/Font/Subtype/TrueType/BaseFont/Nowhere/FirstChar 32/LastChar 33/Widths[900 400]\
         /Encoding/WinAnsiEncoding/FontDescriptor<</Type/FontDescriptor/FontName/Nowhere/Flags 32\
         /FontBBox[0 -200 1000 800]/ItalicAngle 0/StemV 80/Ascent 800/Descent -200/CapHeight 700\
         /MissingWidth 500>>>>",
            r"BT /F1 14 Tf 60 700 Td (a \\s1\\) Tj ET",
        ),
    );
    let mut gs = plain(r"BT /G1 gs 72 700 Td (Hi \\s1\\) Tj ET");
    gs.set(
        10,
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 11 0 R\
        /Resources<</ExtGState<</G1<</Font[3 0 R 16]>>>>>>>>",
    );
    add("graphics-state", gs);
    let mut shapes: Vec<(String, Vec<u8>)> =
        shapes.into_iter().map(|(name, doc)| (name, doc.streams())).collect();
    let lines = ["Some text", r"Here: \s1\ and there"];
    shapes.push((
        "sample".to_owned(),
        pdf::sample(&[pdf::SamplePage { heading: "A", lines: &lines }]),
    ));
    shapes
}

/// Top left corner of the word `\s1\` by `pdftotext`.
fn by_pdftotext(path: &str) -> Option<(f64, f64)> {
    let html = text("pdftotext", &["-bbox", "-cropbox", path, "-"]);
    let line = html.lines().find(|line| line.contains(r">\s1\</word>"))?;
    let value = |key: &str| -> f64 {
        let rest = &line[line.find(key).unwrap() + key.len()..];
        rest[..rest.find('"').unwrap()].parse().unwrap()
    };
    Some((value("xMin=\""), value("yMin=\"")))
}

#[test]
fn finds_tags_where_pdftotext_finds_them() {
    let scratch = Scratch::new("tags");
    let mut wrong = Vec::new();
    for (name, bytes) in shapes() {
        let expected = by_pdftotext(&scratch.write("file.pdf", &bytes));
        let found = pdf::find_tag(&bytes, 1);
        let close = match (expected, found) {
            (Some((x, y)), Some(tag)) => {
                tag.page == 0
                    && (f64::from(tag.x) - x).abs() <= 1.0
                    && (f64::from(tag.y) - y).abs() <= 1.0
            }
            _ => false,
        };
        if !close {
            wrong.push(format!("{name}: pdftotext {expected:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn finds_tags_that_pdftotext_misses() {
    // Without /ToUnicode only the font itself knows its characters.
    let tag = pdf::find_tag(&composite(false).streams(), 1).unwrap();
    let same = pdf::find_tag(&composite(true).streams(), 1).unwrap();
    assert_eq!(tag, same);
    // Drawn from the end to the beginning.
    let reversed = plain(
        r"BT /F1 10 Tf 1 0 0 1 86.12 700 Tm (\\) Tj 1 0 0 1 80.56 700 Tm (1) Tj
          1 0 0 1 75.56 700 Tm (s) Tj 1 0 0 1 72.78 700 Tm (\\) Tj ET",
    );
    let tag = pdf::find_tag(&reversed.table(), 1).unwrap();
    assert_eq!((tag.x, tag.y), (73, 135));
}

/// Where the font itself, or the way it is used, says what a code stands for.
#[test]
fn finds_tags_in_all_kinds_of_fonts() {
    let type1 = |encoding: &str, program: &str, string: &str| {
        let font = format!(
            "<</Type/Font/Subtype/Type1/BaseFont/ABCDEF+CMSY10/FirstChar 0/LastChar 255\
             /Widths[{}]/FontDescriptor 41 0 R{encoding}>>",
            "500 ".repeat(256)
        );
        let mut doc = with_font(&font, &format!("BT /F1 20 Tf 90 500 Td <{string}> Tj ET"));
        doc.set(41, "<</Type/FontDescriptor/FontName/ABCDEF+CMSY10/Flags 4/FontFile 42 0 R>>");
        doc.stream(42, "", format!("%!PS-AdobeFont-1.0\n{program}\neexec xx").as_bytes());
        doc
    };
    let program = "/Encoding 256 array 0 1 255 {1 index exch /.notdef put} for\n\
        dup 110 /backslash put dup 120/s put\ndup 8#171 /one put readonly def /dup 9 /s put";
    let standard = "/Encoding StandardEncoding def";
    let vertical = r"\s1\".chars().map(|char| format!("{:04x}", glyph(char).0)).collect::<String>();
    let mut down = composite(true);
    down.stream(11, "", format!("BT /F1 20 Tf 1 0 0 1 300 500 Tm <{vertical}> Tj ET").as_bytes());
    let font = "<</Type/Font/Subtype/Type0/BaseFont/ABCDEF+DejaVuSans/Encoding/Identity-V\
        /DescendantFonts[40 0 R]/ToUnicode 43 0 R>>";
    down.set(3, font);
    let mut named = plain("BT /F1 20 Tf 90 500 Td <005C00730031005C> Tj ET");
    named.set(
        3,
        "<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/ToUnicode/Identity-H\
         /DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/A/DW 600>>]>>",
    );
    let mut flipped = plain("BT /F1 20 Tf 1 0 0 1 90 500 Tm (abca) Tj ET");
    flipped.set(
        3,
        "<</Type/Font/Subtype/Type3/FontBBox[0 -10 10 2]/FontMatrix[.1 0 0 -.1 0 0]\
         /FirstChar 97/LastChar 99/Widths[5 6 7]/CharProcs<<>>\
         /Encoding<</Differences[97/backslash/s/one]>>>>",
    );
    let variants = "/Encoding<</Differences[1/backslash_s/one.oldstyle/uni005C0073]>>";
    // The page is 842 points high, and a font that tells no ascent has 0.95 ems.
    for (name, doc, place) in [
        ("built in", type1("", program, "6E78796E"), (90, 323)),
        ("built in, below others", type1("/Encoding<<>>", program, "6E78796E"), (90, 323)),
        ("built in, standard", type1("", standard, "5C73315C"), (90, 323)),
        ("variants", type1(variants, program, "010203"), (90, 323)),
        ("down", down, (294, 341)),
        ("characters by name", named, (90, 323)),
        ("upside down", flipped, (90, 322)),
    ] {
        let tag = pdf::find_tag(&doc.table(), 1);
        assert_eq!(tag.map(|tag| (tag.x, tag.y)), Some(place), "{name}");
    }
}

#[test]
fn reports_the_first_occurrence_of_each_tag() {
    let page = |lines| pdf::SamplePage { heading: "", lines };
    let bytes = pdf::sample(&[
        page(&["nothing"]),
        page(&[r"\s2\ \s11\", r"\s3\\s4\"]),
        page(&[r"\s1\", r"\s2\"]),
    ]);
    let tags = pdf::find_tags(&bytes).unwrap().tags;
    let pages: Vec<(u32, u32)> = tags.iter().map(|(tag, at)| (*tag, at.page)).collect();
    assert_eq!(pages, [(1, 2), (2, 1), (3, 1), (4, 1), (11, 1)]);
    assert_eq!(tags[&2].x, 72);
    assert_eq!(pdf::find_tag(&bytes, 5), None);
    assert_eq!(pdf::find_tag(b"no PDF", 1), None);
}

#[test]
fn ignores_invisible_text() {
    for content in [
        r"BT /F1 12 Tf 72 700 Td (\\s) Tj 0 -100 Td (1\\) Tj ET",
        r"BT /F1 12 Tf 72 700 Td (\\s) Tj 60 0 Td (1\\) Tj ET",
        r"BT /F1 12 Tf 72 7000 Td (\\s1\\) Tj ET",
        r"(\\s1\\) pop",
    ] {
        assert_eq!(pdf::find_tag(&plain(content).table(), 1), None, "{content}");
    }
}

/// The glyph between has a place, whether or not its text is known.
#[test]
fn a_character_between_breaks_a_tag() {
    let win = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";
    // Code 65 is a glyph of which only the font program knows the text.
    let unknown = &format!(
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/FirstChar 0/LastChar 255/Widths[{}]\
         /Encoding<</BaseEncoding/WinAnsiEncoding/Differences[65/g123]>>>>",
        "300 ".repeat(256)
    );
    for between in [
        r"(\\s\(1\)\\)",
        r"(\\s 1\\)",
        r"(\\s,1\\)",
        r"(\\s-1\\)",
        r"(\\s*1\\)",
        r"(\\s1,\\)",
        r"(\\s1 \\)",
        r"(\\sA1\\)",
    ] {
        for font in [win, unknown] {
            let doc = with_font(font, &format!("BT /F1 14 Tf 72 700 Td {between} Tj ET"));
            assert_eq!(pdf::find_tag(&doc.table(), 1), None, "{between} {font}");
        }
    }
    // A character of the composite font that its map does not contain.
    let string: String = r"\sH1\".chars().map(|char| format!("{:04x}", glyph(char).0)).collect();
    let mut doc = composite(true);
    doc.stream(11, "", format!("BT /F1 20 Tf 90 500 Td <{string}> Tj ET").as_bytes());
    doc.stream(43, "", b"1 begincodespacerange <0000> <FFFF> endcodespacerange");
    assert_eq!(pdf::find_tag(&doc.table(), 1), None);
}

/// A page with content in the layer 40 (through the name `/L` or `/X1`, or an annotation), and a visible
/// tag.
fn layers(configuration: &str, layer: &str, content: &str) -> Doc {
    let mut doc = plain(&format!(r"{content} BT /F1 12 Tf 72 300 Td (\\s1\\) Tj ET"));
    doc.set(1, &format!("<</Type/Catalog/Pages 2 0 R/OCProperties<</OCGs[40 0 R 41 0 R]/D<<{configuration}>>>>>>"));
    doc.set(
        10,
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 11 0 R/Annots[44 0 R]\
         /Resources<</Font<</F1 3 0 R>>/XObject<</X1 43 0 R>>/Properties<</L 42 0 R>>>>>>",
    );
    doc.set(40, "<</Type/OCG/Name(a)>>").set(41, "<</Type/OCG/Name(b)>>").set(42, layer);
    let form = r"BT /F1 12 Tf 72 700 Td (\\s1\\ \\s2\\) Tj ET";
    doc.stream(
        43,
        "/Type/XObject/Subtype/Form/BBox[0 0 595 842]/OC 42 0 R/Resources<</Font<</F1 3 0 R>>>>",
        form.as_bytes(),
    );
    doc.set(44, "<</Type/Annot/Subtype/FreeText/Rect[0 0 595 842]/F 4>>");
    doc
}

#[test]
fn a_visible_tag_takes_precedence_over_one_in_a_hidden_layer() {
    let marked = r"/OC /L BDC q BT /F1 12 Tf /Span BMC 72 700 Td EMC (\\s1\\ \\s2\\) Tj ET Q EMC";
    let position = |doc: &Doc, number| pdf::find_tag(&doc.table(), number).map(|tag| tag.y);
    let off = "/OFF[40 0 R]";
    for (configuration, layer, hidden) in [
        (off, "40 0 R", true),
        ("/OFF[]", "40 0 R", false),
        ("/OFF[41 0 R]", "40 0 R", false),
        ("/BaseState/OFF/ON[41 0 R]", "40 0 R", true),
        ("/BaseState/OFF/ON[40 0 R]", "40 0 R", false),
        (off, "<</Type/OCMD/OCGs[40 0 R 41 0 R]>>", false),
        (off, "<</Type/OCMD/OCGs 40 0 R>>", true),
        (off, "<</Type/OCMD/OCGs[40 0 R 41 0 R]/P/AllOn>>", true),
        (off, "<</Type/OCMD/OCGs[40 0 R 41 0 R]/P/AnyOff>>", false),
        ("/OFF[]", "<</Type/OCMD/OCGs[40 0 R 41 0 R]/P/AnyOff>>", true),
        (off, "<</Type/OCMD/OCGs[40 0 R 41 0 R]/P/AllOff>>", true),
        ("/OFF[40 0 R 41 0 R]", "<</Type/OCMD/OCGs[40 0 R 41 0 R]/P/AllOff>>", false),
        (off, "<</Type/OCMD/OCGs[]>>", false),
    ] {
        for content in [marked, "/X1 Do"] {
            let doc = layers(configuration, layer, content);
            let expected = if hidden { 533 } else { 133 };
            assert_eq!(position(&doc, 1), Some(expected), "{configuration} {layer} {content}");
            // The only one.
            assert_eq!(position(&doc, 2), Some(133), "{configuration} {layer} {content}");
        }
    }
    // An annotation, and a form in a form.
    let annotation =
        "<</Type/Annot/Subtype/FreeText/Rect[0 0 595 842]/F 4/OC 40 0 R/AP<</N 43 0 R>>>>";
    let mut doc = layers(off, "41 0 R", "");
    doc.set(44, annotation);
    assert_eq!(position(&doc, 1), Some(533));
    // A later page, and what follows the end of the layer, also if the layer is not ended.
    let mut second = layers(off, "40 0 R", "/OC /L BDC /X1 Do EMC EMC EMC");
    second.stream(11, "", br"/OC /L BDC BT /F1 12 Tf 72 700 Td (\\s1\\) Tj ET");
    second.set(2, "<</Type/Pages/Count 2/Kids[10 0 R 12 0 R]>>");
    second.set(12, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 13 0 R/Resources<</Font<</F1 3 0 R>>>>>>");
    second.stream(13, "", br"BT /F1 12 Tf 72 500 Td (\\s1\\) Tj ET");
    let tag = pdf::find_tag(&second.table(), 1).unwrap();
    assert_eq!((tag.page, tag.y), (1, 333));
}

#[test]
fn actual_text_replaces_what_is_drawn() {
    let find = |content: &str| pdf::find_tag(&plain(content).table(), 1).map(|tag| (tag.x, tag.y));
    let start = "BT /F1 10 Tf 72 700 Td";
    let plain_place = find(&format!(r"{start} (\\s1\\) Tj ET"));
    assert!(plain_place.is_some());
    for content in [
        r"/Span <</ActualText(\\s1\\)>> BDC (wxyz) Tj EMC",
        r"/Span <</ActualText(\\s1\\)>> BDC (w) Tj /Span <</ActualText(no)>> BDC (xyz) Tj EMC EMC",
        // UTF-16, and a nested sequence.
        r"/P BMC /Span <</ActualText<FEFF005C00730031005C>>> BDC [(wx) 9 (yz)] TJ EMC EMC",
    ] {
        assert_eq!(find(&format!("{start} {content} ET")), plain_place, "{content}");
    }
    for content in [
        r"/Span <</ActualText(no)>> BDC (\\s1\\) Tj EMC",
        r"/Span <</ActualText(\\s1\\)>> BDC EMC",
        // Text on both sides of the replaced one.
        r"(\\s) Tj /Span <</ActualText(x)>> BDC (-) Tj EMC (1\\) Tj",
    ] {
        assert_eq!(find(&format!("{start} {content} ET")), None, "{content}");
    }
    // Together with what is drawn before and after it.
    let joined = r"(\\s) Tj /Span <</ActualText(1)>> BDC (-) Tj EMC (\\) Tj";
    assert_eq!(find(&format!("{start} {joined} ET")), plain_place);
}

#[test]
fn coordinates_are_points_whatever_the_unit_of_the_page() {
    let text = r"BT /F1 1.2 Tf 7.2 70 Td (\\s1\\) Tj ET";
    let ten = page("/MediaBox[0 0 59.5 84.2]/UserUnit 10", text);
    let tag = pdf::find_tag(&ten.table(), 1).unwrap();
    assert_eq!((tag.x, tag.y), (72, 133));
}

/// A drawing costs next to nothing, and ordinary books are searched to their end.
#[test]
fn searches_large_files_completely() {
    let tag = r"BT /F1 12 Tf 72 700 Td (\\s1\\) Tj ET";
    let segments = 1_400_000;
    let drawing = "1 2 m 120.25 310.75 l S\n".repeat(segments) + tag;
    let line = "BT /F1 9 Tf 72 700 Td (A line of a contract, as long as lines of contracts are, set in a small type on a large page.) Tj ET\n";
    let pages: Vec<&str> = std::iter::repeat_n("/MediaBox[0 0 595 842]", 2000).collect();
    let mut book = Doc::with_pages(&pages);
    for number in 0..2000 {
        book.stream(11 + 2 * number, "", line.repeat(50).as_bytes());
    }
    book.stream(11 + 2 * 1999, "", tag.as_bytes());
    for (name, doc, page) in [("drawing", plain(&drawing), 0), ("book", book, 1999)] {
        let bytes = doc.table();
        let search = pdf::find_tags(&bytes).unwrap();
        assert_eq!(search.unsearched_page, None, "{name}");
        assert_eq!(search.tags.get(&1).map(|tag| tag.page), Some(page), "{name}");
        assert!(pdf::inspect(&bytes).unwrap().problems.is_empty(), "{name}");
    }
}

#[test]
fn reports_a_page_that_was_not_searched_completely() {
    let tag = r"BT /F1 12 Tf 72 700 Td (\\s1\\) Tj ET";
    let two = |first: &[u8], entries: &str| {
        let mut doc = Doc::with_pages(&["/MediaBox[0 0 595 842]", "/MediaBox[0 0 595 842]"]);
        doc.stream(11, entries, first).stream(13, "", tag.as_bytes());
        doc
    };
    let large = [vec![b' '; 70 << 20], tag.as_bytes().to_vec()].concat();
    let nested = "q ".repeat(5000) + tag;
    let mut forms = two(b"/X Do", "");
    for number in 40..60 {
        let next = number + 1;
        let resources = format!("/Resources<</Font<</F1 3 0 R>>/XObject<</X {next} 0 R>>>>");
        forms.stream(number, &format!("/Subtype/Form/BBox[0 0 9 9]{resources}"), b"/X Do");
    }
    forms.set(10, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 11 0 R/Resources<</XObject<</X 40 0 R>>>>>>");
    for (name, doc) in [
        ("content of 70 MB", two(&deflate(&large), "/Filter/FlateDecode")),
        ("an unknown filter", two(tag.as_bytes(), "/Filter/Unknown")),
        ("nested states", two(nested.as_bytes(), "")),
        ("nested forms", forms),
        (
            "an array of a million numbers",
            two(format!("[{}] TJ", "0 ".repeat(1 << 20)).as_bytes(), ""),
        ),
    ] {
        let bytes = doc.table();
        let search = pdf::find_tags(&bytes).unwrap();
        assert_eq!(search.unsearched_page, Some(0), "{name}");
        // The other page was searched.
        assert_eq!(search.tags.get(&1).map(|tag| tag.page), Some(1), "{name}");
        let inspection = pdf::inspect(&bytes).unwrap();
        assert_eq!(inspection.pages.len(), 2, "{name}");
        let [problem] = inspection.problems.as_slice() else { panic!("{name}: {inspection:?}") };
        assert_eq!(problem.code, ProblemCode::TagsNotSearched, "{name}");
        assert!(problem.message.contains("page with pageNumber 0 could not be searched"), "{name}");
    }
}

/// What looks like the end of an inline image, in its data.
#[test]
fn finds_the_end_of_inline_images() {
    let tag = r"BT /F1 12 Tf 72 700 Td (\\s1\\) Tj ET";
    for data in [
        &b"xEI"[..],
        b"a EI\x01\x02\x03",
        b"a EI(",
        b"a EI \xFF\xD8\xFF\xE0",
        b"a EI \x80",
        b"a EI 123456\x80",
        b"( [ << a",
        b"",
    ] {
        // Data that a reader which ends the image too early would take for text.
        let mut content = b"q BI /W 4 /H 1 /BPC 8 /CS /G /D [0 1] ID ".to_vec();
        content.extend(data);
        content.extend(br" BT /F1 12 Tf 72 500 Td (\\s2\\) Tj ET");
        content.extend(b"\nEI ");
        content.extend(tag.as_bytes());
        let mut doc = plain("");
        doc.stream(11, "", &content);
        let found = pdf::find_tags(&doc.table()).unwrap();
        assert_eq!(found.tags.into_keys().collect::<Vec<_>>(), [1], "{data:?}");
    }
    // The text after it is shorter than what is looked at, or absent.
    for rest in ["\nEI", "\nEI Q", "\nEI\n"] {
        let doc = plain(&format!("{tag} BI ID abc{rest}"));
        assert_eq!(pdf::find_tags(&doc.table()).unwrap().unsearched_page, None);
    }
    let text = plain(&format!("BI ID abc\nEI {tag}"));
    assert!(pdf::find_tag(&text.table(), 1).is_some());
}
