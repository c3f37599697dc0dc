//! Validation of signature positions against the pages and tags of a file.

use swisscom_sign::contract::declare::ContractObject as _;
use swisscom_sign::contract::json::{self, JsonScalar};
use swisscom_sign::contract::{FileAttachment, Problem, ProblemCode, validate};
use swisscom_sign::preflight::release::page_index;
use swisscom_sign::preflight::{PositionView, attach, release};

use super::report::SignatureTag;

const POSITIONS: &str = "$.signaturePositions";

/// Pages and tags of a file.
#[derive(Clone, Copy, Debug)]
pub struct PlacementTarget<'a> {
    /// Width and height of each page as displayed, in points.
    pub pages: &'a [(f64, f64)],
    /// The tags that were found.
    pub tags: &'a [SignatureTag],
    /// Whether further tags may exist, because the text could not be searched completely.
    pub more_tags_possible: bool,
}

/// Validates the signature positions of an attach request: fields (by the contract), page numbers,
/// visible area, tags, and, as a warning, signatures that overlap. `signers` are the references of the
/// signers in the order of the process, which determines the tag of each. Without them, a missing tag
/// is reported only if the file has no tag at all.
#[must_use]
pub fn check_placement(
    request: &str,
    target: &PlacementTarget<'_>,
    signers: &[String],
) -> Vec<Problem> {
    let mut problems = validate(FileAttachment::OBJECT, request);
    problems.retain(|problem| {
        problem.path.starts_with(POSITIONS) || problem.code == ProblemCode::Syntax
    });
    let positions = json::find_raw(request, &["signaturePositions"]).unwrap_or_default();
    let mut corners = Vec::new();
    let mut indices = Vec::new();
    for (index, position) in json::items(positions).enumerate() {
        let path = format!("{POSITIONS}[{index}]");
        match place(&path, position, target, signers) {
            Ok(Some(view)) => {
                if let Some(page) = page_index(view.page, target.pages.len()) {
                    corners.push((page, view.x as f64, view.y as f64));
                    indices.push(index);
                }
                problems.extend(release::check_placement(path, &view, target.pages));
            }
            Ok(None) => {}
            Err(problem) => problems.push(problem),
        }
    }
    for (later, earlier) in release::overlapping_signatures(&corners, release::SIGNATURE_SIZE) {
        let (Some(later), Some(earlier)) = (indices.get(later), indices.get(earlier)) else {
            continue;
        };
        let path = format!("{POSITIONS}[{later}]");
        let message = format!("signature overlaps the one of signaturePositions[{earlier}]");
        problems.push(Problem::new(path, ProblemCode::OverlappingPositions, message));
    }
    problems
}

/// Page and corner of a position; `None` if they are unknown, because of a field that validation has
/// reported or a signer without a known number.
fn place<'p>(
    path: &str,
    position: &'p str,
    target: &PlacementTarget<'_>,
    signers: &[String],
) -> Result<Option<PositionView<'p>>, Problem> {
    let number = |name: &str| match json::find_scalar(position, &[name]) {
        Some(JsonScalar::Number(digits)) => digits.parse::<i64>().ok(),
        _ => None,
    };
    let Some(signer) = json::find_string(position, &["signer"]) else { return Ok(None) };
    let index = signers.iter().position(|known| *known == signer);
    if index.is_none() && !signers.is_empty() {
        let message = attach::unknown_signer(&signer);
        let path = format!("{path}.signer");
        return Err(Problem::new(path, ProblemCode::UnknownParticipant, message));
    }
    if json::find_string(position, &["locator"]).as_deref() != Some("TAG") {
        let corner = number("pageNumber").zip(number("positionX")).zip(number("positionY"));
        return Ok(corner.map(|((page, x), y)| PositionView { signer, page, x, y }));
    }
    let wanted = index.and_then(|index| u32::try_from(index + 1).ok());
    let found = target.tags.iter().find(|tag| wanted.is_none_or(|wanted| tag.number == wanted));
    let Some(tag) = found else {
        let tag = match wanted {
            Some(wanted) => format!("tag `\\s{wanted}\\` not found in the file"),
            None => "no signature tag found in the file".to_owned(),
        };
        let (code, message) = if target.more_tags_possible {
            let why = "its text could not be searched completely; use coordinates";
            (ProblemCode::TagsNotSearched, format!("{tag}, but {why}"))
        } else {
            (ProblemCode::TagNotFound, tag)
        };
        return Err(Problem::new(path, code, message));
    };
    let at = tag.position;
    let shifted = |start: i32, name| i64::from(start).saturating_add(number(name).unwrap_or(0));
    Ok(wanted.map(|_| PositionView {
        signer,
        page: at.page.into(),
        x: shifted(at.x, "offsetX"),
        y: shifted(at.y, "offsetY"),
    }))
}
