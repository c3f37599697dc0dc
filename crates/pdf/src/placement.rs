//! Whether signatures can be shown where a request wants them.

use swisscom_sign::contract::declare::ContractObject as _;
use swisscom_sign::contract::json::{self, JsonScalar};
use swisscom_sign::contract::{FileAttachment, Problem, ProblemCode, validate};
use swisscom_sign::preflight::{PositionView, attach, release};

use super::survey::SignatureTag;

const POSITIONS: &str = "$.signaturePositions";

/// What is wrong with the signature positions of a request of attach: limits of their fields (by
/// the contract), pages, the visible area, tags. `pages` are width and height as displayed, in
/// points; `signers` the references of the process's signers in their order, by which a signer's
/// tag is known. Without them a tag is missed only when the file has none at all.
#[must_use]
pub fn check_placement(
    request: &str,
    pages: &[(f64, f64)],
    tags: &[SignatureTag],
    signers: &[String],
) -> Vec<Problem> {
    let mut problems = validate(FileAttachment::OBJECT, request);
    problems.retain(|problem| {
        problem.path.starts_with(POSITIONS) || problem.code == ProblemCode::Syntax
    });
    let positions = json::find_raw(request, &["signaturePositions"]).unwrap_or_default();
    for (index, position) in json::items(positions).enumerate() {
        let path = format!("{POSITIONS}[{index}]");
        match place(&path, position, tags, signers) {
            Ok(Some(view)) => problems.extend(release::check_placement(path, &view, pages)),
            Ok(None) => {}
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

/// Page and corner of a position; `None` when they cannot be known, for a field that the walk has
/// reported or a signer whose number nobody told.
fn place<'p>(
    path: &str,
    position: &'p str,
    tags: &[SignatureTag],
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
        return Err(Problem { path, code: ProblemCode::UnknownParticipant, message });
    }
    if json::find_string(position, &["locator"]).as_deref() != Some("TAG") {
        let corner = number("pageNumber").zip(number("positionX")).zip(number("positionY"));
        return Ok(corner.map(|((page, x), y)| PositionView { signer, page, x, y }));
    }
    let wanted = index.and_then(|index| u32::try_from(index + 1).ok());
    let found = tags.iter().find(|tag| wanted.is_none_or(|wanted| tag.number == wanted));
    let Some(tag) = found else {
        let message = match wanted {
            Some(wanted) => format!("the file does not hold the tag \\s{wanted}\\"),
            None => "the file holds no tag".to_owned(),
        };
        return Err(Problem { path: path.to_owned(), code: ProblemCode::TagNotFound, message });
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
