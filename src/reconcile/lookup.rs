//! What the platform holds, as far as it tells whether a write was performed.

use super::mark::{correlation_of, with_member};
use crate::contract::{Operation, ReplaySafety, State, json, parse_date_time_ms};
use crate::request::{SignRequest, find_all, get_process, get_status};
use crate::text::{digits, join};

/// Processes on a page, the contract's maximum.
const PAGE: usize = 20;
/// A process that was created after so many others is no longer found.
const MAX_PAGES: u32 = 50;
/// Greatest number of processes that are read one by one, where the list leaves out properties.
const MAX_CANDIDATES: usize = 20;
/// How far the clocks of the platform's parts may be apart, in milliseconds; HTTP's `Date` has
/// whole seconds.
const MARGIN_MS: i64 = 10_000;
/// Readings that must agree that there is nothing.
const LOOKS: u32 = 2;
/// Pause before the first reading, in milliseconds: what was performed is there by then.
const FIRST_PAUSE_MS: u64 = 300;
/// Limits of the pause before the last one. It is as long as the lost attempt took: a platform
/// that was slow to fail may be slow to finish.
const LAST_PAUSE_MS: (u64, u64) = (1_000, 10_000);

/// What to do next about a write whose answer was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupStep {
    /// Wait so many milliseconds.
    Pause(u64),
    /// Send this read, and report with [`Lookup::answered`]. If it fails, nothing is known.
    Ask(SignRequest<'static>),
    /// It was performed: this is the JSON text that its answer would have had.
    Performed(String),
    /// It was surely not performed: it can be repeated.
    NotPerformed,
    /// The state of the process has moved on and forbids a repetition.
    Refused(State),
    /// It cannot be known, for this reason.
    Unknown(&'static str),
}

enum LookupState {
    Pause,
    Page(u32),
    Candidate,
    Process,
    Status,
    End(LookupStep),
}

/// Finds out whether a write was performed.
pub struct WriteLookup<'a> {
    operation: Operation,
    process_id: &'a str,
    correlation: &'a str,
    took_ms: u64,
    looks: u32,
    /// Processes of which the list did not say their properties.
    candidates: Vec<String>,
    at: LookupState,
}

impl<'a> WriteLookup<'a> {
    /// Begins after the answer to `operation` was lost. `process_id` is empty for create; `took_ms`
    /// is how long the lost attempt took.
    pub fn new(
        operation: Operation,
        process_id: &'a str,
        correlation: Option<&'a str>,
        took_ms: u64,
    ) -> Self {
        let needed = operation.spec().replay == ReplaySafety::AfterReconciliation;
        let at = if needed && correlation.is_none() {
            LookupState::End(LookupStep::Unknown(
                "it bears no correlation, as all of its properties are in use; leave one free",
            ))
        } else {
            LookupState::Pause
        };
        let correlation = correlation.unwrap_or_default();
        Self { operation, process_id, correlation, took_ms, looks: 0, candidates: Vec::new(), at }
    }

    /// What to do next.
    pub fn step(&mut self) -> LookupStep {
        if let LookupState::Pause = self.at {
            self.at = match self.operation {
                Operation::Create => LookupState::Page(0),
                Operation::Attach => LookupState::Process,
                _ => LookupState::Status,
            };
            return LookupStep::Pause(match self.looks {
                0 => FIRST_PAUSE_MS,
                _ => self.took_ms.clamp(LAST_PAUSE_MS.0, LAST_PAUSE_MS.1),
            });
        }
        let request = match &self.at {
            LookupState::Page(page) => find_all(&join(&[
                "{\"page\":",
                &digits((*page).into()),
                ",\"size\":",
                &digits(PAGE as i64),
                ",\"sort\":[\"createdDate,DESC\"]}",
            ])),
            LookupState::Candidate => {
                get_process(self.candidates.last().map_or("", String::as_str))
            }
            LookupState::Process => get_process(self.process_id),
            LookupState::Status => get_status(self.process_id),
            LookupState::End(step) => return step.clone(),
            LookupState::Pause => return LookupStep::Pause(FIRST_PAUSE_MS),
        };
        request
            .map_or(LookupStep::Unknown("the platform listed what is no process"), LookupStep::Ask)
    }

