//! State machine of [`Watch`].
//!
//! The host calls [`Watch::next_step`], performs the step and reports its outcome. A sweep reads
//! everything that can have changed: pages of the list, and single processes whose ID was given or
//! which left the list. An event is marked as delivered when it is handed out, so that the cursor
//! always matches the delivered events: a watch that continues from a cursor delivers every later
//! event once.

use core::fmt;

use super::cursor::WatchCursor;
use super::events::{self, ObservedEvent};
use super::interval::{IntervalBounds, next_interval_ms};
use super::rate_limit::RequestRateLimiter;
use crate::contract::json::{self, JsonScalar};
use crate::contract::{PAGE_SIZE, Redacted, State};
use crate::error::{Error, ErrorKind, Result};
use crate::format_text::format_integer;

/// Overlap of two list scans, in milliseconds. The list is eventually consistent: a process can
/// appear after one that was created later, and would be missed without the overlap.
const OVERLAP_MS: i64 = 10 * 60_000;

/// Options of a watch.
#[derive(Debug, Clone)]
pub struct WatchOptions {
    /// IDs of the processes to watch; empty watches the list.
    pub ids: Vec<String>,
    /// Watches the listed processes while they are in this state, CREATED or PENDING; `None` watches
    /// all processes that have not ended, and all new ones.
    pub status: Option<State>,
    /// Whether past events are skipped.
    pub from_now: bool,
    /// Whether audit records are delivered; they are read for each new or changed process.
    pub records: bool,
    /// Maximum number of requests in 60 seconds.
    pub per_minute: u32,
    /// Bounds of the pause between two sweeps.
    pub bounds: IntervalBounds,
}

/// Next action of the host.
#[derive(Clone, PartialEq, Eq)]
pub enum WatchStep {
    /// Deliver an event (JSON text).
    Event(String),
    /// Request a page of the list (findAll) with this query (JSON text).
    List(String),
    /// Request a process (getProcess).
    Details(String),
    /// Request the audit records of a process (getRecords).
    Records(String),
    /// Wait for this number of milliseconds.
    Wait(u64),
    /// Stop: no further event can happen.
    End,
}

/// Omits the event, which contains data of the process.
impl fmt::Debug for WatchStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => f.debug_tuple("Event").field(&Redacted(event)).finish(),
            Self::List(query) => f.debug_tuple("List").field(query).finish(),
            Self::Details(id) => f.debug_tuple("Details").field(id).finish(),
            Self::Records(id) => f.debug_tuple("Records").field(id).finish(),
            Self::Wait(ms) => f.debug_tuple("Wait").field(ms).finish(),
            Self::End => f.write_str("End"),
        }
    }
}

/// Part of a list scan.
#[derive(Debug, Clone)]
enum ListScan {
    /// New processes, newest first.
    New,
    /// Processes in a state, oldest first, so that new ones do not shift the pages.
    In(State),
}

/// Entry of the delivery queue.
enum QueuedDelivery {
    Event(String, ObservedEvent),
    Records(String, String),
    Done(String),
}

/// Watches processes, see the [module](super).
pub struct Watch {
    options: WatchOptions,
    scans: Vec<ListScan>,
    cursor: WatchCursor,
    rate_limiter: RequestRateLimiter,
    /// In reverse order.
    queue: Vec<QueuedDelivery>,
    scan: usize,
    page: u32,
    /// Number of processes in the list when the last page was read.
    total: u32,
    /// Creation time of the newest process of the scan.
    newest: Option<i64>,
    pause_until: u64,
    changed: u64,
    failures: u32,
    /// Whether the last request for a page was answered by 404.
    list_missing: bool,
    requested: Option<WatchStep>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("options", &self.options)
            .field("queued", &self.queue.len())
            .field("requested", &self.requested)
            .finish_non_exhaustive()
    }
}

impl Watch {
    /// Starts a watch, or continues one from a cursor.
    ///
    /// # Errors
    /// Invalid argument for an invalid ID, state or cursor.
    pub fn new(options: WatchOptions, cursor: Option<&str>, now: u64) -> Result<Self> {
        let invalid = |message: &str| Error::new(ErrorKind::InvalidArgument, message);
        let by_id = !options.ids.is_empty();
        if !options.ids.iter().all(|id| crate::contract::is_uuid(id)) {
            return Err(invalid("invalid ids: each must be the UUID of a process"));
        }
        let scans = match &options.status {
            _ if by_id => Vec::new(),
            None => vec![ListScan::New, ListScan::In(State::Created), ListScan::In(State::Pending)],
            Some(state @ (State::Created | State::Pending)) => vec![ListScan::In(state.clone())],
            Some(_) => return Err(invalid("invalid status: it must be CREATED or PENDING")),
        };
        let mut cursor = match cursor {
            Some(text) => WatchCursor::parse(text)?,
            None => WatchCursor { silent: options.from_now, ..WatchCursor::default() },
        };
        if by_id {
            let ids: Vec<String> = options.ids.iter().map(|id| id.to_ascii_lowercase()).collect();
            cursor.entries.retain(|entry| ids.contains(&entry.id));
            ids.iter().for_each(|id| cursor.add(id));
        }
        Ok(Self {
            rate_limiter: RequestRateLimiter::new(options.per_minute),
            options,
            scans,
            cursor,
            queue: Vec::new(),
            scan: 0,
            page: 0,
            total: 0,
            newest: None,
            pause_until: now,
            changed: now,
            failures: 0,
            list_missing: false,
            requested: None,
        })
    }

