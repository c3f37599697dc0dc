//! Determines from the data of the platform whether a write was performed.

use core::fmt;

use super::correlation::{CORRELATION_KEY, property_value, with_field};
use crate::contract::{
    Operation, PAGE_SIZE, Redacted, ReplaySafety, State, json, parse_date_time_ms,
};
use crate::format_text::{format_integer, join};
use crate::request::{SignRequest, find_all, get_process, get_status};

/// Maximum number of pages to read; older processes are not found.
const MAX_PAGES: u32 = 50;
/// Maximum number of processes to read one by one if the list does not contain properties.
const MAX_CANDIDATES: usize = 20;
/// Maximum difference of the platform's clocks in milliseconds. HTTP's `Date` has whole seconds.
const CLOCK_SKEW_MS: i64 = 10_000;
/// Number of complete reads without a match after which the write counts as not performed.
const REQUIRED_READS: u32 = 2;
/// Pause before the first read, in milliseconds: time for the write to become visible.
const FIRST_PAUSE_MS: u64 = 300;
/// Bounds of the pause before the last read. The pause is the duration of the lost attempt: a
/// platform that was slow to fail may be slow to finish.
const LAST_PAUSE_MS: (u64, u64) = (1_000, 10_000);

const UNIDENTIFIABLE: &str = "malformed list response: an entry is not a process";
const TOO_MANY: &str = "too many processes were created since the request was sent";

/// Next step of a lookup.
#[derive(Clone, PartialEq, Eq)]
pub enum LookupStep {
    /// Wait for this number of milliseconds.
    Pause(u64),
    /// Send this read and report the response with [`WriteLookup::on_response`]. If it fails, the
    /// outcome is unknown.
    Send(SignRequest<'static>),
    /// The write was performed; JSON text that its response would have had.
    Performed(String),
    /// The write was not performed and can be retried.
    NotPerformed,
    /// The state of the process forbids a retry.
    Refused(State),
    /// The outcome is unknown, with the reason.
    Unknown(&'static str),
}

/// Omits the response, which contains personal data.
impl fmt::Debug for LookupStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pause(ms) => f.debug_tuple("Pause").field(ms).finish(),
            Self::Send(request) => f.debug_tuple("Send").field(request).finish(),
            Self::Performed(text) => f.debug_tuple("Performed").field(&Redacted(text)).finish(),
            Self::NotPerformed => f.write_str("NotPerformed"),
            Self::Refused(state) => f.debug_tuple("Refused").field(state).finish(),
            Self::Unknown(reason) => f.debug_tuple("Unknown").field(reason).finish(),
        }
    }
}

enum LookupState {
    Pause,
    Page(u32),
    Candidate,
    Process,
    Status,
    End(LookupStep),
}

/// Determines whether a write was performed.
pub struct WriteLookup<'a> {
    operation: Operation,
    process_id: &'a str,
    correlation: &'a str,
    property: &'a str,
    took_ms: u64,
    reads: u32,
    /// Processes that the list returned without properties.
    candidates: Vec<String>,
    state: LookupState,
}

impl<'a> WriteLookup<'a> {
    /// Starts a lookup after the response to `operation` was lost. `process_id` is empty for create;
    /// `took_ms` is the duration of the lost attempt.
    pub fn new(
        operation: Operation,
        process_id: &'a str,
        correlation: Option<&'a str>,
        took_ms: u64,
    ) -> Self {
        let required = operation.spec().replay == ReplaySafety::AfterReconciliation;
        let state = if required && correlation.is_none() {
            LookupState::End(LookupStep::Unknown(
                "no free property for the correlation ID: leave one property unused",
            ))
        } else {
            LookupState::Pause
        };
        let correlation = correlation.unwrap_or_default();
        let candidates = Vec::new();
        let property = CORRELATION_KEY;
        Self { operation, process_id, correlation, property, took_ms, reads: 0, candidates, state }
    }

    /// Looks for the correlation ID of a process in another property than [`CORRELATION_KEY`].
    #[must_use]
    pub fn with_property(mut self, key: &'a str) -> Self {
        self.property = key;
        self
    }

