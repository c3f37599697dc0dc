//! Rules of release: of its options and of the process (contract, release, "Preconditions"), in the
//! order of the contract.

use super::{
    FileView, PositionView, PreflightInput, PreflightRule, ProblemCollector, TenantKind, path_in,
    source,
};
use crate::contract::levels;
use crate::contract::{
    DAY_MS, Problem, ProblemCode, SignatureMethod, json, max_duration_ms, parse_date_time_ms,
};
use crate::format_text::{format_integer, join};

/// Size of a visible signature in PDF points. Not documented; measured on the hosted pages.
pub const SIGNATURE_SIZE: (f64, f64) = (170.0, 50.0);

/// 1 to 30 days (contract, ReminderSettings).
const REMINDER_MS: core::ops::RangeInclusive<u64> = DAY_MS..=30 * DAY_MS;

/// Whether the ISO 8601 duration is valid for a reminder: 1 to 30 days (contract, ReminderSettings).
/// Months and years have their maximum length.
pub fn is_reminder(duration: &str) -> bool {
    max_duration_ms(duration).is_some_and(|length| REMINDER_MS.contains(&length))
}

/// The rules.
pub static RULES: &[PreflightRule] = &[
    PreflightRule {
        code: ProblemCode::OutOfRange,
        source: source("contract, ProcessReleaseRequest.validUntil"),
        check: |subject, report| {
            let until = json::find_string(subject.request, &["validUntil"]);
            let until = until.and_then(|until| parse_date_time_ms(&until));
            if until.zip(subject.context.now_ms).is_some_and(|(until, now)| until <= now) {
                // The clock of this computer can be wrong.
                report.warn("$.validUntil", "is in the past: the process would expire at once");
            }
        },
    },
    PreflightRule {
        code: ProblemCode::OutOfRange,
        source: source("contract, ReminderSettings: P1D to P30D"),
        check: |subject, report| {
            let reminder =
                json::find_raw(subject.request, &["notification", "reminder"]).unwrap_or_default();
            let out_of_range =
                |duration: &str| max_duration_ms(duration).is_some() && !is_reminder(duration);
            let message = "must be between P1D and P30D";
            if json::find_string(reminder, &["interval"])
                .is_some_and(|interval| out_of_range(&interval))
            {
                report.add("$.notification.reminder.interval", message);
            }
            let before = json::find_raw(reminder, &["beforeExpiry"]).unwrap_or_default();
            for (index, item) in json::items(before).enumerate() {
                if json::find_string(item, &[]).is_some_and(|duration| out_of_range(&duration)) {
                    report
                        .add(&path_in("$.notification.reminder.beforeExpiry", index, ""), message);
                }
            }
        },
    },
    PreflightRule {
        code: ProblemCode::RemindersSuppressed,
        source: source(
            "contract, release 409: reminders configured but all notifications are suppressed",
        ),
        check: |subject, report| {
            let at = |path: &[&str]| json::find_raw(subject.request, path);
            let suppressed = at(&["notification", "suppress"]).unwrap_or_default();
            let all = json::items(suppressed)
                .any(|kind| json::find_string(kind, &[]).as_deref() == Some("ALL"));
            if all && at(&["notification", "reminder"]).is_some() {
                report.add(
                    "$.notification.reminder",
                    "reminders are configured but all notifications are suppressed: remove one of the \
                     two settings",
                );
            }
        },
    },
    PreflightRule {
        code: ProblemCode::MethodNotForLevel,
        source: source("contract, signatureMethods: compatibility with signature levels"),
        check: |subject, report| {
            let known = subject.process.map(|process| &process.level);
            let Some(level) = known.or(subject.level) else { return };
            for (index, method) in methods(subject.request) {
                let Some(row) = levels::method(&method) else { continue };
                if !row.levels.contains(level) {
                    let available: Vec<_> =
                        levels::methods_at(level).map(|row| row.method.as_str()).collect();
                    let message = [
                        "signature method ",
                        method.as_str(),
                        " is not available for level ",
                        level.as_str(),
                        ": use one of ",
                        &available.join(", "),
                    ];
                    report.add(&path_in("$.signatureMethods", index, ""), &join(&message));
                }
            }
        },
    },
    PreflightRule {
        code: ProblemCode::CorporateOnly,
        source: source("contract, signatureMethods: OSS and PASSKEY for corporate tenants only"),
        check: |subject, report| {
            if subject.context.tenant != TenantKind::Public {
                return;
            }
            for (index, method) in methods(subject.request) {
                if levels::method(&method).is_some_and(|row| row.corporate_only) {
                    let message =
                        join(&["signature method ", method.as_str(), ": corporate tenants only"]);
                    report.add(&path_in("$.signatureMethods", index, ""), &message);
                }
            }
        },
    },
    PreflightRule {
        code: ProblemCode::NoSigner,
        source: source("contract, release: at least one participant"),
        check: |subject, report| {
            if subject.process.is_some_and(|process| process.signers().next().is_none()) {
                report.add(
                    "$.invitees.signers",
                    "no signer: add an invitee, or make the initiator a SIGNER",
                );
            }
        },
    },
    PreflightRule {
        code: ProblemCode::NoDocument,
        source: source("contract, release: at least one document was attached"),
        check: |subject, report| {
            if subject.process.is_some_and(|process| process.files.is_empty()) {
                report.add("$.fileReferences", "no file: attach a file first");
            }
        },
    },
    PreflightRule {
        code: ProblemCode::SignerNotPlaced,
        source: source("contract, release: every signer must be placed on at least one document"),
        check: |subject, report| {
            let Some(process) = subject.process.filter(|process| !process.files.is_empty()) else {
                return;
            };
            for signer in process.signers() {
                let placed = |file: &FileView<'_>| {
                    file.positions.iter().any(|p| signer.has_reference(&p.signer))
                };
                if !process.files.iter().any(placed) {
                    report.add(&signer.path, "no signature position of this signer in any file");
                }
            }
        },
    },
    PreflightRule {
        code: ProblemCode::NoDocumentWithAllSigners,
        source: source("contract, release: one document must have all signers placed on it"),
        check: |subject, report| {
            let Some(process) = subject.process.filter(|process| !process.files.is_empty()) else {
                return;
            };
            let complete = |file: &FileView<'_>| {
                process
                    .signers()
                    .all(|signer| file.positions.iter().any(|p| signer.has_reference(&p.signer)))
            };
            if !process.files.iter().any(complete) {
                report.add(
                    "$.fileReferences",
                    "no file contains a signature position of every signer",
                );
            }
        },
    },
    PreflightRule {
        code: ProblemCode::OutsideVisibleArea,
        source: source("contract, release: all visual signatures within the visible area"),
        check: placements,
    },
    PreflightRule {
        code: ProblemCode::PageOutOfRange,
        source: source("contract, FileSignaturePosition.pageNumber"),
        check: placements,
    },
    PreflightRule {
        code: ProblemCode::PersonIncomplete,
        source: source("contract, Process.initiator: e-mail, or first and last name"),
        check: |subject, report| {
            let Some(process) = subject.process else { return };
            for party in process.participants.iter().filter(|party| party.kind == "PERSON") {
                if !party.has_email && !party.has_names {
                    report.add(
                        &party.path,
                        "incomplete person: set email, or firstName and lastName",
                    );
                }
            }
        },
    },
];

