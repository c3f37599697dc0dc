//! Rules of release: of its options, and of the process that is released (contract, release,
//! "Preconditions"), in the order of the contract.

use super::{
    FileView, PositionView, PreflightInput, PreflightRule, ProblemCollector, TenantKind, path_in,
    source,
};
use crate::contract::levels;
use crate::contract::{
    Problem, ProblemCode, SignatureMethod, json, max_duration_ms, parse_date_time_ms,
};
use crate::text::{digits, join};

/// Size of a visible signature in PDF points. Not documented; what the pages show.
pub const SIGNATURE_SIZE: (f64, f64) = (170.0, 50.0);

const DAY_MS: u64 = 24 * 3_600 * 1_000;
/// A reminder comes after at least a day and at most thirty (contract, ReminderSettings).
const REMINDER_MS: core::ops::RangeInclusive<u64> = DAY_MS..=30 * DAY_MS;

/// Whether a reminder may come so long after the release or before the end: an ISO 8601 duration of at
/// least a day and at most thirty (contract, ReminderSettings). Of a month or a year, whose lengths
/// vary, the longest counts.
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
                report.add("$.validUntil", "must be in the future");
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
                    "cannot be sent: all notifications are suppressed",
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
                    let words = [method.as_str(), " does not exist at the level ", level.as_str()];
                    report.add(&path_in("$.signatureMethods", index, ""), &join(&words));
                }
            }
        },
    },
    PreflightRule {
        code: ProblemCode::CorporateOnly,
        source: source("contract, signatureMethods: OSS and PASSKEY for corporate tenants only"),
        check: |subject, report| {
            if subject.context.tenant != TenantKind::Organization {
                return;
            }
            for (index, method) in methods(subject.request) {
                if levels::method(&method).is_some_and(|row| row.corporate_only) {
                    let message = join(&[method.as_str(), " is for corporate tenants only"]);
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
                    "is empty and the initiator does not sign: nobody would sign",
                );
            }
        },
    },
    PreflightRule {
        code: ProblemCode::NoDocument,
        source: source("contract, release: at least one document was attached"),
        check: |subject, report| {
            if subject.process.is_some_and(|process| process.files.is_empty()) {
                report.add("$.fileReferences", "is empty: attach a file first");
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
                let placed =
                    |file: &FileView<'_>| file.positions.iter().any(|p| signer.is_named(&p.signer));
                if !process.files.iter().any(placed) {
                    report.add(&signer.path, "has no signature position in any file");
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
                    .all(|signer| file.positions.iter().any(|p| signer.is_named(&p.signer)))
            };
            if !process.files.iter().any(complete) {
                report.add(
                    "$.fileReferences",
                    "has no file with a signature position of every signer",
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
                    report.add(&party.path, "needs an e-mail address, or first and last name");
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

/// What is wrong with the positions in files whose pages are known, under the code of the rule.
fn placements(subject: &PreflightInput<'_>, report: &mut ProblemCollector) {
    if cfg!(all(target_arch = "wasm32", feature = "js")) {
        // The bindings know the pages of no file.
        return;
    }
    for file in subject.process.into_iter().flat_map(|process| &process.files) {
        let Some(pages) = &file.pages else { continue };
        for (index, position) in file.positions.iter().enumerate() {
            let path = path_in(&join(&[&file.path, ".signaturePositions"]), index, "");
            let problem = placement(path, position, pages);
            report.problems.extend(problem.filter(|problem| problem.code == report.code));
        }
    }
}

/// What is wrong with the place of a signature, in a file whose pages have these sizes: width and
/// height as displayed, in PDF points.
pub fn placement(
    path: String,
    position: &PositionView<'_>,
    pages: &[(f64, f64)],
) -> Option<Problem> {
    let Some(&page) = page_index(position.page, pages.len()).and_then(|page| pages.get(page))
    else {
        let message = join(&[&digits(position.page), ": the file has no such page"]);
        let path = join(&[&path, ".pageNumber"]);
        return Some(Problem { path, code: ProblemCode::PageOutOfRange, message });
    };
    let message = "lies outside the visible area of its page".to_owned();
    (!is_visible(position.x as f64, position.y as f64, page)).then_some(Problem {
        path,
        code: ProblemCode::OutsideVisibleArea,
        message,
    })
}

/// Whether a signature with its upper left corner there is visible as a whole on a page of that
/// width and height, in PDF points.
pub fn is_visible(x: f64, y: f64, (width, height): (f64, f64)) -> bool {
    let (own_width, own_height) = SIGNATURE_SIZE;
    x >= 0.0 && y >= 0.0 && x + own_width <= width && y + own_height <= height
}

/// Index of the page that the contract calls `number`: from 0, or negative from the end.
pub fn page_index(number: i64, count: usize) -> Option<usize> {
    let index = if number < 0 { i64::try_from(count).ok()?.checked_add(number)? } else { number };
    usize::try_from(index).ok().filter(|&index| index < count)
}