    fn is_correlated(&self, properties: &str) -> bool {
        property_value(properties, self.property).is_some_and(|own| own == self.correlation)
    }

    /// Returns the next step.
    pub fn next_step(&mut self) -> LookupStep {
        if let LookupState::Pause = self.state {
            self.state = match self.operation {
                Operation::Create => LookupState::Page(0),
                Operation::Attach => LookupState::Process,
                _ => LookupState::Status,
            };
            return LookupStep::Pause(match self.reads {
                0 => FIRST_PAUSE_MS,
                _ => self.took_ms.clamp(LAST_PAUSE_MS.0, LAST_PAUSE_MS.1),
            });
        }
        let request = match &self.state {
            LookupState::Page(page) => find_all(&join(&[
                "{\"page\":",
                &format_integer((*page).into()),
                ",\"size\":",
                &format_integer(PAGE_SIZE.into()),
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
        request.map_or(LookupStep::Unknown(UNIDENTIFIABLE), LookupStep::Send)
    }

    /// Reports the response to a read: its JSON text, the platform's clock (`Date` of the response,
    /// in milliseconds since 1970) if present, and the milliseconds since the first attempt started.
    pub fn on_response(&mut self, json: &str, platform_ms: Option<i64>, since_ms: u64) {
        self.state = match self.state {
            LookupState::Page(page) => {
                let oldest = platform_ms.map(|now| {
                    now.saturating_sub(i64::try_from(since_ms).unwrap_or(i64::MAX) + CLOCK_SKEW_MS)
                });
                self.listed(page, json, oldest)
            }
            LookupState::Candidate => {
                self.candidates.pop();
                let properties = json::find_raw(json, &["properties"]).unwrap_or_default();
                if self.is_correlated(properties) {
                    LookupState::End(LookupStep::Performed(json.to_owned()))
                } else {
                    self.next_candidate()
                }
            }
            LookupState::Process => self.attached(json),
            _ => match json::find_string(json, &["status"]).map(|state| State::parse(&state)) {
                Some(State::Created) => LookupState::End(LookupStep::NotPerformed),
                Some(state) => LookupState::End(LookupStep::Refused(state)),
                None => LookupState::End(LookupStep::Unknown("malformed response: no `status`")),
            },
        };
    }

    /// A page of the list, newest first.
    fn listed(&mut self, page: u32, json: &str, oldest: Option<i64>) -> LookupState {
        let mut matching: Option<&str> = None;
        let (mut count, mut beyond) = (0, false);
        let content = json::find_raw(json, &["content"]).unwrap_or_default();
        if !content.starts_with('[') {
            return LookupState::End(LookupStep::Unknown("malformed list response: no `content`"));
        }
        for item in json::items(content) {
            count += 1;
            let created = json::find_string(item, &["createdDate"]);
            let created = created.and_then(|created| parse_date_time_ms(&created));
            let too_old = matches!((created, oldest), (Some(created), Some(old)) if created < old);
            beyond |= too_old;
            match json::find_raw(item, &["properties"]) {
                Some(list) if self.is_correlated(list) => {
                    if matching.replace(item).is_some() {
                        return duplicate();
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
        if let Some(item) = matching {
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
            return LookupState::End(LookupStep::Unknown(TOO_MANY));
        }
        LookupState::Page(page + 1)
    }

    fn next_candidate(&mut self) -> LookupState {
        match self.candidates.len() {
            0 => self.no_match(),
            1..=MAX_CANDIDATES => LookupState::Candidate,
            _ => LookupState::End(LookupStep::Unknown(TOO_MANY)),
        }
    }

    /// The process to which a file should have been attached.
    fn attached(&mut self, json: &str) -> LookupState {
        if json::find_string(json, &["id"]).is_none() {
            return LookupState::End(LookupStep::Unknown("malformed response: no `id`"));
        }
        let references = json::find_raw(json, &["fileReferences"]).unwrap_or_default();
        let mut matching = json::items(references).filter(|reference| {
            json::find_string(reference, &["externalIdentifier"])
                .is_some_and(|identifier| identifier == self.correlation)
        });
        match (matching.next(), matching.next()) {
            (None, _) => self.no_match(),
            (Some(_), Some(_)) => duplicate(),
            (Some(reference), None) => match json::find_raw(reference, &["initialFileId"]) {
                Some(id) => LookupState::End(LookupStep::Performed(with_field("{}", "fileId", id))),
                None => {
                    LookupState::End(LookupStep::Unknown("malformed response: no `initialFileId`"))
                }
            },
        }
    }

    /// A complete read did not find the correlation ID.
    fn no_match(&mut self) -> LookupState {
        self.reads += 1;
        if self.reads >= REQUIRED_READS {
            LookupState::End(LookupStep::NotPerformed)
        } else {
            LookupState::Pause
        }
    }
}

fn duplicate() -> LookupState {
    LookupState::End(LookupStep::Unknown("duplicate correlation ID: more than one process matches"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";
    const MINE: &str =
        r#"[{"key":"a","value":"b"},{"key":"swisscom-sign.correlation","value":"c0"}]"#;

    #[test]
    fn needs_a_correlation() {
        let LookupStep::Unknown(reason) =
            WriteLookup::new(Operation::Create, "", None, 0).next_step()
        else {
            panic!("the outcome must be unknown")
        };
        assert!(reason.contains("no free property"), "{reason}");
    }

    /// Runs a lookup to its end; `platform` responds to each read.
    fn run(
        mut lookup: WriteLookup<'_>,
        mut platform: impl FnMut(&str) -> String,
    ) -> (LookupStep, Vec<u64>, Vec<String>) {
        let (mut pauses, mut requested) = (Vec::new(), Vec::new());
        loop {
            match lookup.next_step() {
                LookupStep::Pause(ms) => pauses.push(ms),
                LookupStep::Send(request) => {
                    let target = request.target();
                    let json = platform(&target);
                    requested.push(target);
                    lookup.on_response(&json, Some(NOW), 5_000);
                }
                end => return (end, pauses, requested),
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
    fn finds_a_listed_process() {
        let mine = process(2, 59, Some(MINE));
        let other = process(1, 59, Some(&MINE.replace("c0", "c1")));
        let (end, pauses, requested) = run(create(), |_| page(&[other.clone(), mine.clone()], 9));
        assert_eq!((end, pauses), (LookupStep::Performed(mine.clone()), vec![300]));
        assert_eq!(requested, ["/api/process?page=0&size=20&sort=createdDate%2CDESC"]);
    }

    #[test]
    fn finds_a_process_by_another_property() {
        let mine = process(2, 59, Some(r#"[{"key":"relay.owner","value":"c0"}]"#));
        let (end, ..) =
            run(create().with_property("relay.owner"), |_| page(std::slice::from_ref(&mine), 1));
        assert_eq!(end, LookupStep::Performed(mine.clone()));
        assert_eq!(
            run(create(), |_| page(std::slice::from_ref(&mine), 1)).0,
            LookupStep::NotPerformed
        );
    }

    #[test]
    fn two_reads_without_a_match_mean_not_performed() {
        let (end, pauses, requested) = run(create(), |_| page(&[process(1, 59, Some("[]"))], 1));
        assert_eq!((end, pauses, requested.len()), (LookupStep::NotPerformed, vec![300, 2_000], 2));
        let quick = WriteLookup::new(Operation::Create, "", Some("c0"), 3);
        assert_eq!(run(quick, |_| page(&[], 0)).1, [300, 1_000]);
        let slow = WriteLookup::new(Operation::Create, "", Some("c0"), 60_000);
        assert_eq!(run(slow, |_| page(&[], 0)).1, [300, 10_000]);
    }

    #[test]
    fn second_read_finds_a_late_write() {
        let mine = process(2, 59, Some(MINE));
        let mut reading = 0;
        let (end, ..) = run(create(), |_| {
            reading += 1;
            if reading == 1 { page(&[], 0) } else { page(std::slice::from_ref(&mine), 1) }
        });
        assert_eq!(end, LookupStep::Performed(mine));
    }

    #[test]
    fn reads_pages_back_to_the_first_attempt() {
        // The first attempt started at 00:55 on the platform's clock; 10 s are the clock skew.
        let (end, _, requested) = run(create(), |target| match target.contains("page=0") {
            true => page(&[process(1, 50, Some("[]")), process(2, 45, Some("[]"))], 9),
            false => page(&[process(3, 44, Some("[]"))], 9),
        });
        assert_eq!((end, requested.len()), (LookupStep::NotPerformed, 4));
        // Without the platform's clock, up to the maximum number of pages.
        let mut lookup = create();
        let mut pages = 0;
        let end = loop {
            match lookup.next_step() {
                LookupStep::Pause(_) => {}
                LookupStep::Send(_) => {
                    pages += 1;
                    lookup.on_response(&page(&[process(1, 1, Some("[]"))], 999), None, 0);
                }
                end => break end,
            }
        };
        assert!(matches!(end, LookupStep::Unknown(_)));
        assert_eq!(pages, 50);
    }

    #[test]
    fn reads_processes_that_are_listed_without_properties() {
        let listed = [process(1, 59, None), process(2, 58, None), process(3, 1, None)];
        let mine = process(2, 58, Some(MINE));
        let (end, _, requested) = run(create(), |target| {
            if target.contains('?') {
                page(&listed, 1)
            } else if target.ends_with('2') {
                mine.clone()
            } else {
                process(1, 59, Some("[]"))
            }
        });
        assert_eq!(
            (end, requested.len()),
            (LookupStep::Performed(mine.clone()), 2),
            "the old one is not read"
        );
        let many: Vec<_> = (0..20).map(|id| process(id, 59, None)).collect();
        let (end, ..) = run(create(), |_| page(&many, 9));
        assert!(matches!(end, LookupStep::Unknown(_)));
    }

    #[test]
    fn rejects_a_duplicate_correlation() {
        let (end, ..) =
            run(create(), |_| page(&[process(1, 59, Some(MINE)), process(2, 59, Some(MINE))], 1));
        assert!(matches!(end, LookupStep::Unknown(reason) if reason.contains("more than one")));
    }

    #[test]
    fn finds_an_attached_file() {
        let attach = || WriteLookup::new(Operation::Attach, ID, Some("c0"), 1_500);
        let reference =
            |name: &str| format!(r#"{{"externalIdentifier":"{name}","initialFileId":"f-{name}"}}"#);
        let model = |names: &[&str]| {
            let list: Vec<_> = names.iter().map(|name| reference(name)).collect();
            format!(r#"{{"id":"{ID}","fileReferences":[{}]}}"#, list.join(","))
        };
        let (end, _, requested) = run(attach(), |_| model(&["x", "c0"]));
        assert_eq!(end, LookupStep::Performed(r#"{"fileId":"f-c0"}"#.into()));
        assert_eq!(requested, [format!("/api/process/{ID}")]);
        assert_eq!(run(attach(), |_| model(&["x"])).0, LookupStep::NotPerformed);
        assert_eq!(run(attach(), |_| model(&[])).1, [300, 1_500]);
        assert!(matches!(run(attach(), |_| model(&["c0", "c0"])).0, LookupStep::Unknown(_)));
    }

    #[test]
    fn checks_the_status_after_setup() {
        let setup = |state: &str| {
            let json = format!(r#"{{"status":"{state}"}}"#);
            run(WriteLookup::new(Operation::Setup, ID, None, 0), |_| json.clone())
        };
        let (end, _, requested) = setup("CREATED");
        assert_eq!(
            (end, requested),
            (LookupStep::NotPerformed, vec![format!("/api/process/{ID}/status")])
        );
        assert_eq!(setup("PENDING").0, LookupStep::Refused(State::Pending));
    }

    #[test]
    fn malformed_responses_leave_the_outcome_unknown() {
        for json in ["", "null", "[]", "{", "{}", r#"{"content":7}"#, r#"{"content":null}"#] {
            for operation in [Operation::Create, Operation::Attach, Operation::Setup] {
                let lookup = WriteLookup::new(operation, ID, Some("c0"), 0);
                let (end, ..) = run(lookup, |_| json.to_owned());
                assert!(matches!(end, LookupStep::Unknown(_)), "{operation} {json}");
            }
        }
    }
}
