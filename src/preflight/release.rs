//! Rules of release: of its options, and of the process that is released (contract, release,
//! "Preconditions"), in the order of the contract.

use super::{FileView, PositionView, Rule, Tenant, path_in};
use crate::contract::levels;
use crate::contract::{Code, SignatureMethod, date_time, json, longest_ms};

/// Size of a visible signature in PDF points. Not documented; what the pages show.
pub const SIGNATURE_SIZE: (f64, f64) = (170.0, 50.0);

const DAY_MS: u64 = 24 * 3_600 * 1_000;
/// A reminder comes after at least a day and at most thirty (contract, ReminderSettings).
const REMINDER_MS: core::ops::RangeInclusive<u64> = DAY_MS..=30 * DAY_MS;

/// The rules.
pub static RULES: &[Rule] = &[
    Rule {
        code: Code::OutOfRange,
        source: "contract, ProcessReleaseRequest.validUntil",
        check: |subject, report| {
            let until = json::find_text(subject.request, &["validUntil"]);
            let until = until.and_then(|until| date_time(&until));
            if until.zip(subject.context.now_ms).is_some_and(|(until, now)| until <= now) {
                report.add("$.validUntil", "must be in the future");
            }
        },
    },
    Rule {
        code: Code::OutOfRange,
        source: "contract, ReminderSettings: P1D to P30D",
        check: |subject, report| {
            let reminder =
                json::raw_at(subject.request, &["notification", "reminder"]).unwrap_or_default();
            let out_of_range = |duration: &str| {
                longest_ms(duration).is_some_and(|length| !REMINDER_MS.contains(&length))
            };
            let message = "must be between P1D and P30D";
            if json::find_text(reminder, &["interval"])
                .is_some_and(|interval| out_of_range(&interval))
            {
                report.add("$.notification.reminder.interval", message);
            }
            let before = json::raw_at(reminder, &["beforeExpiry"]).unwrap_or_default();
            for (index, item) in json::items(before).enumerate() {
                if json::find_text(item, &[]).is_some_and(|duration| out_of_range(&duration)) {
                    report
                        .add(&path_in("$.notification.reminder.beforeExpiry", index, ""), message);
                }
            }
        },
    },
    Rule {
        code: Code::RemindersSuppressed,
        source: "contract, release 409: reminders configured but all notifications are suppressed",
        check: |subject, report| {
            let at = |path: &[&str]| json::raw_at(subject.request, path);
            let suppressed = at(&["notification", "suppress"]).unwrap_or_default();
            let all = json::items(suppressed)
                .any(|kind| json::find_text(kind, &[]).as_deref() == Some("ALL"));
            if all && at(&["notification", "reminder"]).is_some() {
                report.add(
                    "$.notification.reminder",
                    "cannot be sent: all notifications are suppressed",
                );
            }
        },
    },
    Rule {
        code: Code::MethodNotForLevel,
        source: "contract, signatureMethods: compatibility with signature levels",
        check: |subject, report| {
            let known = subject.process.map(|process| &process.level);
            let Some(level) = known.or(subject.level) else { return };
            for (index, method) in methods(subject.request) {
                let Some(row) = levels::method(&method) else { continue };
                if !row.levels.contains(level) {
                    let words = [method.as_str(), " does not exist at the level ", level.as_str()];
                    report.add(&path_in("$.signatureMethods", index, ""), &words.concat());
                }
            }
        },
    },
    Rule {
        code: Code::CorporateOnly,
        source: "contract, signatureMethods: OSS and PASSKEY for corporate tenants only",
        check: |subject, report| {
            if subject.context.tenant != Tenant::Organization {
                return;
            }
            for (index, method) in methods(subject.request) {
                if levels::method(&method).is_some_and(|row| row.corporate_only) {
                    let message = [method.as_str(), " is for corporate tenants only"].concat();
                    report.add(&path_in("$.signatureMethods", index, ""), &message);
                }
            }
        },
    },
    Rule {
        code: Code::NoSigner,
        source: "contract, release: at least one participant",
        check: |subject, report| {
            if subject.process.is_some_and(|process| process.signers().next().is_none()) {
                report.add(
                    "$.invitees.signers",
                    "is empty and the initiator does not sign: nobody would sign",
                );
            }
        },
    },
    Rule {
        code: Code::NoDocument,
        source: "contract, release: at least one document was attached",
        check: |subject, report| {
            if subject.process.is_some_and(|process| process.files.is_empty()) {
                report.add("$.fileReferences", "is empty: attach a file first");
            }
        },
    },
    Rule {
        code: Code::SignerNotPlaced,
        source: "contract, release: every signer must be placed on at least one document",
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
    Rule {
        code: Code::NoDocumentWithAllSigners,
        source: "contract, release: one document must have all signers placed on it",
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
    Rule {
        code: Code::OutsideVisibleArea,
        source: "contract, release: all visual signatures within the visible area",
        check: |subject, report| {
            for (path, position, page) in placements(subject.process) {
                let (width, height) = SIGNATURE_SIZE;
                let outside = |(w, h): (f64, f64)| {
                    position.x as f64 + width > w || position.y as f64 + height > h
                };
                if page.is_some_and(outside) {
                    report.add(&path, "lies outside the visible area of its page");
                }
            }
        },
    },
    Rule {
        code: Code::PageOutOfRange,
        source: "contract, FileSignaturePosition.pageNumber",
        check: |subject, report| {
            for (path, _, page) in placements(subject.process) {
                if page.is_none() {
                    let path = [&path, ".pageNumber"].concat();
                    report.add(&path, "names a page that the file does not have");
                }
            }
        },
    },
    Rule {
        code: Code::PersonIncomplete,
        source: "contract, Process.initiator: e-mail, or first and last name",
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
    let list = json::raw_at(request, &["signatureMethods"]).unwrap_or_default();
    let named = |(index, item)| Some((index, SignatureMethod::parse(&json::find_text(item, &[])?)));
    json::items(list).enumerate().filter_map(named)
}

/// Every position in a file whose pages are known: its path, itself, and the size of its page, if
/// the file has that page.
fn placements<'p, 'a>(
    process: Option<&'p super::ProcessView<'a>>,
) -> impl Iterator<Item = (String, &'p PositionView<'a>, Option<(f64, f64)>)> {
    let files = process.into_iter().flat_map(|process| &process.files);
    files.filter_map(|file| Some((file, file.pages.as_ref()?))).flat_map(|(file, pages)| {
        file.positions.iter().enumerate().map(move |(index, position)| {
            let count = i64::try_from(pages.len()).unwrap_or(i64::MAX);
            let page = if position.page < 0 { count + position.page } else { position.page };
            let size = usize::try_from(page).ok().and_then(|page| pages.get(page).copied());
            (path_in(&[&file.path, ".signaturePositions"].concat(), index, ""), position, size)
        })
    })
}