fn methods(request: &str) -> impl Iterator<Item = (usize, SignatureMethod)> {
    let list = json::find_raw(request, &["signatureMethods"]).unwrap_or_default();
    let named =
        |(index, item)| Some((index, SignatureMethod::parse(&json::find_string(item, &[])?)));
    json::items(list).enumerate().filter_map(named)
}

/// Checks the positions in files whose pages are known.
fn placements(subject: &PreflightInput<'_>, report: &mut ProblemCollector) {
    if cfg!(all(target_arch = "wasm32", feature = "js")) {
        // The bindings do not know the pages of files.
        return;
    }
    for file in subject.process.into_iter().flat_map(|process| &process.files) {
        let Some(pages) = &file.pages else { continue };
        for (index, position) in file.positions.iter().enumerate() {
            let path = path_in(&join(&[&file.path, ".signaturePositions"]), index, "");
            let problem = check_placement(path, position, pages);
            report.problems.extend(problem.filter(|problem| problem.code == report.code));
        }
    }
}

/// Checks the position of a signature. `pages`: width and height of each page as displayed, in PDF
/// points.
pub fn check_placement(
    path: String,
    position: &PositionView<'_>,
    pages: &[(f64, f64)],
) -> Option<Problem> {
    let Some(&page) = page_index(position.page, pages.len()).and_then(|page| pages.get(page))
    else {
        let message = join(&[
            "page ",
            &format_integer(position.page),
            " does not exist: the file has ",
            &format_integer(pages.len() as i64),
            " pages (numbering starts at 0; negative numbers count from the end)",
        ]);
        let path = join(&[&path, ".pageNumber"]);
        return Some(Problem::new(path, ProblemCode::PageOutOfRange, message));
    };
    if fits_page(position.x as f64, position.y as f64, page) {
        return None;
    }
    let size = |(width, height): (f64, f64)| {
        join(&[&format_integer(width as i64), " x ", &format_integer(height as i64), " points"])
    };
    let message = join(&[
        "signature of ",
        &size(SIGNATURE_SIZE),
        " at x ",
        &format_integer(position.x),
        ", y ",
        &format_integer(position.y),
        " extends beyond the visible area of the page of ",
        &size(page),
    ]);
    Some(Problem::new(path, ProblemCode::OutsideVisibleArea, message))
}

/// A page index, and the upper left corner of a signature on that page in PDF points.
pub type PlacedCorner = (usize, f64, f64);

/// Maximum number of positions that are compared with each other.
const MAX_COMPARED: usize = 1000;

/// Signatures of `size` that overlap an earlier one on the same page: the index of each in
/// `corners`, and the index of the earlier one.
pub fn overlapping_signatures(
    corners: &[PlacedCorner],
    (width, height): (f64, f64),
) -> Vec<(usize, usize)> {
    let overlap = |one: &PlacedCorner, other: &PlacedCorner| {
        one.0 == other.0 && (one.1 - other.1).abs() < width && (one.2 - other.2).abs() < height
    };
    let compared = corners.get(..MAX_COMPARED).unwrap_or(corners);
    let pair = |(index, corner): (usize, &PlacedCorner)| {
        let earlier = compared.iter().take(index).position(|earlier| overlap(earlier, corner));
        earlier.map(|earlier| (index, earlier))
    };
    compared.iter().enumerate().filter_map(pair).collect()
}

/// Whether a signature with its upper left corner there is visible as a whole on a page of that
/// width and height, in PDF points.
pub fn fits_page(x: f64, y: f64, (width, height): (f64, f64)) -> bool {
    let (own_width, own_height) = SIGNATURE_SIZE;
    x >= 0.0 && y >= 0.0 && x + own_width <= width && y + own_height <= height
}

/// Index of the page that the contract calls `number`: from 0, or negative from the end.
pub fn page_index(number: i64, count: usize) -> Option<usize> {
    let index = if number < 0 { i64::try_from(count).ok()?.checked_add(number)? } else { number };
    usize::try_from(index).ok().filter(|&index| index < count)
}
