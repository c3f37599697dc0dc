//! PDF files of every kind that the sandbox must cope with, made here byte by
//! byte so that each shape is exactly what its name says.

use std::collections::BTreeMap;
use std::io::Write as _;

use crate::tools::qpdf;

/// An object: its generation and its text, with the data if it is a stream.
type CorpusBody = (u16, String, Option<Vec<u8>>);

/// A document in the making.
#[derive(Clone, Default)]
pub(crate) struct Doc {
    objects: BTreeMap<u32, CorpusBody>,
    trailer: String,
}

impl Doc {
    /// A document whose pages have the given entries (boxes, rotation, ...)
    /// besides the ordinary ones.
    pub(crate) fn with_pages(pages: &[&str]) -> Self {
        let mut doc = Self::default();
        let kids: Vec<String> =
            (0..pages.len()).map(|index| format!("{} 0 R", 10 + 2 * index)).collect();
        doc.set(1, "<</Type/Catalog/Pages 2 0 R>>");
        doc.set(2, &format!("<</Type/Pages/Count {}/Kids[{}]>>", kids.len(), kids.join(" ")));
        doc.set(3, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>");
        for (index, entries) in pages.iter().enumerate() {
            let number = 10 + 2 * u32::try_from(index).unwrap();
            doc.set(
                number,
                &format!(
                    "<</Type/Page/Parent 2 0 R/Contents {} 0 R{entries}\
                     /Resources<</Font<</F1 3 0 R>>>>>>",
                    number + 1
                ),
            );
            let text = format!("BT /F1 18 Tf 72 120 Td (Page {}) Tj ET", index + 1);
            doc.stream(number + 1, "", text.as_bytes());
        }
        doc
    }

    pub(crate) fn set(&mut self, number: u32, text: &str) -> &mut Self {
        self.objects.insert(number, (0, text.to_owned(), None));
        self
    }

    pub(crate) fn stream(&mut self, number: u32, entries: &str, data: &[u8]) -> &mut Self {
        let dict = format!("<<{entries}/Length {}>>", data.len());
        self.objects.insert(number, (0, dict, Some(data.to_vec())));
        self
    }

    pub(crate) fn trailer(&mut self, entries: &str) -> &mut Self {
        self.trailer = entries.to_owned();
        self
    }

    fn size(&self) -> u32 {
        self.objects.keys().max().unwrap() + 1
    }

    fn body(&self, out: &mut Vec<u8>, skip: &[u32]) -> BTreeMap<u32, (u16, usize)> {
        let mut offsets = BTreeMap::new();
        for (number, (generation, text, data)) in &self.objects {
            if skip.contains(number) {
                continue;
            }
            offsets.insert(*number, (*generation, out.len()));
            write!(out, "{number} {generation} obj\n{text}\n").unwrap();
            if let Some(data) = data {
                out.extend(b"stream\n");
                out.extend(data);
                out.extend(b"\nendstream\n");
            }
            out.extend(b"endobj\n");
        }
        offsets
    }

    /// With a cross-reference table.
    pub(crate) fn table(&self) -> Vec<u8> {
        self.table_with(&[], "", 0)
    }

    /// A table that leaves out the objects `hidden`, adds `entries` to the
    /// trailer, and counts offsets from `shift`.
    fn table_with(&self, hidden: &[u32], entries: &str, shift: usize) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let offsets = self.body(&mut out, hidden);
        self.finish_table(out, &offsets, entries, shift)
    }

    fn finish_table(
        &self,
        mut out: Vec<u8>,
        offsets: &BTreeMap<u32, (u16, usize)>,
        entries: &str,
        shift: usize,
    ) -> Vec<u8> {
        let start = out.len() + shift;
        write!(out, "xref\n0 {}\n0000000000 65535 f \n", self.size()).unwrap();
        for number in 1..self.size() {
            match offsets.get(&number) {
                Some((generation, offset)) => {
                    writeln!(out, "{:010} {generation:05} n ", offset + shift).unwrap();
                }
                None => out.extend(b"0000000000 00000 f \n"),
            }
        }
        let (size, trailer) = (self.size(), &self.trailer);
        write!(
            out,
            "trailer\n<</Size {size}/Root 1 0 R{trailer}{entries}>>\nstartxref\n{start}\n%%EOF\n"
        )
        .unwrap();
        out
    }

