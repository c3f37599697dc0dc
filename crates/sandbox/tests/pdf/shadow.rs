//! Attacks by what is appended to a signed file: the signed bytes stay as they are, what a person
//! sees does not (Mainka, Mladenov, Rohlmann: "Shadow Attacks", 2021).

use swisscom_sign_sandbox::ca::{CertificateAuthority, Entropy, TrustAnchor};
use swisscom_sign_sandbox::pdf::{self, Changes};

use crate::signatures::{authority, now, position, sign};

/// A page whose content refers to an object that is not there.
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
    let start = file.len();
    let previous = previous.map(|at| format!("/Prev {at}")).unwrap_or_default();
    file.extend(
        format!(
            "xref\n{table}trailer\n<</Size 200/Root 1 0 R{previous}>>\nstartxref\n{start}\n%%EOF\n"
        )
        .bytes(),
    );
}

fn update(signed: &[u8], objects: &[(u32, &str)]) -> Vec<u8> {
    let mut file = signed.to_vec();
    let at = memchr::memmem::rfind(signed, b"startxref\n").unwrap() + 10;
    let previous = String::from_utf8_lossy(&signed[at..]);
    let previous = previous.split_whitespace().next().unwrap().parse().unwrap();
    append(&mut file, objects, Some(previous));
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
fn what_is_appended_does_not_pass() {
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
    let trusted = TrustAnchor::from(&ca);
    assert!(pdf::verify(&signed, &trusted).unwrap()[0].is_valid());
    for (what, objects) in cases {
        let attacked = update(&signed, &objects);
        // Whoever signs on top of it does not make it good.
        for bytes in [sign(&ca, &attacked, 1, &[position(2)]), attacked] {
            let reports = pdf::verify(&bytes, &trusted).unwrap();
            let [first, ..] = reports.as_slice() else { panic!("{what}") };
            assert!(
                first.digest_ok && matches!(first.changes, Changes::Other(_)),
                "{what}: {first:?}"
            );
            assert!(!first.is_valid(), "{what}");
        }
    }
    for rest in [&b"%"[..], b"\0\0x", b"\n%%EOF\n1"] {
        let reports = pdf::verify(&[&signed, rest].concat(), &trusted);
        assert!(reports.is_err() || reports.is_ok_and(|r| r.iter().all(|r| !r.is_valid())));
    }
}

/// Somebody else's signature is no harm to ours, and is not good itself.
#[test]
fn a_signature_by_another_authority_is_added() {
    let (ca, other) =
        (authority(), CertificateAuthority::create(&Entropy::new([9; 32]), now()).unwrap());
    let both = sign(&other, &sign(&ca, &prepared(), 0, &[position(0)]), 1, &[position(2)]);
    let reports = pdf::verify(&both, &TrustAnchor::from(&ca)).unwrap();
    assert_eq!(reports[0].changes, Changes::Signatures(1));
    assert_eq!(
        reports.iter().map(pdf::SignatureReport::is_valid).collect::<Vec<_>>(),
        [true, false]
    );
}

/// The table of the signed file has an object already, beyond the end of the file.
#[test]
fn what_was_signed_does_not_come_to_be_later() {
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
        let reports = pdf::verify(&file, &TrustAnchor::from(&ca)).unwrap();
        reports.iter().map(pdf::SignatureReport::is_valid).collect::<Vec<_>>()
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
