//! What has been told of each process, and its form as text: the cursor.
//!
//! A cursor holds identifiers of processes, the platform's times, and letters with digits that stand
//! for what was told. It holds no name, no address, no secret.

use crate::contract::is_uuid;
use crate::contract::json::{self, JsonScalar};
use crate::error::{Error, ErrorKind, Result};
use crate::text::digits;

/// Version of the form.
const VERSION: &str = "1";

/// The mark of a process of which everything was told.
const DONE: &str = ".";

/// One process.
#[derive(Debug, Default)]
pub(super) struct CursorEntry {
    pub(super) id: String,
    /// Keys of the facts that were told, each after a space.
    mark: String,
    /// Whether everything was told: it is not looked at any more.
    pub(super) done: bool,
    /// Whether it was seen in this sweep.
    pub(super) seen: bool,
    /// Whether it cannot change any more.
    pub(super) ended: bool,
    /// The version whose audit records are still to be read.
    pub(super) records_due: Option<String>,
}

impl CursorEntry {
    pub(super) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    pub(super) fn was_told(&self, key: &str) -> bool {
        self.mark.split(' ').any(|told| told == key)
    }

    pub(super) fn told(&mut self, key: &str) {
        self.mark.push(' ');
        self.mark.push_str(key);
    }

    /// Of which version the audit records were told; takes the place of the one before.
    pub(super) fn told_records(&mut self, version: &str) {
        let mut mark = String::new();
        for key in self.mark.split(' ').filter(|key| !key.is_empty() && !key.starts_with('m')) {
            mark.push(' ');
            mark.push_str(key);
        }
        mark.push_str(" m");
        mark.push_str(version);
        self.mark = mark;
    }

    pub(super) fn knows_records(&self, version: &str) -> bool {
        self.mark.split(' ').any(|key| key.strip_prefix('m') == Some(version))
    }
}

/// All that a watch must know to go on.
#[derive(Debug, Default)]
pub(super) struct WatchCursor {
    /// The processes, by identifier.
    pub(super) entries: Vec<CursorEntry>,
    /// Newer processes than this are new: milliseconds since 1970 on the platform's clock.
    pub(super) since: Option<i64>,
    /// Whether what is found in the first sweep is not told.
    pub(super) silent: bool,
}

impl WatchCursor {
    /// Reads what [`Self::write`] wrote.
    ///
    /// # Errors
    /// Invalid argument for anything else.
    pub(super) fn read(text: &str) -> Result<Self> {
        let mut cursor = Self::default();
        let known = json::find_scalar(text, &["version"]) == Some(JsonScalar::Number(VERSION));
        let whole = json::validate(text).is_ok();
        let mut good = known && whole;
        if let Some(JsonScalar::Number(since)) = json::find_scalar(text, &["since"]) {
            cursor.since = since.parse().ok();
            good &= cursor.since.is_some();
        }
        cursor.silent = json::find_scalar(text, &["silent"]) == Some(JsonScalar::Boolean(true));
        for (id, _) in json::fields(json::find_raw(text, &["processes"]).unwrap_or_default()) {
            good &= is_uuid(&id);
        }
        for (id, mark) in json::fields(json::find_raw(text, &["processes"]).unwrap_or_default()) {
            let mark = json::find_string(mark, &[]).unwrap_or_default();
            good &= mark.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ' || b == b'.');
            cursor.add(&id);
            if let Some(entry) = cursor.find(&id) {
                entry.done = mark == DONE;
                entry.mark = mark.into_owned();
            }
        }
        if good {
            return Ok(cursor);
        }
        let message = "this is no cursor of a watch that this version of swisscom-sign knows";
        Err(Error::new(ErrorKind::InvalidArgument, message))
    }

    /// The cursor as JSON text.
    pub(super) fn write(&self) -> String {
        let mut out = String::from("{\"version\":");
        out.push_str(VERSION);
        if let Some(since) = self.since {
            out.push_str(",\"since\":");
            out.push_str(&digits(since));
        }
        if self.silent {
            out.push_str(",\"silent\":true");
        }
        out.push_str(",\"processes\":{");
        for (index, entry) in self.entries.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            json::write_string(&mut out, &entry.id);
            out.push(':');
            json::write_string(&mut out, if entry.done { DONE } else { entry.mark.trim_start() });
        }
        out.push_str("}}");
        out
    }

    /// Where the process is, or where it would be.
    fn place(&self, id: &str) -> core::result::Result<usize, usize> {
        self.entries.binary_search_by(|entry| entry.id.as_str().cmp(id))
    }

    pub(super) fn find(&mut self, id: &str) -> Option<&mut CursorEntry> {
        let place = self.place(id).ok()?;
        self.entries.get_mut(place)
    }

    /// Adds the process, unless it is there.
    pub(super) fn add(&mut self, id: &str) {
        if let Err(place) = self.place(id) {
            self.entries.insert(place, CursorEntry::new(id));
        }
    }
}
