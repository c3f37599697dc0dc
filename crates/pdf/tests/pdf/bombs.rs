//! Files that are small and would cost a naive reader gigabytes or minutes.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::corpus::Doc;

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut zip = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zip.write_all(data).unwrap();
    zip.finish().unwrap()
}

/// All of them, by name.
pub(crate) fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let start = || Doc::with_pages(&["/MediaBox[0 0 595 842]"]);
    let zeros = deflate(&vec![b' '; 70 << 20]);

    let mut content = start();
    content.stream(11, "/Filter/FlateDecode", &zeros);

    let mut nested = start();
    nested.stream(11, "/Filter[/FlateDecode/FlateDecode]", &deflate(&zeros));

    let mut many = start();
    let parts: String = (100..160).map(|number| format!("{number} 0 R ")).collect();
    many.set(10, &format!("<</Type/Page/Parent 2 0 R/Contents[{}]>>", parts.repeat(20)));
    for number in 100..160 {
        many.stream(number, "/Filter/FlateDecode", &deflate(&vec![b' '; 8 << 20]));
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
