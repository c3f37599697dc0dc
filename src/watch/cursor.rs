//! Cursor: the events already delivered per process, and their serialization.
//!
//! A cursor contains process IDs, timestamps of the platform, and hashed keys of delivered events. It
//! contains no name, no address and no secret.

use crate::contract::is_uuid;
use crate::contract::json::{self, JsonScalar};
use crate::error::{Error, ErrorKind, Result};
use crate::format_text::format_integer;

/// Version of the serialization.
const VERSION: &str = "1";

/// Serialized form of a process whose events were all delivered.
const ALL_DELIVERED: &str = ".";

/// Delivered events of one process.
#[derive(Debug, Default)]
pub(super) struct CursorEntry {
    pub(super) id: String,
    /// Keys of the delivered events, each after a space.
    delivered_keys: String,
    /// Whether all events were delivered: the process is not read any more.
    pub(super) done: bool,
    /// Whether the process was read in this sweep.
    pub(super) seen: bool,
    /// Whether the last read of the process, or of its records, did not find it. A gateway can answer
    /// 404 without a body, as the platform does, so that only a second one counts.
    pub(super) missing: bool,
    pub(super) records_missing: bool,
    /// Whether the process cannot change any more.
    pub(super) ended: bool,
    /// Version of the process whose audit records are not read yet.
    pub(super) records_due: Option<String>,
}

impl CursorEntry {
    pub(super) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    pub(super) fn was_delivered(&self, key: &str) -> bool {
        self.delivered_keys.split(' ').any(|delivered| delivered == key)
    }

    pub(super) fn mark_delivered(&mut self, key: &str) {
        self.delivered_keys.push(' ');
        self.delivered_keys.push_str(key);
    }

    /// Replaces the version of the process whose audit records were delivered.
    pub(super) fn mark_records_delivered(&mut self, version: &str) {
        let mut keys = String::new();
        for key in
            self.delivered_keys.split(' ').filter(|key| !key.is_empty() && !key.starts_with('m'))
        {
            keys.push(' ');
            keys.push_str(key);
        }
        keys.push_str(" m");
        keys.push_str(version);
        self.delivered_keys = keys;
    }

    pub(super) fn knows_records(&self, version: &str) -> bool {
        self.delivered_keys.split(' ').any(|key| key.strip_prefix('m') == Some(version))
    }
}

/// State from which a watch can continue.
#[derive(Debug, Default)]
pub(super) struct WatchCursor {
    /// Sorted by process ID.
    pub(super) entries: Vec<CursorEntry>,
    /// Processes created after this time are new: milliseconds since 1970 on the platform's clock.
    pub(super) since: Option<i64>,
    /// Whether the events of the first sweep are not delivered.
    pub(super) silent: bool,
}

impl WatchCursor {
    /// Parses the text of [`Self::encode`].
    ///
    /// # Errors
    /// Invalid argument.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut cursor = Self::default();
        let version = json::find_scalar(text, &["version"]);
        let mut valid =
            version == Some(JsonScalar::Number(VERSION)) && json::validate(text).is_ok();
        if let Some(JsonScalar::Number(since)) = json::find_scalar(text, &["since"]) {
            cursor.since = since.parse().ok();
            valid &= cursor.since.is_some();
        }
        cursor.silent = json::find_scalar(text, &["silent"]) == Some(JsonScalar::Boolean(true));
        for (id, keys) in json::fields(json::find_raw(text, &["processes"]).unwrap_or_default()) {
            let keys = json::find_string(keys, &[]).unwrap_or_default();
            valid &= is_uuid(&id);
            valid &= keys.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ' || b == b'.');
            cursor.add(&id);
            if let Some(entry) = cursor.find(&id) {
                entry.done = keys == ALL_DELIVERED;
                entry.delivered_keys = keys.into_owned();
            }
        }
        if valid {
            return Ok(cursor);
        }
        let message = "invalid watch cursor: it was not created by this version; start a new watch";
        Err(Error::new(ErrorKind::InvalidArgument, message))
    }

    /// Serializes the cursor as JSON text.
    pub(super) fn encode(&self) -> String {
        let mut out = String::from("{\"version\":");
        out.push_str(VERSION);
        if let Some(since) = self.since {
            out.push_str(",\"since\":");
            out.push_str(&format_integer(since));
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
            json::write_string(
                &mut out,
                if entry.done { ALL_DELIVERED } else { entry.delivered_keys.trim_start() },
            );
        }
        out.push_str("}}");
        out
    }

    /// Index of the process, or the index at which to insert it.
    fn index_of(&self, id: &str) -> core::result::Result<usize, usize> {
        self.entries.binary_search_by(|entry| entry.id.as_str().cmp(id))
    }

    pub(super) fn find(&mut self, id: &str) -> Option<&mut CursorEntry> {
        let index = self.index_of(id).ok()?;
        self.entries.get_mut(index)
    }

    /// Adds the process unless the cursor contains it.
    pub(super) fn add(&mut self, id: &str) {
        if let Err(index) = self.index_of(id) {
            self.entries.insert(index, CursorEntry::new(id));
        }
    }
}
