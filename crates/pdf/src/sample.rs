//! A small PDF for demonstrations and tests.

use super::read::{PdfDict, PdfObject};

/// A page of a [`sample`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SamplePage<'a> {
    /// Large text at the top.
    pub heading: &'a str,
    /// Lines of text below the heading. A signature tag such as `\s1\` is part of a line.
    pub lines: &'a [&'a str],
}

/// A4, in points.
const WIDTH: i64 = 595;
const HEIGHT: i64 = 842;
const MARGIN: i64 = 72;
const HEADING: i64 = 20;
const TEXT: i64 = 11;
const LEADING: i64 = 18;

/// Writes a PDF 1.7 with one A4 page for each of `pages`, set in Helvetica.
/// Characters outside of Latin-1 appear as `?`. Lines that do not fit are omitted.
#[must_use]
pub fn sample(pages: &[SamplePage<'_>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut offsets = Vec::new();
    let first_page = 5_u32;
    let page_number =
        |index: usize| first_page.saturating_add(u32::try_from(index).unwrap_or(0) * 2);
    let kids: Vec<PdfObject> =
        (0..pages.len()).map(|index| PdfObject::Ref((page_number(index), 0))).collect();
    let fixed = [
        PdfDict::default().with("Type", PdfObject::name_from_str("Catalog")).with("Pages", (2, 0)),
        PdfDict::default()
            .with("Type", PdfObject::name_from_str("Pages"))
            .with("Count", kids.len())
            .with("Kids", kids)
            .with("MediaBox", [0, 0, WIDTH, HEIGHT].map(PdfObject::Int).to_vec()),
        font("Helvetica"),
        font("Helvetica-Bold"),
    ];
    for dict in fixed {
        write(&mut out, &mut offsets, dict, None);
    }
    for (index, page) in pages.iter().enumerate() {
        let fonts = PdfDict::default().with("F1", (3, 0)).with("F2", (4, 0));
        let dict = PdfDict::default()
            .with("Type", PdfObject::name_from_str("Page"))
            .with("Parent", (2, 0))
            .with("Resources", PdfDict::default().with("Font", fonts))
            .with("Contents", (page_number(index) + 1, 0));
        write(&mut out, &mut offsets, dict, None);
        let text = content(page);
        write(&mut out, &mut offsets, PdfDict::default().with("Length", text.len()), Some(&text));
    }
    let start = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).bytes());
    for offset in &offsets {
        out.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    out.extend(b"trailer\n");
    PdfDict::default().with("Size", offsets.len() + 1).with("Root", (1, 0)).write(&mut out);
    out.extend(format!("\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}

fn font(name: &str) -> PdfDict {
    PdfDict::default()
        .with("Type", PdfObject::name_from_str("Font"))
        .with("Subtype", PdfObject::name_from_str("Type1"))
        .with("BaseFont", PdfObject::name_from_str(name))
        .with("Encoding", PdfObject::name_from_str("WinAnsiEncoding"))
}

fn write(out: &mut Vec<u8>, offsets: &mut Vec<usize>, dict: PdfDict, data: Option<&[u8]>) {
    offsets.push(out.len());
    out.extend(format!("{} 0 obj\n", offsets.len()).bytes());
    dict.write(out);
    if let Some(data) = data {
        out.extend(b"\nstream\n");
        out.extend(data);
        out.extend(b"\nendstream");
    }
    out.extend(b"\nendobj\n");
}

fn content(page: &SamplePage<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut baseline = HEIGHT - MARGIN - HEADING;
    let mut line = |font: &str, size: i64, text: &str, advance: i64| {
        if baseline < MARGIN {
            return;
        }
        out.extend(format!("BT /{font} {size} Tf {MARGIN} {baseline} Td ").bytes());
        let latin = |char: char| u8::try_from(u32::from(char)).unwrap_or(b'?');
        PdfObject::String(text.chars().map(latin).collect()).write(&mut out);
        out.extend(b" Tj ET\n");
        baseline -= advance;
    };
    line("F2", HEADING, page.heading, LEADING * 2);
    for text in page.lines {
        line("F1", TEXT, text, LEADING);
    }
    out
}
