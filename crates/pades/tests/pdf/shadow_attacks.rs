//! Attacks by appended updates: the signed bytes stay the same, the visible content changes (Mainka, Mladenov, Rohlmann: "Shadow Attacks", 2021).

use swisscom_sign_pades::ca::{CaSeed, CertificateAuthority, TrustAnchors};
use swisscom_sign_pades::{self as pades, PostSignatureChanges, Verdict};
use swisscom_sign_pdf as pdf;

use crate::signatures::{authority, now, position, sign};

/// A page whose content refers to a missing object.
fn prepared() -> Vec<u8> {
    let text = "BT /F1 24 Tf 72 760 Td (I owe 1) Tj ET";
    let objects = [
        "<</Type /Catalog /Pages 2 0 R>>".to_owned(),
        "<</Type /Pages /Kids [3 0 R] /Count 1>>".to_owned(),
        "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents [4 0 R 99 0 R]>>".to_owned(),
        format!("<</Length {}>>\nstream\n{text}\nendstream", text.len()),
    ];
    let mut file = b"%PDF-1.4\n".to_vec();
    let objects: Vec<(u32, &str)> = (1..).zip(objects.iter().map(String::as_str)).collect();
    append(&mut file, &objects, None);
    file
}

/// Appends objects with their table, as an update does.
fn append(file: &mut Vec<u8>, objects: &[(u32, &str)], previous: Option<usize>) {
    let mut table = String::new();
    for (number, object) in objects {
        table.push_str(&format!("{number} 1\n{:010} 00000 n \n", file.len()));
        file.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let previous = previous.map(|at| format!("/Prev {at}")).unwrap_or_default();
    close(file, &table, &previous);
}

/// Appends a table and its trailer.
fn close(file: &mut Vec<u8>, table: &str, trailer: &str) {
    let start = file.len();
    file.extend(
        format!(
            "xref\n{table}trailer\n<</Size 200/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n"
        )
        .bytes(),
    );
}

/// Where the newest section of a file begins.
fn last_section(file: &[u8]) -> usize {
    let at = memchr::memmem::rfind(file, b"startxref\n").unwrap() + 10;
    let previous = String::from_utf8_lossy(&file[at..]);
    previous.split_whitespace().next().unwrap().parse().unwrap()
}

fn update(signed: &[u8], objects: &[(u32, &str)]) -> Vec<u8> {
    let mut file = signed.to_vec();
    append(&mut file, objects, Some(last_section(signed)));
    file
}

/// The latest version of an object, as it is written.
fn object(file: &[u8], number: u32) -> String {
    let text = String::from_utf8_lossy(file);
    let (_, rest) = text.rsplit_once(&format!("\n{number} 0 obj\n")).unwrap();
    rest.split_once("\nendobj").unwrap().0.to_owned()
}

/// The number after a key.
fn reference(object: &str, key: &str) -> u32 {
    let (_, rest) = object.split_once(key).unwrap();
    let digits: String = rest.chars().skip_while(|c| !c.is_ascii_digit()).collect();
    digits.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn rejects_appended_content() {
    let ca = authority();
    let signed = sign(&ca, &prepared(), 0, &[position(0)]);
    let page = object(&signed, 3);
    let widget = reference(&page, "/Annots [");
    let form = reference(&object(&signed, 1), "/AcroForm ");
    let value = reference(&object(&signed, widget), "/V ");
    let widgets =
        |more: &str| page.replace(&format!("[{widget} 0 R]"), &format!("[{widget} 0 R {more}]"));
    let fields = object(&signed, form)
        .replace(&format!("[{widget} 0 R]"), &format!("[{widget} 0 R 150 0 R]"));
    let cover = |value: &str| {
        format!(
            "<</Type /Annot /Subtype /Widget /FT /Sig /T (x) /F 4 /P 3 0 R /Rect [0 0 595 842] /AP <</N 151 0 R>>{value}>>"
        )
    };
    let paint = "<</Type /XObject /Subtype /Form /BBox [0 0 595 842] /Length 26>>\nstream\n1 1 1 rg 0 0 595 842 re f\n\nendstream";
    let (listed, inline) = (widgets("150 0 R"), widgets(&cover("")));
    let bogus = cover(" /V <</Type /Sig /ByteRange [0 1 2 999999] /Contents <00>>>");
    let (empty, again) = (cover(""), cover(&format!(" /V {value} 0 R")));
    let cases: [(&str, Vec<(u32, &str)>); 6] = [
        ("an object that was missing", vec![(99, "<</Length 5>>\nstream\nq Q q\n\nendstream")]),
        (
            "a field that nobody signed",
            vec![(3, &listed), (form, &fields), (150, &empty), (151, paint)],
        ),
        ("a field outside the form", vec![(3, &listed), (150, &bogus), (151, paint)]),
        (
            "a field with the old signature",
            vec![(3, &listed), (form, &fields), (150, &again), (151, paint)],
        ),
        ("a field in the page itself", vec![(3, &inline), (151, paint)]),
        (
            "a value that is no signature",
            vec![(3, &listed), (form, &fields), (150, &bogus), (151, paint)],
        ),
    ];
    let trusted = TrustAnchors::from(&ca);
    assert!(pades::verify(&signed, &trusted).unwrap()[0].is_valid());
    for (what, objects) in cases {
        let attacked = update(&signed, &objects);
        // A further signature does not make it valid.
        for bytes in [sign(&ca, &attacked, 1, &[position(2)]), attacked] {
            let reports = pades::verify(&bytes, &trusted).unwrap();
            let [first, ..] = reports.as_slice() else { panic!("{what}") };
            assert!(matches!(first.changes, PostSignatureChanges::Other(_)), "{what}: {first:?}");
            assert_eq!(
                (first.digest, first.verdict()),
                (Verdict::Valid, Verdict::Invalid),
                "{what}"
            );
        }
    }
    for rest in [&b"%"[..], b"\0\0x", b"\n%%EOF\n1"] {
        let reports = pades::verify(&[&signed, rest].concat(), &trusted);
        assert!(reports.is_err() || reports.is_ok_and(|r| r.iter().all(|r| !r.is_valid())));
    }
}

/// Whether the first signature is valid, in the file or after a further signature.
fn passes(ca: &CertificateAuthority, attacked: &[u8]) -> bool {
    let trusted = TrustAnchors::from(ca);
    let is_good = |bytes: &[u8]| {
        pades::verify(bytes, &trusted)
            .is_ok_and(|reports| reports.first().is_some_and(|report| report.is_valid()))
    };
    let again = || {
        pdf::inspect_for_signing(attacked).is_ok().then(|| sign(ca, attacked, 1, &[position(2)]))
    };
    is_good(attacked) || again().is_some_and(|again| is_good(&again))
}

/// References include the generation.
#[test]
fn rejects_an_object_of_another_generation() {
    let ca = authority();
    let file = update(&prepared(), &[(5, "<</Type /Font>>"), (6, "[5 0 R 5 3 R]")]);
    let signed = sign(&ca, &file, 0, &[position(0)]);
    assert!(passes(&ca, &signed));
    let page = object(&signed, 3);
    let widget = reference(&page, "/Annots [");
    for number in [3, 4, 5, widget] {
        let old = object(&signed, number);
        for generation in [1, 3] {
            let mut attacked = signed.clone();
            let at = attacked.len();
            attacked.extend(format!("{number} {generation} obj\n{old}\nendobj\n").bytes());
            let table = format!("{number} 1\n{at:010} {generation:05} n \n");
            close(&mut attacked, &table, &format!("/Prev {}", last_section(&signed)));
            assert!(!passes(&ca, &attacked), "{number} {generation}");
        }
    }
}

/// Otherwise the first signature would not be reported, and the second one is valid.
#[test]
fn reports_a_removed_signature_field() {
    let ca = authority();
    let signed = sign(&ca, &prepared(), 0, &[position(0)]);
    let form = reference(&object(&signed, 1), "/AcroForm ");
    let widget = reference(&object(&signed, 3), "/Annots [");
    let value = reference(&object(&signed, widget), "/V ");
    let none: &[(u32, &str)] = &[(form, "<</Fields []/SigFlags 3>>")];
    let replaced: &[(u32, &str)] = &[(form, "<</Fields []/SigFlags 3>>"), (value, "null")];
    for objects in [none, replaced, &[(widget, "null")]] {
        let attacked = update(&signed, objects);
        for bytes in [sign(&ca, &attacked, 1, &[position(2)]), attacked] {
            let reports = pades::verify(&bytes, &TrustAnchors::from(&ca)).unwrap();
            let expected =
                PostSignatureChanges::Other(vec!["its field was removed from the form".to_owned()]);
            assert!(reports.iter().any(|report| report.changes == expected), "{reports:?}");
        }
    }
}

/// Updates that do not change the document for this reader, but for others.
#[test]
fn rejects_ambiguous_updates() {
    let ca = authority();
    let signed = sign(&ca, &prepared(), 0, &[position(0)]);
    let page = object(&signed, 3);
    let prev = format!("/Prev {}", last_section(&signed));
    let text = "BT /F1 90 Tf 20 400 Td (WWWWWWWW) Tj ET";
    let evil = format!("<</Length {}>>\nstream\n{text}\nendstream", text.len());
    let first = memchr::memmem::find(&signed, b"4 0 obj").unwrap();
    let page = |old: &str, new: &str| (3, page.replace(old, new));
    let hidden = "0 1\n0000000000 65535 f \n".to_owned();
    let twice = |table: &str| format!("4 1\n{first:010} 00000 n \n{table}");
    // Appended objects, changes of the table, and the trailer.
    type Table<'a> = &'a dyn Fn(&str) -> String;
    type Case<'a> = (&'a str, Vec<(u32, String)>, Table<'a>, String);
    let (listed, hidden, twice): (Table<'_>, Table<'_>, Table<'_>) =
        (&str::to_owned, &|_| hidden.clone(), &twice);
    let cases: [Case<'_>; 9] = [
        (
            "a key twice",
            vec![(90, evil.clone()), page("/Contents", "/Contents 90 0 R/Contents")],
            listed,
            prev.clone(),
        ),
        (
            "a key twice, spelt otherwise",
            vec![(90, evil.clone()), page("/Contents", "/Con#74ents 90 0 R/Contents")],
            listed,
            prev.clone(),
        ),
        ("another sign", vec![page(" 842]", " +-842]")], listed, prev.clone()),
        ("another space", vec![page("/Type /Page", "/Type\0/Page")], listed, prev.clone()),
        ("an object beside the table", vec![(4, evil.clone())], hidden, prev.clone()),
        ("two places of an object", vec![(4, evil.clone())], twice, prev.clone()),
        ("a whole real", vec![(4, evil.clone())], hidden, format!("{prev}.0")),
        ("two sections before", vec![(4, evil)], hidden, format!("/Prev 9{prev}")),
        (
            "another title",
            vec![(90, "<</Title (Another)>>".to_owned())],
            listed,
            format!("{prev}/Info 90 0 R"),
        ),
    ];
    for (what, objects, table, trailer) in cases {
        let mut attacked = signed.clone();
        let mut lines = String::new();
        for (number, object) in &objects {
            lines.push_str(&format!("{number} 1\n{:010} 00000 n \n", attacked.len()));
            attacked.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
        }
        close(&mut attacked, &table(&lines), &trailer);
        assert!(!passes(&ca, &attacked), "{what}");
    }
    // White space is harmless.
    assert!(passes(&ca, &[&signed, b"\n \r\n".as_slice()].concat()));
}

/// What this reader takes for the same, in the update of a further signature.
#[test]
fn an_update_with_another_spelling_is_not_our_own() {
    let ca = authority();
    let first = sign(&ca, &prepared(), 0, &[position(0)]);
    let both = sign(&ca, &first, 1, &[position(2)]);
    let verdict =
        |bytes: &[u8]| pades::verify(bytes, &TrustAnchors::from(&ca)).unwrap()[0].verdict();
    assert_eq!(verdict(&both), Verdict::Valid);
    for (old, new) in
        [("/Type /Annot", "/Type\0/Annot"), ("/T <FEFF", "/T <feff"), ("/FT /Sig", "/FT/Sig ")]
    {
        let at = memchr::memmem::find(&both[first.len()..], old.as_bytes()).unwrap() + first.len();
        let mut attacked = both.clone();
        attacked[at..at + old.len()].copy_from_slice(new.as_bytes());
        assert_eq!(verdict(&attacked), Verdict::Indeterminate, "{old}");
    }
}

/// Programs that use the first value of a duplicate key would see a change. Objects that a signature does
/// not need may have such a key.
#[test]
fn rejects_a_changed_object_with_a_duplicate_key() {
    let ca = authority();
    let twice = "<</A 1/A 2>>";
    let signed = sign(&ca, &update(&prepared(), &[(5, twice)]), 0, &[position(0)]);
    assert!(passes(&ca, &signed));
    let attacked = update(&signed, &[(5, "<</A 2>>")]);
    for bytes in [sign(&ca, &attacked, 1, &[position(2)]), attacked] {
        let reports = pades::verify(&bytes, &TrustAnchors::from(&ca)).unwrap();
        let expected = PostSignatureChanges::Other(vec!["object 5 was changed".to_owned()]);
        assert_eq!(reports[0].changes, expected);
    }
}

#[test]
fn rejects_bytes_before_the_header() {
    let ca = authority();
    let signed = sign(&ca, &prepared(), 0, &[position(0)]);
    for before in [&b"\n"[..], b"another text\n", b"%"] {
        let refused = pades::verify(&[before, &signed].concat(), &TrustAnchors::from(&ca));
        assert!(matches!(refused, Err(pdf::PdfError::Damaged(_))), "{refused:?}");
    }
}

/// It does not affect our signature, and is not trusted itself.
#[test]
fn accepts_a_further_signature_by_another_authority() {
    let (ca, other) =
        (authority(), CertificateAuthority::create(&CaSeed::new([9; 32]), now()).unwrap());
    let both = sign(&other, &sign(&ca, &prepared(), 0, &[position(0)]), 1, &[position(2)]);
    let reports = pades::verify(&both, &TrustAnchors::from(&ca)).unwrap();
    assert_eq!(reports[0].changes, PostSignatureChanges::Signatures(1));
    assert_eq!(
        reports.iter().map(pades::SignatureReport::is_valid).collect::<Vec<_>>(),
        [true, false]
    );
}

/// The signed table has an entry for it beyond the end of the file.
#[test]
fn rejects_an_object_that_appears_after_signing() {
    const PLACE: usize = 60_000;
    let ca = authority();
    let mut file = prepared();
    let start = memchr::memmem::rfind(&file, b"xref\n1 1").unwrap();
    let mut objects = file.split_off(start);
    let entry = format!("99 1\n{PLACE:010} 00000 n \ntrailer");
    let at = memchr::memmem::find(&objects, b"trailer").unwrap();
    objects.splice(at..at + 7, entry.bytes());
    file.extend(objects);
    let signed = sign(&ca, &file, 0, &[position(0)]);

    let again = |file: &[u8]| {
        let file = sign(&ca, file, 1, &[position(0)]);
        let reports = pades::verify(&file, &TrustAnchors::from(&ca)).unwrap();
        reports.iter().map(pades::SignatureReport::is_valid).collect::<Vec<_>>()
    };
    assert_eq!(again(&signed), [true, true]);

    let mut forged = signed.clone();
    forged.resize(PLACE, b' ');
    let text = "BT /F1 24 Tf 100 760 Td (000 000) Tj ET";
    let stream = format!("<</Length {}>>\nstream\n{text}\nendstream", text.len());
    forged.extend(format!("99 0 obj\n{stream}\nendobj\n").bytes());
    let at = memchr::memmem::rfind(&signed, b"startxref").unwrap();
    forged.extend(&signed[at..]);
    assert_eq!(again(&forged), [false, true]);
}