    /// Objects without data, packed in an object stream.
    fn pack(&self) -> (Vec<u32>, Vec<u8>, usize) {
        let packed: Vec<u32> = self
            .objects
            .iter()
            .filter(|(_, (generation, _, data))| data.is_none() && *generation == 0)
            .map(|(number, _)| *number)
            .collect();
        let (mut index, mut data) = (String::new(), String::new());
        for number in &packed {
            index += &format!("{number} {} ", data.len());
            data += &self.objects[number].1;
            data.push('\n');
        }
        let first = index.len();
        (packed, (index + &data).into_bytes(), first)
    }

    /// With object streams and a cross-reference stream, both compressed.
    pub(crate) fn streams(&self) -> Vec<u8> {
        self.streams_with(0)
    }

    /// The same with offsets that count from `shift`.
    pub(crate) fn streams_with(&self, shift: usize) -> Vec<u8> {
        let (packed, data, first) = self.pack();
        let mut all = self.clone();
        let container = self.size();
        let data = deflate(&data);
        let entries = format!("/Type/ObjStm/N {}/First {first}/Filter/FlateDecode", packed.len());
        all.stream(container, &entries, &data);
        let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let offsets = all.body(&mut out, &packed);
        let start = out.len() + shift;
        let own = container + 1;
        let mut rows = Vec::new();
        for number in 0..=own {
            let (kind, second, third) = match packed.iter().position(|one| *one == number) {
                Some(index) => (2, container, u16::try_from(index).unwrap()),
                None if number == own => (1, u32::try_from(start).unwrap(), 0),
                None => match offsets.get(&number) {
                    Some((generation, offset)) => {
                        (1, u32::try_from(offset + shift).unwrap(), *generation)
                    }
                    None => (0, 0, 0),
                },
            };
            rows.push(kind);
            rows.extend(second.to_be_bytes());
            rows.extend(third.to_be_bytes());
        }
        // The PNG predictor "up", as every producer uses it here.
        let mut predicted = Vec::new();
        let mut above = vec![0; 7];
        for row in rows.chunks(7) {
            predicted.push(2);
            predicted.extend(
                row.iter().zip(&above).map(|(byte, up): (&u8, &u8)| byte.wrapping_sub(*up)),
            );
            above = row.to_vec();
        }
        let data = deflate(&predicted);
        let trailer = &self.trailer;
        write!(
            out,
            "{own} 0 obj\n<</Type/XRef/Size {}/W[1 4 2]/Root 1 0 R{trailer}/Filter/FlateDecode\
             /DecodeParms<</Predictor 12/Columns 7>>/Length {}>>\nstream\n",
            own + 1,
            data.len()
        )
        .unwrap();
        out.extend(data);
        write!(out, "\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").unwrap();
        out
    }

    /// A table for old readers, and a stream for what it hides (hybrid).
    pub(crate) fn hybrid(&self) -> Vec<u8> {
        let hidden = [3];
        let data = format!("3 0 {}", self.objects[&3].1);
        let mut all = self.clone();
        let container = self.size();
        all.stream(container, "/Type/ObjStm/N 1/First 4", data.as_bytes());
        let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let mut offsets = all.body(&mut out, &hidden);
        let own = container + 1;
        let start = out.len();
        offsets.insert(own, (0, start));
        let mut row = vec![2];
        row.extend(container.to_be_bytes());
        row.extend([0, 0]);
        write!(
            out,
            "{own} 0 obj\n<</Type/XRef/Size {}/W[1 4 2]/Index[3 1]/Root 1 0 R/Length 7>>\nstream\n",
            own + 1
        )
        .unwrap();
        out.extend(row);
        out.extend(b"\nendstream\nendobj\n");
        all.set(own, "null");
        all.finish_table(out, &offsets, &format!("/XRefStm {start}"), 0)
    }
}

pub(crate) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut zip = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zip.write_all(data).unwrap();
    zip.finish().unwrap()
}

const A4: &str = "/MediaBox[0 0 595 842]";