    /// Returns the next step. `now` is in milliseconds on a monotonic clock, `jitter` a random
    /// number in 0..1.
    pub fn next_step(&mut self, now: u64, jitter: f64) -> WatchStep {
        // The first scan of new processes also determines which ones are old: deliver nothing
        // before it is complete, because a cursor could not distinguish them.
        let first_scan = self.is_new() && self.cursor.since.is_none();
        while let Some(queued) = if first_scan { None } else { self.queue.pop() } {
            if let Some(event) = self.deliver(queued) {
                self.changed = now;
                return WatchStep::Event(event);
            }
        }
        let wait = self.pause_until.saturating_sub(now).max(self.rate_limiter.wait_ms(now));
        if wait > 0 {
            return WatchStep::Wait(wait);
        }
        if let Some(step) = self.next_request() {
            self.rate_limiter.record(now);
            self.requested = Some(step.clone());
            return step;
        }
        self.end_sweep();
        if self.scans.is_empty() && self.cursor.entries.iter().all(|entry| entry.done) {
            return WatchStep::End;
        }
        let quiet = now.saturating_sub(self.changed);
        let pause = next_interval_ms(quiet, 0, self.options.bounds, jitter).max(1);
        self.pause_until = now.saturating_add(pause);
        WatchStep::Wait(pause)
    }

    /// Reports the response to the last request.
    pub fn on_response(&mut self, text: &str) {
        self.failures = 0;
        self.queue.reverse();
        match self.requested.take() {
            Some(WatchStep::List(_)) => {
                self.list_missing = false;
                self.read_page(text);
            }
            Some(WatchStep::Details(id)) => {
                self.observe(text);
                // Mark as read even if the response could not be parsed; otherwise the same
                // process would be requested again and the sweep would not end.
                if let Some(entry) = self.cursor.find(&id) {
                    entry.seen = true;
                }
            }
            Some(WatchStep::Records(id)) => {
                if let Some(entry) = self.cursor.find(&id) {
                    entry.records_missing = false;
                }
                self.read_records(id, text);
            }
            _ => {}
        }
        self.queue.reverse();
    }

    /// Reports the failure of the last request. Returns whether to continue; if not, the host returns
    /// the error to its caller.
    ///
    /// - `status`: HTTP status, 0 without a response.
    /// - `retryable`: whether the same request can succeed later, also since a gateway responded.
    /// - `retry_after_ms`: `Retry-After`, 0 if absent.
    pub fn on_error(
        &mut self,
        status: u16,
        retryable: bool,
        retry_after_ms: u64,
        now: u64,
        jitter: f64,
    ) -> bool {
        match (self.requested.take(), status) {
            _ if retryable => {
                self.pause(retry_after_ms, now, jitter);
                true
            }
            (Some(WatchStep::List(_)), 404) if !self.list_missing => {
                self.list_missing = true;
                self.pause(retry_after_ms, now, jitter);
                true
            }
            (Some(WatchStep::Details(id)), 404 | 410) => {
                let mut first = false;
                if let Some(entry) = self.cursor.find(&id) {
                    (entry.seen, entry.records_due) = (true, None);
                    first = !core::mem::replace(&mut entry.missing, true);
                }
                if !first {
                    let gone = events::gone_event(&id);
                    self.queue.insert(0, QueuedDelivery::Event(id.clone(), gone));
                    self.queue.insert(0, QueuedDelivery::Done(id));
                }
                true
            }
            (Some(WatchStep::Records(id)), 404 | 409 | 410) => {
                let mut first = false;
                if let Some(entry) = self.cursor.find(&id) {
                    first = !core::mem::replace(&mut entry.records_missing, true);
                    // The next sweep finds that the records are still due.
                    if first {
                        entry.records_due = None;
                    }
                }
                if !first {
                    self.queue.reverse();
                    self.read_records(id, "");
                    self.queue.reverse();
                }
                true
            }
            _ => false,
        }
    }

    fn pause(&mut self, retry_after_ms: u64, now: u64, jitter: f64) {
        let bounds = self.options.bounds;
        let pause = next_interval_ms(0, self.failures, bounds, jitter).max(retry_after_ms);
        self.failures = self.failures.saturating_add(1);
        self.pause_until = now.saturating_add(pause.max(1));
    }

