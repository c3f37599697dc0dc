//! The signature appearance: name, time and a warning.

use std::io::Write as _;

use swisscom_sign_pdf::SIGNATURE_SIZE;
use swisscom_sign_pdf::geometry::Matrix;
use swisscom_sign_pdf::read::{PdfDict, PdfObject};

use super::PadesSigningInput;
use super::text_line::{TextLine, can_draw};
use crate::ca::to_displayed_name;

const WARNING: &str = "SANDBOX - not a real signature";
const RED: &str = "0.8 0 0.05 rg";
const GREY: &str = "0.35 0.35 0.38 rg";
const BLACK: &str = "0.08 0.08 0.1 rg";
/// Left edge and width of the text, in points.
const LEFT: f32 = 8.0;
const TEXT_WIDTH: f32 = 156.0;
const SMALL: f32 = 6.5;
/// Minimum and maximum size of the name, in points.
const NAME: (f32, f32) = (7.0, 12.0);
/// Baseline of the name, and the free space between the lines above and below.
const NAME_LINE: f32 = 26.5;
const NAME_BAND: (f32, f32) = (21.4, 38.0);

/// The appearance stream: its dictionary and its data.
pub(super) fn build_appearance(
    input: &PadesSigningInput<'_>,
    upright: Matrix,
) -> (PdfDict, Vec<u8>) {
    let (width, height) = SIGNATURE_SIZE;
    let data = compress(drawing(input).as_bytes());
    let dict = PdfDict::default()
        .with("Type", PdfObject::name_from_str("XObject"))
        .with("Subtype", PdfObject::name_from_str("Form"))
        .with("BBox", vec![0.0, 0.0, width, height])
        .with("Matrix", upright.0.to_vec())
        .with("Resources", PdfDict::default())
        .with("Filter", PdfObject::name_from_str("FlateDecode"))
        .with("Length", data.len());
    (dict, data)
}

fn drawing(input: &PadesSigningInput<'_>) -> String {
    let (width, height) = SIGNATURE_SIZE;
    let name = to_displayed_name(input.name, can_draw);
    let name_width = TextLine::new(&name.concat()).width().max(1.0);
    let size = (TEXT_WIDTH / name_width).clamp(NAME.0, NAME.1);
    let name = TextLine::within(&name, TEXT_WIDTH / size);
    let (size, baseline) = fit(name.reach(), size);
    let time = input.time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    [
        "q\n1 1 1 rg\n".to_owned(),
        format!("0 0 {width} {height} re f\n{RED}\n0 0 3 {height} re f\n"),
        "0.75 0.75 0.78 RG 0.5 w\n".to_owned(),
        format!("0.25 0.25 {} {} re S\n", width - 0.5, height - 0.5),
        format!("{GREY}\n{}", TextLine::new("Signed by").draw(LEFT, 40.0, SMALL)),
        format!("{BLACK}\n{}", name.draw(LEFT, baseline, size)),
        format!("{GREY}\n{}", TextLine::new(&time).draw(LEFT, 15.5, SMALL)),
        format!("{RED}\n{}Q\n", TextLine::new(WARNING).draw(LEFT, 5.5, SMALL + 0.5)),
    ]
    .concat()
}

/// Size and baseline by which ink with this reach (in ems) stays between the lines above and below.
fn fit((low, high): (f32, f32), size: f32) -> (f32, f32) {
    let (bottom, top) = NAME_BAND;
    let size = size.min((top - bottom) / (high - low).max(0.1));
    (size, NAME_LINE.min(top - high * size).max(bottom - low * size))
}

fn compress(data: &[u8]) -> Vec<u8> {
    let mut zip = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing to memory cannot fail.
    let _ = zip.write_all(data);
    zip.finish().unwrap_or_default()
}