/// Files that can be signed, each with its name.
pub(crate) fn good() -> Vec<(&'static str, Vec<u8>)> {
    let plain = Doc::with_pages(&[A4]);
    let three = Doc::with_pages(&[A4, "/MediaBox[0 0 400.5 300.25]/Rotate 90", A4]);
    let form = |catalog: &str, objects: &[(u32, &str)]| {
        let mut doc = Doc::with_pages(&[A4]);
        doc.set(1, &format!("<</Type/Catalog/Pages 2 0 R{catalog}>>"));
        doc.set(
            20,
            "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(x)/Rect[72 500 172 520]/P 10 0 R/F 4>>",
        );
        doc.set(
            10,
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 11 0 R/Annots[20 0 R]\
             /Resources<</Font<</F1 3 0 R>>>>>>",
        );
        for (number, text) in objects {
            doc.set(*number, text);
        }
        doc.table()
    };
    let page = |entries: &str| Doc::with_pages(&[entries]).table();
    let mut files = vec![
        ("table", plain.table()),
        ("streams", plain.streams()),
        ("hybrid", plain.hybrid()),
        ("with-id", plain.clone().trailer("/ID[<0102><0304>]").table()),
        ("three-pages", three.table()),
        ("three-pages-streams", three.streams()),
        ("rotate-90", page("/MediaBox[0 0 595 842]/Rotate 90")),
        ("rotate-180", page("/MediaBox[0 0 595 842]/Rotate 180")),
        ("rotate-270", page("/MediaBox[0 0 595 842]/Rotate 270")),
        ("rotate-minus-90", page("/MediaBox[0 0 595 842]/Rotate -90")),
        ("crop", page("/MediaBox[0 0 595 842]/CropBox[50 60 450 660]")),
        ("crop-rotated", page("/MediaBox[0 0 595 842]/CropBox[50 60 450 660]/Rotate 270")),
        ("crop-beyond", page("/MediaBox[0 0 595 842]/CropBox[-50 -60 900 500]")),
        ("negative-box", page("/MediaBox[-200 -300 300 400]/Rotate 90")),
        ("box-of-whole-reals", page("/MediaBox[0 -.0 595. 842.0]")),
        ("box-backwards", page("/MediaBox[595 842 0 0]")),
        ("form-direct", form("/AcroForm<</Fields[20 0 R]>>", &[])),
        (
            "form-indirect",
            form("/AcroForm 21 0 R", &[(21, "<</Fields[20 0 R]/NeedAppearances false>>")]),
        ),
        // Readers that draw the fields themselves leave out signatures.
        ("need-appearances", form("/AcroForm<</Fields[20 0 R]/NeedAppearances true>>", &[])),
        (
            "need-appearances-indirect",
            form(
                "/AcroForm 21 0 R",
                &[
                    (21, "<</Fields 22 0 R/SigFlags 3/NeedAppearances 23 0 R>>"),
                    (22, "[20 0 R]"),
                    (23, "true"),
                ],
            ),
        ),
        (
            "fields-indirect",
            form("/AcroForm 21 0 R", &[(21, "<</Fields 22 0 R>>"), (22, "[20 0 R]")]),
        ),
        (
            "fields-indirect-of-direct-form",
            form("/AcroForm<</Fields 22 0 R>>", &[(22, "[20 0 R]")]),
        ),
        ("trailing-junk", [plain.table(), b"\r\n\0\0junk after the end".to_vec()].concat()),
        ("no-end-of-line", plain.table().strip_suffix(b"\n").unwrap().to_vec()),
        ("junk-before", [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), plain.table()].concat()),
        ("carriage-returns", carriage_returns(&plain)),
        ("offset-zero-in-use", offset_zero(&plain)),
        ("linearized", qpdf(&["--linearize"], &three.table())),
        ("linearized-streams", qpdf(&["--linearize", "--object-streams=generate"], &three.table())),
        ("streams-by-qpdf", qpdf(&["--object-streams=generate"], &three.table())),
    ];
    let mut indirect = Doc::with_pages(&["/MediaBox 30 0 R/Annots 31 0 R"]);
    indirect.set(30, "[0 0 595 842]").set(31, "[]");
    files.push(("annots-indirect", indirect.table()));

    let mut inherited = Doc::with_pages(&["", "/Rotate 0"]);
    inherited
        .set(2, "<</Type/Pages/Count 2/Kids[4 0 R]/MediaBox[0 0 500 600]/CropBox[0 0 400 600]>>");
    inherited.set(4, "<</Type/Pages/Parent 2 0 R/Count 2/Kids[10 0 R 12 0 R]/Rotate 90>>");
    files.push(("inherited", inherited.table()));

    let mut generation = plain.clone();
    generation.objects.get_mut(&10).unwrap().0 = 3;
    generation.set(2, "<</Type/Pages/Count 1/Kids[10 3 R]>>");
    files.push(("generation-3", generation.table()));

    // As some programs write links; the last signature is on another page than the first.
    let link = "<</Type/Annot/Subtype/Link/Rect[9 9 99 99]/Border[0 0 0]>>";
    let links = format!("{A4}/Annots[{link}null {link}]");
    files.push(("annots-direct", Doc::with_pages(&[&links, A4, &links]).table()));
    let mut shared = Doc::with_pages(&["/MediaBox[0 0 595 842]/Annots 30 0 R"]);
    shared.set(30, &format!("[{link} 31 0 R]")).set(31, link);
    files.push(("annots-indirect-of-direct", shared.streams()));

    // What is referred to and not there stands for null; the number is the one that comes next.
    files.push(("encryption-missing", plain.clone().trailer("/Encrypt 12 0 R").table()));

    // Malformed, but not in an object that a signature needs.
    files.push(("previous-zero", plain.clone().trailer("/Prev 0").table()));
    files.push(("previous-zero-real", plain.clone().trailer("/Prev 0.0").table()));
    let mut elsewhere = plain.clone();
    elsewhere.set(1, "<</Type/Catalog/Pages 2 0 R/OutputIntents[5 0 R]>>");
    elsewhere.set(5, "<</Type/OutputIntent/S/GTS_PDFA1/OutputCondition(a)/OutputCondition()>>");
    elsewhere.set(6, "<</Type/FontDescriptor/FontName/Foo/ItalicAngle --12/StemV -/Ascent 7-0>>");
    files.push(("malformed-elsewhere", elsewhere.table()));
    files.push(("malformed-elsewhere-streams", elsewhere.streams()));
    let mut resources = Doc::with_pages(&[""]);
    resources.set(2, "<</Type/Pages/Count 1/Kids[10 0 R]/MediaBox[0 0 595 842]>>");
    resources.set(10, "<</Type/Page/Parent 2 0 R/Contents 11 0 R/Resources 5 0 R>>");
    resources.set(5, "<</Font<</F1 3 0 R>>/ProcSet[/PDF]/ProcSet[/PDF/Text]>>");
    files.push(("malformed-resources", resources.table()));
    let mut twice = plain.clone();
    twice.set(2, "<</Type/Pages/Count 3/Kids[10 0 R 4 0 R 10 0 R]>>");
    twice.set(4, "<</Type/Pages/Parent 2 0 R/Count 1/Kids[10 0 R]>>");
    files.push(("page-repeated", twice.table()));
    files
        .push(("text-behind", [plain.table(), b"\nThis obj was sent by mail\n".to_vec()].concat()));

    let many: Vec<&str> = std::iter::repeat_n(A4, 300).collect();
    files.push(("many-pages", Doc::with_pages(&many).streams()));
    files
}