    /// Returns the cursor after the last delivered event: JSON text without names or addresses.
    pub fn cursor(&self) -> String {
        self.cursor.encode()
    }

    fn is_new(&self) -> bool {
        matches!(self.scans.first(), Some(ListScan::New))
    }

    fn deliver(&mut self, queued: QueuedDelivery) -> Option<String> {
        let silent = self.cursor.silent;
        match queued {
            QueuedDelivery::Event(id, event) => {
                let entry = self.cursor.find(&id)?;
                if entry.was_delivered(&event.key) {
                    return None;
                }
                entry.mark_delivered(&event.key);
                (!silent).then_some(event.event)
            }
            QueuedDelivery::Records(id, version) => {
                self.cursor.find(&id)?.mark_records_delivered(&version);
                None
            }
            QueuedDelivery::Done(id) => {
                self.cursor.find(&id)?.done = true;
                None
            }
        }
    }

    fn next_request(&self) -> Option<WatchStep> {
        let entries = &self.cursor.entries;
        if let Some(entry) = entries.iter().find(|entry| entry.records_due.is_some()) {
            return Some(WatchStep::Records(entry.id.clone()));
        }
        if let Some(scan) = self.scans.get(self.scan) {
            let mut query = String::from("{\"size\":");
            query.push_str(&format_integer(i64::from(PAGE_SIZE)));
            query.push_str(",\"page\":");
            query.push_str(&format_integer(i64::from(self.page)));
            query.push_str(",\"sort\":[\"createdDate,");
            match scan {
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
        let by_id = self.scans.is_empty();
        // Keep ended processes while the list still contains them; without the entry the next
        // sweep would report them as new.
        self.cursor.entries.retain(|entry| by_id || !entry.done || entry.seen);
        self.cursor.entries.iter_mut().for_each(|entry| entry.seen = false);
        self.cursor.silent = false;
        (self.scan, self.page, self.total) = (0, 0, 0);
    }

    fn read_page(&mut self, text: &str) {
        let number = |path: &[&str]| match json::find_scalar(text, path) {
            Some(JsonScalar::Number(number)) => u32::try_from(number.parse::<i64>().ok()?).ok(),
            _ => None,
        };
        let new = matches!(self.scans.get(self.scan), Some(ListScan::New));
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
        if count > 0 && more && !(new && self.oldest_to_scan().is_some_and(|floor| oldest < floor))
        {
            // The list became shorter, so processes moved to pages that were already read: go back
            // one page so that none is skipped.
            let back = self.page > 0 && self.total < before;
            self.page = if back { self.page - 1 } else { self.page + 1 };
            return;
        }
        if new {
            self.cursor.since = self.cursor.since.max(self.newest.take()).or(Some(0));
        }
        (self.scan, self.page, self.total) = (self.scan + 1, 0, 0);
    }

    /// Creation time down to which the scan of new processes reads.
    fn oldest_to_scan(&self) -> Option<i64> {
        Some(self.cursor.since.or(self.newest)?.saturating_sub(OVERLAP_MS))
    }

    /// Parses a process and queues its events. Returns its creation time.
    fn observe(&mut self, process: &str) -> Option<i64> {
        let seen = events::parse_process(process)?;
        let ended = matches!(seen.state, State::Completed | State::Expired);
        let new = matches!(self.scans.get(self.scan), Some(ListScan::New));
        if new {
            self.newest = self.newest.max(Some(seen.created));
        }
        if self.cursor.find(&seen.id).is_none() {
            // The scan of new processes also returns old ones.
            let old =
                new && ended && self.oldest_to_scan().is_some_and(|oldest| seen.created < oldest);
            if self.scans.is_empty() || old {
                return Some(seen.created);
            }
            let started = self.cursor.since.is_some();
            self.cursor.add(&seen.id);
            if let Some(entry) = self.cursor.find(&seen.id) {
                // Do not report processes that ended before the watch started.
                entry.done = new && ended && !started;
            }
        }
        let left = self.options.status.as_ref().is_some_and(|status| {
            *status != seen.state && matches!(seen.state, State::Created | State::Pending)
        });
        let records = self.options.records;
        let entry = self.cursor.find(&seen.id)?;
        (entry.seen, entry.missing) = (true, false);
        if entry.done {
            return Some(seen.created);
        }
        for event in seen.events {
            self.queue.push(QueuedDelivery::Event(seen.id.clone(), event));
        }
        entry.ended = ended || (left && self.scans.len() == 1);
        if records && !entry.knows_records(&seen.version) {
            entry.records_due = Some(seen.version);
        } else if entry.ended {
            self.queue.push(QueuedDelivery::Done(seen.id));
        }
        Some(seen.created)
    }

    fn read_records(&mut self, id: String, text: &str) {
        for event in events::parse_records(&id, text) {
            self.queue.push(QueuedDelivery::Event(id.clone(), event));
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
