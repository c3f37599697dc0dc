//! Names in many scripts: the signatures are valid, and every appearance shows something.
//!
//! To look at them: `SCRIPTS_PDF=/some/file.pdf cargo test -p swisscom-sign-pades --test pdf scripts`.

use std::fs;

use swisscom_sign_pades::ca::{CaSeed, CertificateAuthority, CertificateSubject, TrustAnchors};
use swisscom_sign_pades::{self as pades, AppearancePosition, PadesSigningInput};
use swisscom_sign_pdf as pdf;

use crate::pdfsig::{PdfsigResult, nss_database, pdfsig};
use crate::signatures::{authority, now};
use crate::tools::{Scratch, text};

pub(crate) const NAMES: [&str; 56] = [
    "Đặng Thị Hồng",
    "Wọlé Ṣóyíinká, G\u{303}uaraní",
    "Пётр Їжакевич",
    "Ελληνική Πόλις",
    "Հովհաննես Թումանյան",
    "შოთა რუსთაველი",
    "דוד בן גוריון",
    "חַיִּים נַחְמָן בְּיַאלִיק",
    "نجيب محفوظ",
    "مُحَمَّد ٱلْخُوَارِزْمِيّ",
    "فروغ فرخزاد",
    "فیض احمد فیضؔ",
    "ܝܥܩܘܒ ܐܘܪܗܝܐ",
    "މުޙައްމަދު އަމީން",
    "ߛߏߟߏߡߣߊ߫ ߞߊ߲ߕߍ߫",
    "𞤀𞤣𞤤𞤢𞤥 𞤆𞤵𞤤𞤢𞤪",
    "श्रीनिवास रामानुजन्",
    "लक्ष्मी क्षितिज कीर्ति",
    "রবীন্দ্রনাথ ঠাকুর",
    "ਅੰਮ੍ਰਿਤਾ ਪ੍ਰੀਤਮ",
    "ઝવેરચંદ મેઘાણી",
    "ଫକୀର ମୋହନ ସେନାପତି",
    "சுப்பிரமணிய பாரதி",
    "విశ్వనాథ సత్యనారాయణ",
    "ಕುಪ್ಪಳ್ಳಿ ಪುಟ್ಟಪ್ಪ",
    "വൈക്കം മുഹമ്മദ് ബഷീർ",
    "මාර්ටින් වික්\u{200D}රමසිංහ",
    "กุหลาบ สายประดิษฐ์ ปู่น้ำ",
    "ໄກສອນ ພົມວິຫານ",
    "នរោត្តម សីហនុ",
    "အောင်ဆန်းစုကြည်",
    "བསྟན་འཛིན་རྒྱ་མཚོ",
    "ሀዲስ ዓለማየሁ",
    "ᠴᠢᠩᠭᠢᠰ ᠬᠠᠭᠠᠨ",
    "ᏍᏏᏉᏯ",
    "ⵎⵓⵍⵓⴷ ⵎⵄⵎⵎⵔⵉ",
    "ᐱᑕ ᐃᓄᒃ",
    "ꦫꦁꦒꦮꦂꦱꦶꦠ",
    "ᬅᬦᬓ᭄ ᬅᬕᬸᬂ",
    "ꆈꌠ ꁱꂷ",
    "김소월 박경리",
    "\u{1100}\u{1175}\u{11B7} 세종",
    "魯迅 鲁迅",
    "夏目漱石",
    "みやざわ けんじ",
    "グーグル ガギグ",
    "ㄓㄨㄥ",
    "Νίκος 王小明",
    "Dr. محمد علي 1234 (Cairo)",
    "محمد (Ali) 42",
    "שלום Anna עולם",
    "𐌰𐌱 😀 A",
    "عبد الرحمن بن عبد العزيز بن محمد آل سعود بن فيصل بن تركي بن عبد الله الكبير المعظم",
    "श्रीमती विजयलक्ष्मी पण्डित नेहरू श्रीमती विजयलक्ष्मी पण्डित नेहरू श्रीमती",
    "ᥖᥭᥰ ᦺᦑ ᨲ᩠ᩅᩫ ꪼꪕ ꓡꓲ ꤔꤢ",
    "ꯃꯩꯇꯩ ᱥᱟᱱᱛᱟᱲ 𑄌𑄋𑄴𑄟 ꕙꔤ 𞄀𞄁 ᯅᯖᯂ᯲",
];

