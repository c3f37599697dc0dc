//! [`Watch`]: from what is read of processes to events, and what to read next.
//!
//! The host asks [`Watch::next`] what to do, does it, and tells the outcome. A sweep reads what can
//! have changed: pages of the list for many processes, each process by itself where its identifier
//! was given or it left the list. What was told is marked as soon as it is handed out, so that the
//! cursor and the events never part: whoever goes on with a cursor gets every event after it, once.

use super::budget::RequestRateLimiter;
use super::cursor::WatchCursor;
use super::facts::{self, ObservedEvent};
use super::pace::{IntervalBounds, next_look_ms};
use crate::contract::State;
use crate::contract::json::{self, JsonScalar};
use crate::error::{Error, ErrorKind, Result};
use crate::text::digits;

/// Processes per page, the most that the contract allows (findAll, `size`).
const PAGE: &str = "20";

/// New processes are looked for back to so long before the newest one that was seen, in
/// milliseconds: one may come into the list later than another that was created after it.
const OVERLAP_MS: i64 = 10 * 60_000;

/// What to watch, and how.
#[derive(Debug, Clone)]
pub struct WatchOptions {
    /// These processes. Empty: those of the list.
    pub ids: Vec<String>,
    /// Of the list those in this state, CREATED or PENDING, as long as they are in it; all that
    /// have not ended, and all new ones, when absent.
    pub status: Option<State>,
    /// Whether what has happened before is not told.
    pub from_now: bool,
    /// Whether audit records are told, which are read of each process that is new or has changed.
    pub records: bool,
    /// Requests in any sixty seconds, at most.
    pub per_minute: u32,
    /// Pauses between two sweeps.
    pub bounds: IntervalBounds,
}

/// What the host does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchStep {
    /// Hand out an event (JSON text).
    Event(String),
    /// Ask for a page of the list (findAll), with this query (JSON text).
    List(String),
    /// Ask for a process (getProcess).
    Details(String),
    /// Ask for the audit records of a process (getRecords).
    Records(String),
    /// Wait so many milliseconds.
    Wait(u64),
    /// Everything was told that can happen.
    End,
}

/// Reading the list: which part of it, and how far.
#[derive(Debug, Clone)]
enum ListScan {
    /// The new processes, newest first.
    New,
    /// The processes in a state, oldest first: a new one moves no other to another page.
    In(State),
}

/// What is handed out or done after what stands before it.
#[derive(Debug)]
enum QueuedDelivery {
    Fact(String, ObservedEvent),
    Records(String, String),
    Done(String),
}

/// A watch.
#[derive(Debug)]
pub struct Watch {
    watched: WatchOptions,
    legs: Vec<ListScan>,
    cursor: WatchCursor,
    budget: RequestRateLimiter,
    /// In reverse order.
    queue: Vec<QueuedDelivery>,
    leg: usize,
    page: u32,
    /// Size of the list at the last page, and the newest process of the leg.
    total: u32,
    newest: Option<i64>,
    pause_until: u64,
    changed: u64,
    failures: u32,
    asked: Option<WatchStep>,
}

impl Watch {
    /// A watch that begins, or that goes on after a cursor.
    ///
    /// # Errors
    /// Invalid argument for identifiers, states and cursors that cannot be used.
    pub fn new(watched: WatchOptions, cursor: Option<&str>, now: u64) -> Result<Self> {
        let invalid = |message: &str| Error::new(ErrorKind::InvalidArgument, message);
        let by_id = !watched.ids.is_empty();
        if !watched.ids.iter().all(|id| crate::contract::is_uuid(id)) {
            return Err(invalid("ids must be identifiers of processes: UUIDs"));
        }
        let legs = match &watched.status {
            _ if by_id => Vec::new(),
            None => vec![ListScan::New, ListScan::In(State::Created), ListScan::In(State::Pending)],
            Some(state @ (State::Created | State::Pending)) => vec![ListScan::In(state.clone())],
            Some(_) => return Err(invalid("status must be CREATED or PENDING")),
        };
        let mut known = match cursor {
            Some(text) => WatchCursor::read(text)?,
            None => WatchCursor { silent: watched.from_now, ..WatchCursor::default() },
        };
        if by_id {
            let ids: Vec<String> = watched.ids.iter().map(|id| id.to_ascii_lowercase()).collect();
            known.entries.retain(|entry| ids.contains(&entry.id));
            ids.iter().for_each(|id| known.add(id));
        }
        Ok(Self {
            budget: RequestRateLimiter::new(watched.per_minute),
            watched,
            legs,
            cursor: known,
            queue: Vec::new(),
            leg: 0,
            page: 0,
            total: 0,
            newest: None,
            pause_until: now,
            changed: now,
            failures: 0,
            asked: None,
        })
    }