/// Line ends as old Macintosh programs write them.
fn carriage_returns(doc: &Doc) -> Vec<u8> {
    doc.table().iter().map(|&byte| if byte == b'\n' { b'\r' } else { byte }).collect()
}

/// An unused object that is entered as in use at offset 0, as the contract's
/// own sample files have it.
fn offset_zero(doc: &Doc) -> Vec<u8> {
    let text = doc.table();
    let needle = b"0000000000 00000 f \n";
    let at = text.windows(needle.len()).position(|part| part == needle).unwrap();
    let mut bytes = text;
    bytes[at + 17] = b'n';
    bytes
}

/// A file in which the first `old` has become `new`, which is as long.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = memchr::memmem::find(bytes, old).unwrap();
    let mut bytes = bytes.to_vec();
    bytes[at..at + old.len()].copy_from_slice(new);
    bytes
}

/// A file of the same objects that says to have room for `size` of them.
#[allow(dead_code, reason = "the fuzz targets have no use for it")]
pub(crate) fn sized(bytes: &[u8], size: u32) -> Vec<u8> {
    let at = memchr::memmem::rfind(bytes, b"/Size ").unwrap() + 6;
    let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    [&bytes[..at], size.to_string().as_bytes(), &bytes[at + digits..]].concat()
}