    /// The answer to what was asked: its JSON text, the platform's clock (`Date` of the answer, in
    /// milliseconds since 1970) if it was said, and the milliseconds since the first attempt began.
    pub fn answered(&mut self, json: &str, platform_ms: Option<i64>, since_ms: u64) {
        self.at = match self.at {
            LookupState::Page(page) => {
                let oldest = platform_ms.map(|now| {
                    now.saturating_sub(i64::try_from(since_ms).unwrap_or(i64::MAX) + MARGIN_MS)
                });
                self.listed(page, json, oldest)
            }
            LookupState::Candidate => {
                self.candidates.pop();
                let properties = json::find_raw(json, &["properties"]).unwrap_or_default();
                if correlation_of(properties).is_some_and(|found| found == self.correlation) {
                    LookupState::End(LookupStep::Performed(json.to_owned()))
                } else {
                    self.next_candidate()
                }
            }
            LookupState::Process => self.attached(json),
            _ => match json::find_string(json, &["status"]).map(|state| State::parse(&state)) {
                Some(State::Created) => LookupState::End(LookupStep::NotPerformed),
                Some(state) => LookupState::End(LookupStep::Refused(state)),
                None => LookupState::End(LookupStep::Unknown("the platform did not say the state")),
            },
        };
    }

    /// A page of the list, newest first.
    fn listed(&mut self, page: u32, json: &str, oldest: Option<i64>) -> LookupState {
        let mut found: Option<&str> = None;
        let (mut count, mut beyond) = (0, false);
        let content = json::find_raw(json, &["content"]).unwrap_or_default();
        if !content.starts_with('[') {
            return LookupState::End(LookupStep::Unknown("the platform answered without a list"));
        }
        for item in json::items(content) {
            count += 1;
            let created = json::find_string(item, &["createdDate"]);
            let created = created.and_then(|created| parse_date_time_ms(&created));
            let too_old = matches!((created, oldest), (Some(created), Some(old)) if created < old);
            beyond |= too_old;
            match json::find_raw(item, &["properties"]) {
                Some(list) if correlation_of(list).is_some_and(|it| it == self.correlation) => {
                    if found.replace(item).is_some() {
                        return several();
                    }
                }
                Some(_) => {}
                None if too_old => {}
                None => {
                    if let Some(id) = json::find_string(item, &["id"]) {
                        self.candidates.push(id.into_owned());
                    }
                }
            }
        }
        if let Some(item) = found {
            return LookupState::End(LookupStep::Performed(item.to_owned()));
        }
        let pages = json::find_raw(json, &["page", "totalPages"]);
        let pages = pages.or_else(|| json::find_raw(json, &["totalPages"]));
        let pages = pages.and_then(|pages| u32::try_from(pages.parse::<i64>().ok()?).ok());
        let last = count == 0 || pages.is_some_and(|pages| page + 1 >= pages);
        if last || beyond {
            return self.next_candidate();
        }
        if page + 1 >= MAX_PAGES || self.candidates.len() > MAX_CANDIDATES {
            return LookupState::End(LookupStep::Unknown(
                "too many processes were created meanwhile",
            ));
        }
        LookupState::Page(page + 1)
    }

    fn next_candidate(&mut self) -> LookupState {
        match self.candidates.len() {
            0 => self.nothing(),
            1..=MAX_CANDIDATES => LookupState::Candidate,
            _ => LookupState::End(LookupStep::Unknown("too many processes were created meanwhile")),
        }
    }

    /// The process to which a file was to be attached.
    fn attached(&mut self, json: &str) -> LookupState {
        if json::find_string(json, &["id"]).is_none() {
            return LookupState::End(LookupStep::Unknown(
                "the platform answered without the process",
            ));
        }
        let references = json::find_raw(json, &["fileReferences"]).unwrap_or_default();
        let mut found = json::items(references).filter(|reference| {
            json::find_string(reference, &["externalIdentifier"])
                .is_some_and(|identifier| identifier == self.correlation)
        });
        match (found.next(), found.next()) {
            (None, _) => self.nothing(),
            (Some(_), Some(_)) => several(),
            (Some(reference), None) => match json::find_raw(reference, &["initialFileId"]) {
                Some(id) => {
                    LookupState::End(LookupStep::Performed(with_member("{}", "fileId", id)))
                }
                None => LookupState::End(LookupStep::Unknown(
                    "the platform did not say the file's identifier",
                )),
            },
        }
    }