    /// What to do next. `now` is in milliseconds on any clock that never goes back, `jitter` a
    /// random number in 0..1.
    pub fn next(&mut self, now: u64, jitter: f64) -> WatchStep {
        // The first look for new processes also tells which ones are old: until it is over no
        // cursor could keep them apart.
        let fresh = self.is_new() && self.cursor.since.is_none();
        while let Some(queued) = if fresh { None } else { self.queue.pop() } {
            if let Some(event) = self.hand_out(queued) {
                self.changed = now;
                return WatchStep::Event(event);
            }
        }
        let wait = self.pause_until.saturating_sub(now).max(self.budget.wait_ms(now));
        if wait > 0 {
            return WatchStep::Wait(wait);
        }
        if let Some(step) = self.ask() {
            self.budget.spend(now);
            self.asked = Some(step.clone());
            return step;
        }
        self.end_sweep();
        if self.legs.is_empty() && self.cursor.entries.iter().all(|entry| entry.done) {
            return WatchStep::End;
        }
        let quiet = now.saturating_sub(self.changed);
        let pause = next_look_ms(quiet, 0, self.watched.bounds, jitter).max(1);
        self.pause_until = now.saturating_add(pause);
        WatchStep::Wait(pause)
    }

    /// What was asked for was answered, with this body.
    pub fn answered(&mut self, text: &str) {
        self.failures = 0;
        self.queue.reverse();
        match self.asked.take() {
            Some(WatchStep::List(_)) => self.read_page(text),
            Some(WatchStep::Details(id)) => {
                self.observe(text);
                // Whatever was answered: the process was looked at.
                if let Some(entry) = self.cursor.find(&id) {
                    entry.seen = true;
                }
            }
            Some(WatchStep::Records(id)) => self.read_records(id, text),
            _ => {}
        }
        self.queue.reverse();
    }

    /// What was asked for failed. Whether to go on; if not, the error is the caller's.
    ///
    /// - `status`: of the answer, 0 for none.
    /// - `can_pass`: whether the same request can succeed later.
    /// - `retry_after_ms`: as the platform asked, 0 for nothing.
    pub fn failed(
        &mut self,
        status: u16,
        can_pass: bool,
        retry_after_ms: u64,
        now: u64,
        jitter: f64,
    ) -> bool {
        match (self.asked.take(), status) {
            (Some(WatchStep::Details(id)), 404 | 410) => {
                if let Some(entry) = self.cursor.find(&id) {
                    (entry.seen, entry.records_due) = (true, None);
                }
                self.queue.insert(0, QueuedDelivery::Fact(id.clone(), facts::gone(&id)));
                self.queue.insert(0, QueuedDelivery::Done(id));
                true
            }
            (Some(WatchStep::Records(id)), 404 | 409 | 410) => {
                self.queue.reverse();
                self.read_records(id, "");
                self.queue.reverse();
                true
            }
            _ if can_pass => {
                let bounds = self.watched.bounds;
                let pause = next_look_ms(0, self.failures, bounds, jitter).max(retry_after_ms);
                self.failures = self.failures.saturating_add(1);
                self.pause_until = now.saturating_add(pause.max(1));
                true
            }
            _ => false,
        }
    }

    /// The cursor after the last event that was handed out: JSON text, without names or addresses.
    pub fn cursor(&self) -> String {
        self.cursor.write()
    }

    fn is_new(&self) -> bool {
        matches!(self.legs.first(), Some(ListScan::New))
    }

    fn hand_out(&mut self, queued: QueuedDelivery) -> Option<String> {
        let silent = self.cursor.silent;
        match queued {
            QueuedDelivery::Fact(id, fact) => {
                let entry = self.cursor.find(&id)?;
                if entry.was_told(&fact.key) {
                    return None;
                }
                entry.told(&fact.key);
                (!silent).then_some(fact.event)
            }
            QueuedDelivery::Records(id, version) => {
                self.cursor.find(&id)?.told_records(&version);
                None
            }
            QueuedDelivery::Done(id) => {
                self.cursor.find(&id)?.done = true;
                None
            }
        }
    }

    fn ask(&self) -> Option<WatchStep> {
        let entries = &self.cursor.entries;
        if let Some(entry) = entries.iter().find(|entry| entry.records_due.is_some()) {
            return Some(WatchStep::Records(entry.id.clone()));
        }
        if let Some(leg) = self.legs.get(self.leg) {
            let mut query = String::from("{\"size\":");
            query.push_str(PAGE);
            query.push_str(",\"page\":");
            query.push_str(&digits(i64::from(self.page)));
            query.push_str(",\"sort\":[\"createdDate,");
            match leg {
                ListScan::New => query.push_str("desc\"]"),
                ListScan::In(state) => {
                    query.push_str("asc\"],\"status\":");
                    json::write_string(&mut query, state.as_str());
                }
            }
            query.push('}');
            return Some(WatchStep::List(query));
        }
        let unseen = entries.iter().find(|entry| !entry.done && !entry.seen);
        unseen.map(|entry| WatchStep::Details(entry.id.clone()))
    }