/// Line ends as a transfer in text mode leaves them; all offsets are wrong.
fn line_ends_converted(bytes: &[u8]) -> Vec<u8> {
    let convert = |&byte: &u8| if byte == b'\n' { vec![b'\r', byte] } else { vec![byte] };
    bytes.iter().flat_map(convert).collect()
}

/// An update that says by a real where the section before it is.
fn real_previous(doc: &Doc) -> Vec<u8> {
    let mut bytes = doc.table();
    let previous = memchr::memmem::rfind(&bytes, b"xref\n0").unwrap();
    let start = bytes.len();
    write!(
        bytes,
        "xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 20/Root 1 0 R/Prev {previous}.0>>\n\
         startxref\n{start}\n%%EOF\n"
    )
    .unwrap();
    bytes
}

/// A table that has two places for the content of the page.
fn object_twice(doc: &Doc) -> Vec<u8> {
    let bytes = doc.table();
    let (head, tail) = bytes.split_at(memchr::memmem::rfind(&bytes, b"trailer").unwrap());
    [head, b"11 1\n0000000009 00000 n \n", tail].concat()
}

/// Files that must be refused, each with its name and the beginning of the
/// refusal's sentence.
pub(crate) fn bad() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let plain = Doc::with_pages(&[A4]);
    let table = plain.table();
    let truncated = |part: usize| table[..table.len() * part / 100].to_vec();
    let certified = |entries: &str| {
        let mut doc = Doc::with_pages(&[A4]);
        doc.set(1, &format!("<</Type/Catalog/Pages 2 0 R{entries}>>"));
        doc.set(5, "<</Type/Sig/Filter/Adobe.PPKLite/Reference[6 0 R]>>");
        doc.set(6, "<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</P 2>>>>");
        doc.set(7, "<</FT/Sig/T(author)/V 5 0 R>>");
        doc.table()
    };
    let mut locked = Doc::with_pages(&[A4]);
    locked.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[7 0 R]>>>>");
    locked.set(5, "<</Type/Sig/Filter/Adobe.PPKLite/Reference[6 0 R]>>");
    locked.set(6, "<</Type/SigRef/TransformMethod/FieldMDP/TransformParams<</Action/All>>>>");
    locked.set(7, "<</FT/Sig/T(first)/V 5 0 R>>");
    let mut circle = Doc::with_pages(&[A4]);
    circle.set(2, "<</Type/Pages/Count 1/Kids[2 0 R]>>");
    let mut no_page = Doc::with_pages(&[A4]);
    no_page.set(2, "<</Type/Pages/Count 0/Kids[]>>");
    let mut kid = Doc::with_pages(&[A4]);
    kid.set(2, "<</Type/Pages/Count 1/Kids[99 0 R]>>");
    // One object in two of the places that a signature changes.
    let with_catalog = |catalog: &str| Doc::with_pages(&[A4]).set(1, catalog).table();
    let mut form_stream = Doc::with_pages(&[A4]);
    form_stream.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R>>");
    form_stream.stream(5, "/Fields[]", b"");
    let mut endless = Doc::with_pages(&[A4]);
    endless.set(5, "(an open bracket");
    let loops = {
        let start = memchr::memmem::rfind(&table, b"xref\n0").unwrap();
        let mut doc = plain.clone();
        doc.trailer(&format!("/Prev {start}"));
        doc.table()
    };
    let rc4 = &["--allow-weak-crypto", "--encrypt", "u", "o", "128", "--use-aes=n", "--"];
    let mut certified_without_changes = Doc::with_pages(&[A4]);
    certified_without_changes.set(1, "<</Type/Catalog/Pages 2 0 R/Perms<</DocMDP 5 0 R>>>>");
    certified_without_changes.set(5, "<</Type/Sig/Reference[6 0 R]>>");
    certified_without_changes
        .set(6, "<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</P 1>>>>");
    vec![
        ("empty", Vec::new(), "The file is not a PDF"),
        ("text", b"Hello, this is not it.".to_vec(), "The file is not a PDF"),
        ("header-only", b"%PDF-1.7\n".to_vec(), "The PDF is damaged"),
        ("cut-at-30", truncated(30), "The PDF is damaged"),
        ("cut-at-90", truncated(90), "The PDF is damaged"),
        (
            "cut-linearized",
            {
                let bytes = qpdf(&["--linearize"], &table);
                bytes[..bytes.len() * 3 / 4].to_vec()
            },
            "The PDF is damaged",
        ),
        ("aes", qpdf(&["--encrypt", "", "owner", "256", "--"], &table), "The PDF is encrypted"),
        ("rc4", qpdf(rc4, &table), "The PDF is encrypted"),
        (
            "certified",
            certified("/Perms<</DocMDP 5 0 R>>"),
            "The PDF is certified: the author permits signatures in the existing signature fields only",
        ),
        (
            "certified-without-changes",
            certified_without_changes.table(),
            "The PDF is certified: the author permits no changes",
        ),
        (
            "certified-by-reference",
            certified("/AcroForm<</Fields[7 0 R]>>"),
            "The PDF is certified: the author permits signatures in the existing signature fields only",
        ),
        ("locked", locked.table(), "The PDF is locked"),
        ("page-tree-circle", circle.table(), "The PDF is damaged"),
        ("no-page", no_page.table(), "The PDF is damaged"),
        ("missing-page", kid.table(), "The PDF is damaged"),
        ("catalog-is-page", with_catalog("<</Pages 1 0 R>>"), "The PDF is damaged"),
        (
            "catalog-is-form",
            with_catalog("<</Type/Catalog/Pages 2 0 R/AcroForm 1 0 R>>"),
            "The PDF is damaged",
        ),
        (
            "page-is-form",
            with_catalog("<</Type/Catalog/Pages 2 0 R/AcroForm 10 0 R>>"),
            "The PDF is damaged",
        ),
        ("form-is-stream", form_stream.table(), "The PDF is damaged"),
        ("endless-string", endless.table(), "The PDF is damaged"),
        ("endless-stream", replaced(&table, b"endstream", b"endstrexm"), "The PDF is damaged"),
        ("table-circle", loops, "The PDF is damaged"),
        ("no-size", replaced(&table, b"/Size", b"/Sice"), "The PDF is damaged"),
        // What one program takes for this, and another one for that.
        (
            "key-twice",
            Doc::with_pages(&["/MediaBox[0 0 595 842]/Media#42ox[0 0 300 300]"]).table(),
            "The PDF is damaged",
        ),
        ("two-signs", Doc::with_pages(&["/MediaBox[0 0 595 +-842]"]).table(), "The PDF is damaged"),
        (
            "form-key-twice",
            with_catalog("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/Fields[10 0 R]>>>>"),
            "The PDF is damaged",
        ),
        (
            "annotations-with-two-signs",
            Doc::with_pages(&["/MediaBox[0 0 595 842]/Annots 5 0 R"]).set(5, "[null --1]").table(),
            "The PDF is damaged",
        ),
        ("line-ends-converted", line_ends_converted(&table), "The PDF is damaged"),
        (
            "object-behind",
            [&table[..], b"\n12 0 obj\n<<>>\nendobj\n"].concat(),
            "The PDF is damaged",
        ),
        ("two-roots", plain.clone().trailer("/Root 2 0 R").table(), "The PDF is damaged"),
        ("real-size", plain.clone().trailer("/Size 99.0").table(), "The PDF is damaged"),
        ("real-previous", real_previous(&plain), "The PDF is damaged"),
        ("object-twice-in-table", object_twice(&plain), "The PDF is damaged"),
    ]
}