    /// A whole reading without it.
    fn nothing(&mut self) -> LookupState {
        self.looks += 1;
        if self.looks >= LOOKS {
            LookupState::End(LookupStep::NotPerformed)
        } else {
            LookupState::Pause
        }
    }
}

fn several() -> LookupState {
    LookupState::End(LookupStep::Unknown("more than one bears its correlation"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";
    const MINE: &str =
        r#"[{"key":"a","value":"b"},{"key":"swisscom-sign.correlation","value":"c0"}]"#;

    #[test]
    fn without_a_correlation_nothing_can_be_looked_up() {
        let LookupStep::Unknown(reason) = WriteLookup::new(Operation::Create, "", None, 0).step()
        else {
            panic!("it must say so")
        };
        assert!(reason.contains("properties"));
    }

    /// Follows a lookup to its end: each question is answered by `platform`.
    fn follow(
        mut lookup: WriteLookup<'_>,
        mut platform: impl FnMut(&str) -> String,
    ) -> (LookupStep, Vec<u64>, Vec<String>) {
        let (mut pauses, mut asked) = (Vec::new(), Vec::new());
        loop {
            match lookup.step() {
                LookupStep::Pause(ms) => pauses.push(ms),
                LookupStep::Ask(request) => {
                    let target = request.target();
                    let json = platform(&target);
                    asked.push(target);
                    lookup.answered(&json, Some(NOW), 5_000);
                }
                end => return (end, pauses, asked),
            }
        }
    }

    /// 2026-01-01T00:01:00Z
    const NOW: i64 = 1_767_225_660_000;

    fn create<'a>() -> WriteLookup<'a> {
        WriteLookup::new(Operation::Create, "", Some("c0"), 2_000)
    }

    fn process(id: u32, second: u32, properties: Option<&str>) -> String {
        let properties = properties.map(|list| format!(r#","properties":{list}"#));
        format!(
            r#"{{"id":"6f1a5c4d-2d9a-4f12-a1c5-{id:012}","createdDate":"2026-01-01T00:00:{second:02}Z"{}}}"#,
            properties.unwrap_or_default()
        )
    }

    fn page(processes: &[String], pages: u32) -> String {
        format!(r#"{{"content":[{}],"page":{{"totalPages":{pages}}}}}"#, processes.join(","))
    }

    #[test]
    fn what_is_listed_was_performed() {
        let mine = process(2, 59, Some(MINE));
        let (end, pauses, asked) =
            follow(create(), |_| page(&[process(1, 59, Some("[]")), mine.clone()], 9));
        assert_eq!((end, pauses), (LookupStep::Performed(mine.clone()), vec![300]));
        assert_eq!(asked, ["/api/process?page=0&size=20&sort=createdDate%2CDESC"]);
    }

    #[test]
    fn what_two_readings_do_not_show_was_not_performed() {
        let (end, pauses, asked) = follow(create(), |_| page(&[process(1, 59, Some("[]"))], 1));
        assert_eq!((end, pauses, asked.len()), (LookupStep::NotPerformed, vec![300, 2_000], 2));
        let quick = WriteLookup::new(Operation::Create, "", Some("c0"), 3);
        assert_eq!(follow(quick, |_| page(&[], 0)).1, [300, 1_000]);
        let slow = WriteLookup::new(Operation::Create, "", Some("c0"), 60_000);
        assert_eq!(follow(slow, |_| page(&[], 0)).1, [300, 10_000]);
    }

    #[test]
    fn what_takes_effect_late_is_found_by_the_second_reading() {
        let mine = process(2, 59, Some(MINE));
        let mut reading = 0;
        let (end, ..) = follow(create(), |_| {
            reading += 1;
            if reading == 1 { page(&[], 0) } else { page(std::slice::from_ref(&mine), 1) }
        });
        assert_eq!(end, LookupStep::Performed(mine));
    }

    #[test]
    fn pages_are_read_back_to_before_the_first_try() {
        // The first try began at 00:55 of the platform's clock; 10 s are left for its parts.
        let (end, _, asked) = follow(create(), |target| match target.contains("page=0") {
            true => page(&[process(1, 50, Some("[]")), process(2, 45, Some("[]"))], 9),
            false => page(&[process(3, 44, Some("[]"))], 9),
        });
        assert_eq!((end, asked.len()), (LookupStep::NotPerformed, 4));
        // Without a clock of the platform: to the end, or as far as is reasonable.
        let mut lookup = create();
        let mut pages = 0;
        let end = loop {
            match lookup.step() {
                LookupStep::Pause(_) => {}
                LookupStep::Ask(_) => {
                    pages += 1;
                    lookup.answered(&page(&[process(1, 1, Some("[]"))], 999), None, 0);
                }
                end => break end,
            }
        };
        assert!(matches!(end, LookupStep::Unknown(_)));
        assert_eq!(pages, 50);
    }

    #[test]
    fn a_list_without_properties_is_completed_by_the_processes() {
        let listed = [process(1, 59, None), process(2, 58, None), process(3, 1, None)];
        let mine = process(2, 58, Some(MINE));
        let (end, _, asked) = follow(create(), |target| {
            if target.contains('?') {
                page(&listed, 1)
            } else if target.ends_with('2') {
                mine.clone()
            } else {
                process(1, 59, Some("[]"))
            }
        });
        assert_eq!(
            (end, asked.len()),
            (LookupStep::Performed(mine.clone()), 2),
            "the old one is not read"
        );
        let many: Vec<_> = (0..20).map(|id| process(id, 59, None)).collect();
        let (end, ..) = follow(create(), |_| page(&many, 9));
        assert!(matches!(end, LookupStep::Unknown(_)));
    }

    #[test]
    fn two_of_the_same_correlation_are_not_chosen_from() {
        let (end, ..) = follow(create(), |_| {
            page(&[process(1, 59, Some(MINE)), process(2, 59, Some(MINE))], 1)
        });
        assert!(matches!(end, LookupStep::Unknown(reason) if reason.contains("more than one")));
    }

    #[test]
    fn a_file_is_found_among_the_references() {
        let attach = || WriteLookup::new(Operation::Attach, ID, Some("c0"), 1_500);
        let reference =
            |name: &str| format!(r#"{{"externalIdentifier":"{name}","initialFileId":"f-{name}"}}"#);
        let model = |names: &[&str]| {
            let list: Vec<_> = names.iter().map(|name| reference(name)).collect();
            format!(r#"{{"id":"{ID}","fileReferences":[{}]}}"#, list.join(","))
        };
        let (end, _, asked) = follow(attach(), |_| model(&["x", "c0"]));
        assert_eq!(end, LookupStep::Performed(r#"{"fileId":"f-c0"}"#.into()));
        assert_eq!(asked, [format!("/api/process/{ID}")]);
        assert_eq!(follow(attach(), |_| model(&["x"])).0, LookupStep::NotPerformed);
        assert_eq!(follow(attach(), |_| model(&[])).1, [300, 1_500]);
        assert!(matches!(follow(attach(), |_| model(&["c0", "c0"])).0, LookupStep::Unknown(_)));
    }

    #[test]
    fn setup_asks_the_status() {
        let setup = |state: &str| {
            let json = format!(r#"{{"status":"{state}"}}"#);
            follow(WriteLookup::new(Operation::Setup, ID, None, 0), |_| json.clone())
        };
        let (end, _, asked) = setup("CREATED");
        assert_eq!(
            (end, asked),
            (LookupStep::NotPerformed, vec![format!("/api/process/{ID}/status")])
        );
        assert_eq!(setup("PENDING").0, LookupStep::Refused(State::Pending));
    }

    #[test]
    fn what_is_no_answer_says_nothing() {
        for json in ["", "null", "[]", "{", "{}", r#"{"content":7}"#, r#"{"content":null}"#] {
            for operation in [Operation::Create, Operation::Attach, Operation::Setup] {
                let lookup = WriteLookup::new(operation, ID, Some("c0"), 0);
                let (end, ..) = follow(lookup, |_| json.to_owned());
                assert!(matches!(end, LookupStep::Unknown(_)), "{operation} {json}");
            }
        }
    }
}
