//! Files that are small and would cost a naive reader gigabytes or minutes.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::corpus::Doc;

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut zip = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zip.write_all(data).unwrap();
    zip.finish().unwrap()
}

/// Files with their names.
pub(crate) type Bombs = Vec<(&'static str, Vec<u8>)>;

/// All of them.
#[allow(dead_code, reason = "the tests of the reader use the groups, in parallel")]
pub(crate) fn bombs() -> Bombs {
    [of_content(), of_structure(), of_sharing()].concat()
}

/// Large streams, and objects that contain or repeat each other.
pub(crate) fn of_content() -> Bombs {
    let start = || Doc::with_pages(&["/MediaBox[0 0 595 842]"]);
    let zeros = deflate(&vec![b' '; 70 << 20]);

    let mut content = start();
    content.stream(11, "/Filter/FlateDecode", &zeros);

    let mut nested = start();
    nested.stream(11, "/Filter[/FlateDecode/FlateDecode]", &deflate(&zeros));

    let mut many = start();
    let parts: String = (100..160).map(|number| format!("{number} 0 R ")).collect();
    many.set(10, &format!("<</Type/Page/Parent 2 0 R/Contents[{}]>>", parts.repeat(20)));
    let blanks = deflate(&vec![b' '; 8 << 20]);
    for number in 100..160 {
        many.stream(number, "/Filter/FlateDecode", &blanks);
    }

    // Each form draws the next one ten times.
    let mut forms = start();
    forms.stream(11, "", b"/X Do");
    forms
        .set(10, "<</Type/Page/Parent 2 0 R/Contents 11 0 R/Resources<</XObject<</X 100 0 R>>>>>>");
    for number in 100..115 {
        let entries = format!(
            "/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</X {} 0 R>>>>",
            number + 1
        );
        forms.stream(number, &entries, "/X Do ".repeat(10).as_bytes());
    }
    let mut itself = start();
    itself.stream(11, "", b"/X Do");
    itself
        .set(10, "<</Type/Page/Parent 2 0 R/Contents 11 0 R/Resources<</XObject<</X 100 0 R>>>>>>");
    itself.stream(
        100,
        "/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</X 100 0 R>>>>",
        b"/X Do /X Do",
    );

    // A page tree that branches to the same nodes.
    let mut tree = start();
    for number in 20..60 {
        tree.set(number, &format!("<</Type/Pages/Kids[{0} 0 R {0} 0 R]>>", number + 1));
    }
    tree.set(60, "<</Type/Page>>").set(2, "<</Type/Pages/Kids[20 0 R 20 0 R]>>");

    let mut deep = start();
    deep.set(20, &format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    deep.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 20 0 R>>");

    let mut length = start();
    length.stream(11, "", b"x");
    length.set(10, "<</Type/Page/Parent 2 0 R/Contents 20 0 R>>");
    length.set(20, "<</Length 20 0 R>>\nstream\nx\nendstream");

    let mut references = start();
    references.set(1, "<</Type/Catalog/Pages 20 0 R>>").set(20, "21 0 R").set(21, "20 0 R");

    let mut fields = start();
    fields.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[20 0 R 20 0 R]>>>>");
    fields.set(20, "<</T(a)/Kids[20 0 R 21 0 R]>>").set(21, "<</T(b)/Kids[20 0 R]>>");

    // A million entries that all point to one large object.
    let mut table = b"%PDF-1.7\n1 0 obj\n[".to_vec();
    table.extend("0 ".repeat(600_000).bytes());
    table.extend(b"]\nendobj\n");
    let at = table.len();
    let mut text = String::from("xref\n0 200000\n");
    for _ in 0..200_000 {
        text.push_str("0000000009 00000 n \n");
    }
    let _ = write!(text, "trailer\n<</Size 200000/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n");
    table.extend(text.bytes());

    let mut huge_table = b"%PDF-1.7\n".to_vec();
    let at = huge_table.len();
    huge_table.extend(format!("xref\n0 99999999999\n0000000000 65535 f \ntrailer\n<</Root 1 0 R>>\nstartxref\n{at}\n%%EOF").bytes());

    let rows = deflate(&vec![1; 66 << 20]);
    let mut stream_table = b"%PDF-1.7\n".to_vec();
    let at = stream_table.len();
    stream_table.extend(format!("1 0 obj\n<</Type/XRef/Size 8000000/W[1 4 2]/Root 1 0 R/Filter/FlateDecode/Length {}>>\nstream\n", rows.len()).bytes());
    stream_table.extend(rows);
    stream_table.extend(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF").bytes());

    let mut fonts = start();
    let big: String = (0..20_000).map(|number| format!("/K{number} {number}")).collect();
    fonts.set(10, &format!("<</Type/Page/Parent 2 0 R/Contents 11 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>{big}>>>>>>"));
    fonts.stream(
        11,
        "/Filter/FlateDecode",
        &deflate("BT /F1 9 Tf (a) Tj ET ".repeat(200_000).as_bytes()),
    );

    let mut slashes = start();
    slashes.stream(
        11,
        "/Filter/FlateDecode",
        &deflate(format!("BT /F1 9 Tf {} ET", r"(\\ss\\) Tj 0 0 Td ".repeat(200_000)).as_bytes()),
    );

    // Each of them takes a few bytes here, and more in memory.
    let mut tiny = start();
    let entries = "<</A 1>>".repeat(300_000);
    tiny.set(1, &format!("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[{entries}]>>>>"));

    let docs = [
        ("tiny", tiny),
        ("content", content),
        ("nested", nested),
        ("many", many),
        ("forms", forms),
        ("itself", itself),
        ("tree", tree),
        ("deep", deep),
        ("length", length),
        ("references", references),
        ("fields", fields),
        ("fonts", fonts),
        ("slashes", slashes),
    ];
    let mut bombs: Vec<(&str, Vec<u8>)> =
        docs.into_iter().map(|(name, doc)| (name, doc.table())).collect();
    bombs.extend([("table", table), ("huge-table", huge_table), ("stream-table", stream_table)]);
    bombs
}

/// A file whose cross-reference stream has `rows` for the objects from 10 on, each two bytes for the
/// second field and two for the third. `objects` follow one another from 1 on.
fn cross_referenced(objects: &[Vec<u8>], rows: &[(u8, u16, u16)]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = vec![0; 5];
    let push = |table: &mut Vec<u8>, (kind, second, third): (u8, u16, u16)| {
        table.push(kind);
        table.extend(second.to_be_bytes());
        table.extend(third.to_be_bytes());
    };
    for (index, object) in objects.iter().enumerate() {
        push(&mut table, (1, u16::try_from(out.len()).unwrap(), 0));
        writeln!(out, "{} 0 obj", index + 1).unwrap();
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let head = objects.len() + 1;
    rows.iter().for_each(|row| push(&mut table, *row));
    let (start, table) = (out.len(), deflate(&table));
    let size = 10 + rows.len();
    let entries = format!("/Size {size}/Root 1 0 R/W[1 2 2]/Index[0 {head} 10 {}]", rows.len());
    out.extend(
        format!(
            "9 0 obj\n<</Type/XRef{entries}/Filter/FlateDecode/Length {}>>\nstream\n",
            table.len()
        )
        .bytes(),
    );
    out.extend(table);
    write!(out, "\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").unwrap();
    out
}

/// Objects 1 to 3: a document of one page.
fn page() -> Vec<Vec<u8>> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
    ];
    objects.map(|object| object.as_bytes().to_vec()).to_vec()
}

/// An object stream of `count` objects; its numbers and offsets are `index`.
fn object_stream(count: usize, index: &str, data: &str) -> Vec<u8> {
    let first = index.len();
    let data = deflate(format!("{index}{data}").as_bytes());
    let entries = format!("/Type/ObjStm/N {count}/First {first}/Filter/FlateDecode");
    let mut out = format!("<<{entries}/Length {}>>\nstream\n", data.len()).into_bytes();
    out.extend(data);
    out.extend(b"\nendstream");
    out
}

/// Many entries that lead to the same bytes, and nothing is there.
pub(crate) fn of_structure() -> Bombs {
    let count = 200_000;
    let blanks = " ".repeat(1 << 20);
    let entries = vec![(2, 4, u16::MAX); count];

    // Each entry has a wrong index, so that its number is looked for.
    let mut index = page();
    index.push(object_stream(count, &"9 0 ".repeat(count), "null"));

    // A number may be followed by another one, and that after many blanks.
    let mut ahead = page();
    let numbers: String = (10..10 + count).map(|number| format!("{number} 0 ")).collect();
    ahead.push(object_stream(count, &numbers, &format!("1{blanks}x")));

    // Where an object should be there are blanks, and then something else.
    let mut header = page();
    header.push(b"null".to_vec());
    let hole = cross_referenced(&header, &[]).windows(4).position(|word| word == b"null").unwrap();
    header[3] = format!("{}x", &blanks[..200_000]).into_bytes();
    let header = cross_referenced(&header, &vec![(1, u16::try_from(hole).unwrap(), 0); count]);

    // Each object goes on with a comment, in which the next ones are.
    let comment = chain(5000, |number| format!("{number} 0 obj<<>>%"), &"x".repeat(1 << 20));
    // The same with streams whose told end is in the blanks, and without an end.
    let ends = |number: u32| format!("{number} 0 obj<</Length 300000>>stream\n");
    let told = chain(5000, ends, &format!("{blanks}endstream"));
    let lost = chain(5000, |number| format!("{number} 0 obj<<>>stream\n"), &blanks);

    // Each section has a string, in which the next ones are.
    let mut sections = b"%PDF-1.7\n".to_vec();
    for _ in 0..4000 {
        // All are equally long, so that each knows where the next one is.
        let section = |next: usize| format!("xref\ntrailer<</Root 1 0 R/Prev {next:08}/A(\n");
        let next = sections.len() + section(0).len();
        sections.extend(section(next).bytes());
    }
    sections.extend(blanks.bytes());
    sections.extend(")>>".repeat(4000).bytes());
    sections.extend(b"\nstartxref\n9\n%%EOF");

    // Each section inflates to much, of which the last filter leaves nothing.
    let nothing = deflate(&deflate(&vec![128; 8 << 20]));
    let mut inflated = b"%PDF-1.7\n".to_vec();
    let mut previous = String::new();
    let mut start = 0;
    for _ in 0..4000 {
        start = inflated.len();
        let entries = "/Type/XRef/Size 9/W[1 1 1]/Root 1 0 R/Filter[/FlateDecode/FlateDecode/RunLengthDecode]";
        let length = nothing.len();
        inflated.extend(format!("1 0 obj<<{entries}{previous}/Length {length}>>stream\n").bytes());
        inflated.extend(&nothing);
        inflated.extend(b"\nendstream endobj\n");
        previous = format!("/Prev {start}");
    }
    write!(inflated, "startxref\n{start}\n%%EOF").unwrap();

    vec![
        ("index", cross_referenced(&index, &entries)),
        ("ahead", cross_referenced(&ahead, &entries)),
        ("header", header),
        ("comment", comment),
        ("told", told),
        ("lost", lost),
        ("sections", sections),
        ("inflated", inflated),
    ]
}

/// A table of `count` objects that stand one after the other, and what follows them all.
fn chain(count: u32, object: impl Fn(u32) -> String, end: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut rows = String::new();
    for (number, object) in (1..).zip(page()) {
        let _ = writeln!(rows, "{:010} 00000 n ", out.len());
        writeln!(out, "{number} 0 obj").unwrap();
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    for number in 4..4 + count {
        let _ = writeln!(rows, "{:010} 00000 n ", out.len());
        out.extend(object(number).bytes());
    }
    out.extend(end.bytes());
    let (start, size) = (out.len() + 1, count + 4);
    write!(out, "\nxref\n0 {size}\n0000000000 65535 f \n{rows}trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").unwrap();
    out
}

/// Something large that many things share.
pub(crate) fn of_sharing() -> Bombs {
    let start = || Doc::with_pages(&["/MediaBox[0 0 595 842]"]);
    let list = |item: &str, count: usize| format!("[{}]", item.repeat(count));
    let zeros = list("0 ", 400_000);

    let pages = |entries: &str| {
        let mut doc = start();
        let numbers = 1000..5000;
        let kids: String = numbers.clone().map(|number| format!("{number} 0 R ")).collect();
        doc.set(2, &format!("<</Type/Pages/Kids[{kids}]{entries}>>")).set(20, &zeros);
        for number in numbers {
            doc.set(number, "<</Type/Page/Annots 20 0 R/Contents 20 0 R>>");
        }
        doc
    };
    let form = |fields: &str| {
        let mut doc = start();
        doc.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields 20 0 R>>>>").set(20, fields);
        doc
    };
    let mut names = form(&list("<</T 21 0 R/FT/Sig/V 22 0 R>>", 20_000));
    names.set(21, &format!("({})", "a".repeat(1 << 20))).set(22, "<</A 1>>");
    let kids = form("[<</Kids 20 0 R>><</Kids 20 0 R>>]");
    let mut signatures = form(&list("<</FT/Sig/V<</Reference 21 0 R>>>>", 20_000));
    signatures.set(21, &zeros);

    // Content that does the same many times, with something that is part of the resources.
    let content = |resources: &str, operators: &str| {
        let mut doc = start();
        doc.set(
            10,
            &format!("<</Type/Page/Parent 2 0 R/Contents 11 0 R/Resources<<{resources}>>>>"),
        );
        doc.stream(11, "/Filter/FlateDecode", &deflate(operators.as_bytes()));
        doc
    };
    let uses = "/F1 9 Tf ".repeat(10_000);
    let mut differences =
        content("/Font<</F1<</Subtype/Type1/Encoding<</Differences 20 0 R>>>>>>", &uses);
    differences.set(20, &zeros);
    let mut long_names = content(
        "/Font<</F1<</Subtype/Type1/BaseFont 21 0 R/Encoding<</Differences 20 0 R>>>>>>",
        &uses,
    );
    long_names.set(20, &list("21 0 R ", 10_000)).set(21, &format!("/{}", "a".repeat(1 << 20)));
    let mut simple = content("/Font<</F1<</Subtype/Type1/Widths 20 0 R>>>>", &uses);
    simple.set(20, &zeros);
    let composite = |entries: &str| {
        content(&format!("/Font<</F1<</Subtype/Type0/DescendantFonts[<<{entries}>>]>>>>"), &uses)
    };
    let mut widths = composite("/W 20 0 R");
    widths.set(20, &zeros);
    let mut lists = composite("/W[0 20 0 R]");
    lists.set(20, &zeros);
    let copied = composite(&format!("/X{zeros}"));
    let objects = content(&format!("/XObject<</X{zeros}>>"), &"/X Do ".repeat(10_000));

    let shown = |map: &str, text: &str| {
        let font = "/Font<</F1<</Subtype/Type0/Encoding 20 0 R/ToUnicode 20 0 R>>>>";
        let mut doc = content(font, &format!("BT /F1 9 Tf ({text}) Tj ET"));
        doc.stream(20, "/Filter/FlateDecode", &deflate(map.as_bytes()));
        doc
    };
    let spaces = format!("{} endcodespacerange", "<01010101><01010101> ".repeat(100_000));
    let spaces = shown(&spaces, &"a".repeat(200_000));
    let texts =
        shown(&format!("<6161> <{}> endbfchar", "0061".repeat(100_000)), &"a".repeat(40_000));

    let mut annotations = start();
    let big: String = (0..40_000).map(|number| format!("/K{number} 0")).collect();
    annotations.set(20, &format!("<<{big}>>")).set(21, &list("<</AP 20 0 R>>", 40_000));
    annotations.set(10, "<</Type/Page/Parent 2 0 R/Annots 21 0 R>>");

    let parts = |entries: &str, data: &[u8]| {
        let mut doc = start();
        doc.set(10, "<</Type/Page/Parent 2 0 R/Contents 20 0 R>>");
        doc.set(20, &list("11 0 R ", 60_000)).stream(11, entries, data);
        doc
    };
    let parameters = parts(&format!("/Filter/RunLengthDecode/DecodeParms<<{big}>>"), &[128]);
    let mut values = parts("/Filter/RunLengthDecode/DecodeParms<</A 21 0 R>>", &[128]);
    values.set(21, &format!("({})", "a".repeat(4 << 20)));

    let docs = [
        ("boxes", pages("/MediaBox 20 0 R")),
        ("names", names),
        ("kids", kids),
        ("signatures", signatures),
        ("differences", differences),
        ("long-names", long_names),
        ("simple", simple),
        ("widths", widths),
        ("lists", lists),
        ("copied", copied),
        ("objects", objects),
        ("spaces", spaces),
        ("texts", texts),
        ("annotations", annotations),
        ("parameters", parameters),
        ("values", values),
    ];
    docs.into_iter().map(|(name, doc)| (name, doc.streams())).collect()
}