/// Position of each signature on an A4 page.
fn position(index: usize) -> AppearancePosition {
    let (column, row) = (index % 3, index / 3);
    AppearancePosition { page: 0, x: 20.0 + 190.0 * column as f64, y: 10.0 + 43.0 * row as f64 }
}

/// A page that is signed by each of the [`NAMES`].
pub(crate) fn signed(ca: &CertificateAuthority) -> Vec<u8> {
    let mut bytes = pdf::sample(&[pdf::SamplePage { heading: "", lines: &[] }]);
    for (index, name) in NAMES.iter().enumerate() {
        let subject =
            CertificateSubject { common_name: (*name).to_owned(), ..CertificateSubject::default() };
        let seed = [u8::try_from(index + 10).unwrap(); 32];
        let identity = ca.issue(&subject, &CaSeed::new(seed), now()).unwrap();
        let positions = [position(index)];
        let input = PadesSigningInput {
            name,
            identity: &identity,
            positions: &positions,
            size: pdf::SIGNATURE_SIZE,
            time: now(),
            reason: None,
        };
        bytes = pades::sign(&bytes, &input).unwrap();
    }
    bytes
}

#[test]
fn signs_names_of_every_script() {
    let scratch = Scratch::new("scripts");
    let ca = authority();
    let database = nss_database(&scratch, &ca.certificate_pem().unwrap());
    let bytes = signed(&ca);
    if let Some(path) = std::env::var_os("SCRIPTS_PDF") {
        fs::write(path, &bytes).unwrap();
    }
    let path = scratch.write("file.pdf", &bytes);
    let count = NAMES.len();
    assert_eq!(
        pdfsig(&database, &path),
        PdfsigResult { valid: count, trusted: count, found: count }
    );
    let reports = pades::verify(&bytes, &TrustAnchors::from(&ca)).unwrap();
    for (report, name) in reports.iter().zip(NAMES) {
        assert!(report.is_valid(), "{report:?}");
        // The certificate has a form of the name; X.520 gives it 64 characters.
        let form = report.signer.clone().unwrap();
        assert!(!form.is_empty() && form.chars().count() <= 64, "{name}: {form}");
    }
    let signers: Vec<_> = reports.iter().filter_map(|report| report.signer.as_deref()).collect();
    assert_eq!(&signers[..4], &NAMES[..4]);
    assert!(signers.contains(&"Νίκος 王小明") && signers.contains(&"שלום □□□□ עולם"));
    for (index, name) in NAMES.iter().enumerate() {
        assert!(ink(&scratch, &path, position(index)) > 40, "{name}");
    }
}

/// Number of dark pixels in the line of the name, four per square point.
fn ink(scratch: &Scratch, path: &str, position: AppearancePosition) -> usize {
    let page = scratch.path("page");
    if !fs::exists(format!("{page}.pgm")).unwrap() {
        text("pdftoppm", &["-r", "144", "-gray", "-singlefile", path, &page]);
    }
    let image = fs::read(format!("{page}.pgm")).unwrap();
    let header = image.iter().enumerate().filter(|(_, byte)| byte.is_ascii_whitespace()).nth(3);
    let pixels = &image[header.unwrap().0 + 1..];
    let width = String::from_utf8_lossy(&image[..20]).split_whitespace().nth(1).unwrap().parse();
    let width: usize = width.unwrap();
    let (left, top) = (2 * (position.x as usize + 8), 2 * (position.y as usize + 13));
    let rows = pixels.chunks(width).skip(top).take(30);
    rows.flat_map(|row| &row[left..left + 310]).filter(|pixel| **pixel < 80).count()
}