    fn end_sweep(&mut self) {
        let by_id = self.legs.is_empty();
        // What has ended is kept as long as the list shows it: it would be taken for new.
        self.cursor.entries.retain(|entry| by_id || !entry.done || entry.seen);
        self.cursor.entries.iter_mut().for_each(|entry| entry.seen = false);
        self.cursor.silent = false;
        (self.leg, self.page, self.total) = (0, 0, 0);
    }

    fn read_page(&mut self, text: &str) {
        let number = |path: &[&str]| match json::find_scalar(text, path) {
            Some(JsonScalar::Number(number)) => u32::try_from(number.parse::<i64>().ok()?).ok(),
            _ => None,
        };
        let new = matches!(self.legs.get(self.leg), Some(ListScan::New));
        let (mut count, mut oldest) = (0, i64::MAX);
        for process in json::items(json::find_raw(text, &["content"]).unwrap_or_default()) {
            count += 1;
            if let Some(created) = self.observe(process) {
                oldest = oldest.min(created);
            }
        }
        let pages = number(&["page", "totalPages"]).or_else(|| number(&["totalPages"]));
        let more = match pages {
            Some(pages) => self.page.saturating_add(1) < pages,
            None => json::find_scalar(text, &["last"]) == Some(JsonScalar::Boolean(false)),
        };
        let before = self.total;
        self.total = number(&["page", "totalElements"]).unwrap_or(0);
        if count > 0 && more && !(new && self.floor().is_some_and(|floor| oldest < floor)) {
            // Some that left the list have moved others to pages that were read.
            let back = self.page > 0 && self.total < before;
            self.page = if back { self.page - 1 } else { self.page + 1 };
            return;
        }
        if new {
            self.cursor.since = self.cursor.since.max(self.newest.take()).or(Some(0));
        }
        (self.leg, self.page, self.total) = (self.leg + 1, 0, 0);
    }

    /// Back to which moment new processes are looked for.
    fn floor(&self) -> Option<i64> {
        Some(self.cursor.since.or(self.newest)?.saturating_sub(OVERLAP_MS))
    }

    /// Reads a process: what was not told of it is queued. When it was created, if it has told.
    fn observe(&mut self, process: &str) -> Option<i64> {
        let seen = facts::read(process)?;
        let ended = matches!(seen.state, State::Completed | State::Expired);
        let new = matches!(self.legs.get(self.leg), Some(ListScan::New));
        if new {
            self.newest = self.newest.max(Some(seen.created));
        }
        if self.cursor.find(&seen.id).is_none() {
            // The list of new processes shows old ones too.
            let old = new && ended && self.floor().is_some_and(|floor| seen.created < floor);
            if self.legs.is_empty() || old {
                return Some(seen.created);
            }
            let begun = self.cursor.since.is_some();
            self.cursor.add(&seen.id);
            if let Some(entry) = self.cursor.find(&seen.id) {
                // It had ended before the watch began: nothing is told of it.
                entry.done = new && ended && !begun;
            }
        }
        let left = self.watched.status.as_ref().is_some_and(|wanted| {
            *wanted != seen.state && matches!(seen.state, State::Created | State::Pending)
        });
        let records = self.watched.records;
        let entry = self.cursor.find(&seen.id)?;
        entry.seen = true;
        if entry.done {
            return Some(seen.created);
        }
        for fact in seen.facts {
            self.queue.push(QueuedDelivery::Fact(seen.id.clone(), fact));
        }
        entry.ended = ended || (left && self.legs.len() == 1);
        if records && !entry.knows_records(&seen.version) {
            entry.records_due = Some(seen.version);
        } else if entry.ended {
            self.queue.push(QueuedDelivery::Done(seen.id));
        }
        Some(seen.created)
    }

    fn read_records(&mut self, id: String, text: &str) {
        for fact in facts::records(&id, text) {
            self.queue.push(QueuedDelivery::Fact(id.clone(), fact));
        }
        let Some(entry) = self.cursor.find(&id) else { return };
        let (version, ended) = (entry.records_due.take(), entry.ended);
        if let Some(version) = version {
            self.queue.push(QueuedDelivery::Records(id.clone(), version));
        }
        if ended {
            self.queue.push(QueuedDelivery::Done(id));
        }
    }
}
