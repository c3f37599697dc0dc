//! The bindings of `swisscom-sign/pdf`. They do not throw; an error is a value, too.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use swisscom_sign::contract::Problem;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{
    PageLayout, PdfInspection, PlacementTarget, SignatureTag, TagPosition, check_placement,
};

#[derive(Serialize)]
struct WireProblem<'a> {
    path: &'a str,
    code: &'static str,
    message: &'a str,
    severity: &'static str,
}

#[derive(Serialize)]
struct WireBox {
    left: f64,
    bottom: f64,
    right: f64,
    top: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WirePage {
    width: f64,
    height: f64,
    rotation: u16,
    visible_box: WireBox,
}

#[derive(Serialize)]
struct WireTag {
    number: u32,
    page: u32,
    x: i32,
    y: i32,
}

#[derive(Serialize)]
struct WireInspection<'a> {
    pages: Vec<WirePage>,
    tags: Vec<WireTag>,
    encrypted: bool,
    signed: u32,
    certified: bool,
    problems: Vec<WireProblem<'a>>,
}

#[derive(Serialize)]
struct WireError<'a> {
    refusal: WireProblem<'a>,
}

/// Inspects a file: `{ pages, tags, encrypted, signed, certified, problems }`, or `{ refusal }` with a
/// problem if it cannot be read.
#[wasm_bindgen]
pub fn inspect(bytes: &[u8]) -> JsValue {
    match crate::inspect(bytes) {
        Ok(inspection) => to_js(&wire(&inspection)),
        Err(refusal) => to_js(&WireError { refusal: problem(&refusal) }),
    }
}

/// The problems of [`check_placement`]. `pages` is a flat list of width and height, `tags` of number,
/// page, x and y. `searched` is whether all text was searched for tags.
#[wasm_bindgen(js_name = checkPlacement)]
pub fn placement(
    request: &str,
    pages: &[f64],
    tags: &[i32],
    searched: bool,
    signers: Vec<String>,
) -> JsValue {
    let pages: Vec<_> = pages.chunks_exact(2).filter_map(size).collect();
    let tags: Vec<_> = tags.chunks_exact(4).filter_map(tag).collect();
    let target = PlacementTarget { pages: &pages, tags: &tags, more_tags_possible: !searched };
    let problems = check_placement(request, &target, &signers);
    to_js(&problems.iter().map(problem).collect::<Vec<_>>())
}

/// Maximum size of a file, in bytes.
#[wasm_bindgen(js_name = maxBytes)]
pub fn max_bytes() -> u32 {
    crate::MAX_FILE as u32
}

fn size(pair: &[f64]) -> Option<(f64, f64)> {
    let &[width, height] = pair else { return None };
    Some((width, height))
}

fn tag(four: &[i32]) -> Option<SignatureTag> {
    let &[number, page, x, y] = four else { return None };
    let position = TagPosition { page: u32::try_from(page).ok()?, x, y };
    Some(SignatureTag { number: u32::try_from(number).ok()?, position })
}

fn problem(problem: &Problem) -> WireProblem<'_> {
    let severity = if problem.is_error() { "error" } else { "warning" };
    let Problem { path, code, message, .. } = problem;
    WireProblem { path, code: code.as_str(), message, severity }
}

fn wire(inspection: &PdfInspection) -> WireInspection<'_> {
    WireInspection {
        pages: inspection.pages.iter().map(page).collect(),
        tags: inspection
            .tags
            .iter()
            .map(|&SignatureTag { number, position: TagPosition { page, x, y } }| WireTag {
                number,
                page,
                x,
                y,
            })
            .collect(),
        encrypted: inspection.encrypted,
        signed: u32::try_from(inspection.signatures).unwrap_or(u32::MAX),
        certified: inspection.certified,
        problems: inspection.problems.iter().map(problem).collect(),
    }
}

fn page(page: &PageLayout) -> WirePage {
    let visible = page.visible;
    WirePage {
        width: page.size.width,
        height: page.size.height,
        rotation: page.rotation,
        visible_box: WireBox {
            left: visible.left,
            bottom: visible.bottom,
            right: visible.right,
            top: visible.top,
        },
    }
}

fn to_js<T: Serialize>(value: &T) -> JsValue {
    // Structs of strings and numbers always serialize.
    value.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}
