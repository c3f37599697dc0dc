//! Durable store: one SQLite file, one transaction per commit or group of commits. A committed
//! change survives a crash of the process. A power failure may lose the latest transactions, but
//! never part of one.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params, params_from_iter};
use uuid::Uuid;

use super::{
    CommitError, ProcessQuery, ProcessQueryPage, RestoredOutbox, SortDirection, Store, StoreChange,
    StoreError, StoreSnapshot, StoredProcess,
};
use crate::domain::process::parse_uuid;
use crate::domain::{ProcessAggregate, ProcessOwner, Tenant};
use crate::outbox::{CAPACITY, OutboxMessage};
use crate::sessions::{BrowserSession, VisitChange};

/// Migrations of the schema; `user_version` is the number of applied ones. A released migration
/// never changes; schema changes are new migrations.
const MIGRATIONS: &[&str] = &[
    "CREATE TABLE processes (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id BLOB NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        tenant TEXT NOT NULL,
        organization BLOB,
        team BLOB,
        status TEXT NOT NULL,
        created_on INTEGER NOT NULL,
        valid_until INTEGER,
        due INTEGER,
        body TEXT NOT NULL
    ) STRICT;
    CREATE INDEX by_creation ON processes (tenant, organization, created_on, sequence);
    CREATE INDEX by_tenant ON processes (tenant, created_on, sequence);
    CREATE INDEX by_due ON processes (tenant, organization, due) WHERE due IS NOT NULL;
    CREATE TABLE blobs (
        id BLOB PRIMARY KEY,
        process BLOB NOT NULL REFERENCES processes (id) ON DELETE CASCADE,
        bytes BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX blobs_of ON blobs (process);
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;",
    "CREATE TABLE messages (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        id BLOB NOT NULL UNIQUE,
        organization BLOB,
        body TEXT NOT NULL
    ) STRICT;
    CREATE TABLE sessions (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;",
    // Indexed so that the cost of a page depends on its size, not on the number of processes.
    "CREATE INDEX by_status ON processes (tenant, organization, status, created_on, sequence);
    CREATE INDEX by_tenant_status ON processes (tenant, status, created_on, sequence);
    CREATE TABLE counts (
        tenant TEXT NOT NULL,
        organization BLOB NOT NULL,
        status TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (tenant, organization, status)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO counts SELECT tenant, coalesce(organization, x''), status, count(*)
        FROM processes GROUP BY 1, 2, 3;
    CREATE TRIGGER process_in AFTER INSERT ON processes BEGIN
        INSERT INTO counts VALUES (new.tenant, coalesce(new.organization, x''), new.status, 1)
            ON CONFLICT DO UPDATE SET count = count + 1;
    END;
    CREATE TRIGGER process_out AFTER DELETE ON processes BEGIN
        UPDATE counts SET count = count - 1 WHERE tenant = old.tenant
            AND organization = coalesce(old.organization, x'') AND status = old.status;
    END;
    CREATE TRIGGER process_on AFTER UPDATE OF status ON processes
    WHEN old.status <> new.status BEGIN
        UPDATE counts SET count = count - 1 WHERE tenant = old.tenant
            AND organization = coalesce(old.organization, x'') AND status = old.status;
        INSERT INTO counts VALUES (new.tenant, coalesce(new.organization, x''), new.status, 1)
            ON CONFLICT DO UPDATE SET count = count + 1;
    END;",
];

struct SqliteStoreState {
    connection: Connection,
    /// Highest assigned version.
    version: i64,
}

/// Store in an SQLite file or an in-memory SQLite database.
pub struct SqliteStore(Mutex<SqliteStoreState>);

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self(format!("the store failed: {error}"))
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self(format!("corrupt store: {error}"))
    }
}

impl SqliteStore {
    /// Opens the file, or creates it.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened, is in use by another sandbox or was written
    /// by a later version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let opened = Connection::open(path).map_err(StoreError::from);
        opened
            .and_then(|connection| Self::over(connection, MIGRATIONS))
            .map_err(|error| StoreError(format!("{}: {}", path.display(), error.0)))
    }

    /// Opens an in-memory database.
    ///
    /// # Errors
    /// Returns an error if SQLite fails.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::over(Connection::open_in_memory()?, MIGRATIONS)
    }

    fn over(mut connection: Connection, migrations: &[&str]) -> Result<Self, StoreError> {
        connection.busy_timeout(Duration::from_secs(2))?;
        // One sandbox per file: a second one would not see the state that the first one holds in
        // memory.
        connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
        connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
            .map_err(busy)?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        migrate(&mut connection, migrations)?;
        let version =
            connection.query_row("SELECT coalesce(max(version), 0) FROM processes", [], |row| {
                row.get(0)
            })?;
        Ok(Self(Mutex::new(SqliteStoreState { connection, version })))
    }

    // A transaction left open by a panic is rolled back on drop, so a poisoned lock is usable.
    fn inner(&self) -> MutexGuard<'_, SqliteStoreState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn busy(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError("data directory is locked: another sandbox uses it".to_owned())
        }
        _ => error.into(),
    }
}

fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive)
        .map_err(busy)?;
    let taken: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let taken = usize::try_from(taken).unwrap_or(usize::MAX);
    if taken > migrations.len() {
        let known = migrations.len();
        return Err(StoreError(format!(
            "unsupported schema version {taken}: this sandbox supports up to {known}; upgrade the sandbox"
        )));
    }
    for step in migrations.iter().skip(taken) {
        transaction.execute_batch(step)?;
    }
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    transaction.pragma_update(None, "user_version", known)?;
    Ok(transaction.commit()?)
}

fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Rounds up, so that an event is not due before its time.
fn due_micros(at: Timestamp) -> i64 {
    let whole = at.as_microsecond();
    whole + i64::from(i128::from(whole) * 1000 < at.as_nanosecond())
}

fn tenant(tenant: Tenant) -> &'static str {
    match tenant {
        Tenant::Public => "public",
        Tenant::Corporate => "corporate",
    }
}

fn blob(id: Uuid) -> Value {
    Value::Blob(id.as_bytes().to_vec())
}

fn process_of(row: &Row<'_>) -> Result<ProcessAggregate, StoreError> {
    let body = row.get_ref("body")?.as_str().map_err(rusqlite::Error::from)?;
    Ok(serde_json::from_str(body)?)
}

fn put(
    connection: &Connection,
    process: &ProcessAggregate,
    version: i64,
) -> Result<(), StoreError> {
    let ProcessOwner { tenant: of, organization } = process.owner;
    let team = parse_uuid(process.request.team_id.as_deref());
    let valid_until = process.released.as_ref().map(|released| micros(released.valid_until));
    connection
        .prepare_cached(
            "INSERT INTO processes (id, version, tenant, organization, team, status, created_on, valid_until, due, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (id) DO UPDATE SET version = ?2, status = ?6, valid_until = ?8, due = ?9, body = ?10",
        )?
        .execute(params![
            process.id.as_bytes(),
            version,
            tenant(of),
            organization.as_ref().map(Uuid::as_bytes),
            team.as_ref().map(Uuid::as_bytes),
            process.status.as_str(),
            micros(process.created_on),
            valid_until,
            process.next_due().map(due_micros),
            serde_json::to_string(process)?,
        ])?;
    Ok(())
}

fn put_blobs(
    connection: &Connection,
    process: Uuid,
    blobs: &[(Uuid, Bytes)],
) -> Result<(), StoreError> {
    let mut insert =
        connection.prepare_cached("INSERT INTO blobs (id, process, bytes) VALUES (?1, ?2, ?3)")?;
    for (id, bytes) in blobs {
        insert.execute(params![id.as_bytes(), process.as_bytes(), bytes.as_ref()])?;
    }
    Ok(())
}

fn put_messages(connection: &Connection, messages: &[OutboxMessage]) -> Result<(), StoreError> {
    if messages.is_empty() {
        return Ok(());
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO messages (id, organization, body) VALUES (?1, ?2, ?3)")?;
    for message in messages {
        let organization = message.organization_id.as_ref().map(Uuid::as_bytes);
        let body = serde_json::to_string(message)?;
        insert.execute(params![message.id.as_bytes(), organization, body])?;
    }
    // Limit of the outbox.
    connection
        .prepare_cached(
            "DELETE FROM messages WHERE place <= (SELECT place FROM messages ORDER BY place DESC
             LIMIT 1 OFFSET ?1)",
        )?
        .execute([i64::try_from(CAPACITY).unwrap_or(i64::MAX)])?;
    Ok(())
}

/// SQL condition of a query with its values.
fn condition(query: &ProcessQuery) -> (String, Vec<Value>) {
    let mut text = "tenant = ?".to_owned();
    let mut values = vec![Value::Text(tenant(query.owner.tenant).to_owned())];
    let mut and = |condition: &str, value: Value| {
        text.push_str(" AND ");
        text.push_str(condition);
        values.push(value);
    };
    if let Some(organization) = query.owner.organization {
        and("organization = ?", blob(organization));
    }
    if let Some(status) = &query.status {
        and("status = ?", Value::Text(status.as_str().to_owned()));
    }
    if let Some(team) = query.team {
        and("team = ?", blob(team));
    }
    if let Some((from, to)) = query.valid_until {
        and("valid_until >= ?", Value::Integer(micros(from)));
        and("valid_until <= ?", Value::Integer(micros(to)));
    }
    (text, values)
}

/// SQL for the number of matches: from the counters if possible, otherwise by counting rows.
fn total(query: &ProcessQuery, condition: &str) -> String {
    if query.team.is_none() && query.valid_until.is_none() {
        format!("SELECT coalesce(sum(count), 0) FROM counts WHERE {condition}")
    } else {
        format!("SELECT count(*) FROM processes WHERE {condition}")
    }
}

fn page(query: &ProcessQuery, condition: &str) -> String {
    let direction = match query.order {
        SortDirection::Ascending => "ASC",
        SortDirection::Descending => "DESC",
    };
    format!(
        "SELECT body FROM processes WHERE {condition}
         ORDER BY created_on {direction}, sequence {direction} LIMIT ? OFFSET ?"
    )
}

impl SqliteStore {
    fn try_commit(&self, change: &StoreChange) -> Result<bool, StoreError> {
        let mut inner = self.inner();
        let version = inner.version + 1;
        let transaction = inner.connection.savepoint()?;
        let StoreChange { on, process, put: new, delete, mails } = change;
        let present: Option<i64> = transaction
            .prepare_cached("SELECT version FROM processes WHERE id = ?1")?
            .query_row([process.id.as_bytes()], |row| row.get(0))
            .optional()?;
        if present != on.and_then(|on| i64::try_from(on).ok()) {
            return Ok(false);
        }
        put(&transaction, process, version)?;
        put_blobs(&transaction, process.id, new)?;
        for id in delete {
            transaction
                .prepare_cached("DELETE FROM blobs WHERE id = ?1")?
                .execute([id.as_bytes()])?;
        }
        put_messages(&transaction, mails)?;
        transaction.commit()?;
        inner.version = version;
        Ok(true)
    }
}

struct Rollback<'a>(&'a SqliteStore);

impl Drop for Rollback<'_> {
    fn drop(&mut self) {
        // Fails if SQLite has already rolled back by itself.
        let _rolled_back = self.0.inner().connection.execute_batch("ROLLBACK");
    }
}

impl Store for SqliteStore {
    fn kind(&self) -> &'static str {
        "sqlite"
    }

    fn load(&self, id: Uuid) -> Result<Option<StoredProcess>, StoreError> {
        let inner = self.inner();
        let mut statement =
            inner.connection.prepare_cached("SELECT version, body FROM processes WHERE id = ?1")?;
        let mut rows = statement.query([id.as_bytes()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let version: i64 = row.get("version")?;
        let process = Arc::new(process_of(row)?);
        Ok(Some(StoredProcess { version: version.unsigned_abs(), process }))
    }

    fn commit(&self, change: StoreChange) -> Result<(), CommitError> {
        match self.try_commit(&change) {
            Ok(true) => Ok(()),
            Ok(false) => Err(CommitError::Conflict),
            Err(error) => Err(CommitError::Failed(error)),
        }
    }

    fn blob(&self, id: Uuid) -> Result<Option<Bytes>, StoreError> {
        let inner = self.inner();
        let bytes: Option<Vec<u8>> = inner
            .connection
            .prepare_cached("SELECT bytes FROM blobs WHERE id = ?1")?
            .query_row([id.as_bytes()], |row| row.get(0))
            .optional()?;
        Ok(bytes.map(Bytes::from))
    }

    fn list(&self, query: &ProcessQuery) -> Result<ProcessQueryPage, StoreError> {
        let inner = self.inner();
        let (condition, mut values) = condition(query);
        let count = total(query, &condition);
        let total: i64 = inner
            .connection
            .prepare_cached(&count)?
            .query_row(params_from_iter(&values), |row| row.get(0))?;
        let page = page(query, &condition);
        values.push(Value::Integer(i64::try_from(query.limit).unwrap_or(i64::MAX)));
        values.push(Value::Integer(i64::try_from(query.offset).unwrap_or(i64::MAX)));
        let mut statement = inner.connection.prepare_cached(&page)?;
        let mut rows = statement.query(params_from_iter(&values))?;
        let mut processes = Vec::new();
        while let Some(row) = rows.next()? {
            processes.push(Arc::new(process_of(row)?));
        }
        Ok(ProcessQueryPage { processes, total: total.unsigned_abs() })
    }

    fn due(&self, owner: &ProcessOwner, now: Timestamp) -> Result<Vec<Uuid>, StoreError> {
        let inner = self.inner();
        let mut statement = inner.connection.prepare_cached(
            "SELECT id FROM processes WHERE tenant = ?1 AND organization IS ?2 AND due <= ?3
             ORDER BY due, id",
        )?;
        let organization = owner.organization.as_ref().map(Uuid::as_bytes);
        let mut rows = statement.query(params![tenant(owner.tenant), organization, micros(now)])?;
        let mut due = Vec::new();
        while let Some(row) = rows.next()? {
            due.push(Uuid::from_bytes(row.get("id")?));
        }
        Ok(due)
    }

    fn all(&self) -> Result<Vec<Arc<ProcessAggregate>>, StoreError> {
        let inner = self.inner();
        let mut statement =
            inner.connection.prepare_cached("SELECT body FROM processes ORDER BY sequence")?;
        let mut rows = statement.query([])?;
        let mut processes = Vec::new();
        while let Some(row) = rows.next()? {
            processes.push(Arc::new(process_of(row)?));
        }
        Ok(processes)
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.replace(&StoreSnapshot::default())
    }

    fn clear_owner(&self, owner: &ProcessOwner) -> Result<Vec<Uuid>, StoreError> {
        let organization = owner.organization.as_ref().map(Uuid::as_bytes);
        let mut inner = self.inner();
        let transaction = inner.connection.savepoint()?;
        let gone = transaction
            .prepare_cached(
                "DELETE FROM processes WHERE tenant = ?1 AND organization IS ?2 RETURNING id",
            )?
            .query_map(params![tenant(owner.tenant), organization], |row| row.get(0))?
            .map(|id| id.map(Uuid::from_bytes))
            .collect::<Result<_, _>>()?;
        transaction.execute("DELETE FROM messages WHERE organization IS ?1", [organization])?;
        transaction.commit()?;
        Ok(gone)
    }

    fn replace(&self, snapshot: &StoreSnapshot) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let mut version = inner.version;
        let transaction = inner.connection.savepoint()?;
        transaction.execute_batch(
            "DELETE FROM blobs; DELETE FROM processes; DELETE FROM messages; DELETE FROM sessions;",
        )?;
        let blobs: std::collections::HashMap<Uuid, &Bytes> =
            snapshot.blobs.iter().map(|(id, bytes)| (*id, bytes)).collect();
        for process in &snapshot.processes {
            version += 1;
            put(&transaction, process, version)?;
            let its: Vec<(Uuid, Bytes)> = process
                .blobs()
                .filter_map(|id| Some((id, Bytes::clone(blobs.get(&id)?))))
                .collect();
            put_blobs(&transaction, process.id, &its)?;
        }
        put_messages(&transaction, &snapshot.messages)?;
        transaction.commit()?;
        inner.version = version;
        Ok(())
    }

    fn transaction(&self, work: &mut dyn FnMut() -> bool) -> Result<(), StoreError> {
        self.inner().connection.execute_batch("BEGIN IMMEDIATE")?;
        // Also rolls back when `work` panics.
        let rollback = Rollback(self);
        if work() {
            self.inner().connection.execute_batch("COMMIT")?;
            std::mem::forget(rollback);
        }
        Ok(())
    }

    fn is_durable(&self) -> bool {
        true
    }

    fn put_visited(&self, visited: &VisitChange) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let transaction = inner.connection.savepoint()?;
        put_messages(&transaction, &visited.messages)?;
        for (id, session) in &visited.sessions {
            match session {
                Some(session) => transaction
                    .prepare_cached(
                        "INSERT INTO sessions (id, body) VALUES (?1, ?2)
                         ON CONFLICT (id) DO UPDATE SET body = ?2",
                    )?
                    .execute([id, &serde_json::to_string(session)?])?,
                None => transaction
                    .prepare_cached("DELETE FROM sessions WHERE id = ?1")?
                    .execute([id])?,
            };
        }
        Ok(transaction.commit()?)
    }

    fn put_messages(&self, messages: &[OutboxMessage]) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let transaction = inner.connection.savepoint()?;
        put_messages(&transaction, messages)?;
        Ok(transaction.commit()?)
    }

    fn messages(&self) -> Result<RestoredOutbox, StoreError> {
        let inner = self.inner();
        let written: Option<i64> = inner
            .connection
            .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'messages'", [], |row| {
                row.get(0)
            })
            .optional()?;
        let mut statement =
            inner.connection.prepare("SELECT place, body FROM messages ORDER BY place")?;
        let mut rows = statement.query([])?;
        let mut messages = Vec::new();
        while let Some(row) = rows.next()? {
            let place: i64 = row.get("place")?;
            let body = row.get_ref("body")?.as_str().map_err(rusqlite::Error::from)?;
            messages.push((place.unsigned_abs(), serde_json::from_str(body)?));
        }
        Ok(RestoredOutbox { messages, written: written.unwrap_or(0).unsigned_abs() })
    }

    fn delete_messages(&self, ids: &HashSet<Uuid>) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let transaction = inner.connection.savepoint()?;
        for id in ids {
            transaction
                .prepare_cached("DELETE FROM messages WHERE id = ?1")?
                .execute([id.as_bytes()])?;
        }
        Ok(transaction.commit()?)
    }

    fn sessions(&self) -> Result<Vec<(String, BrowserSession)>, StoreError> {
        let inner = self.inner();
        let mut statement = inner.connection.prepare("SELECT id, body FROM sessions")?;
        let mut rows = statement.query([])?;
        let mut sessions = Vec::new();
        while let Some(row) = rows.next()? {
            let body = row.get_ref("body")?.as_str().map_err(rusqlite::Error::from)?;
            sessions.push((row.get("id")?, serde_json::from_str(body)?));
        }
        Ok(sessions)
    }

    fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let inner = self.inner();
        let mut statement =
            inner.connection.prepare_cached("SELECT value FROM settings WHERE key = ?1")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    fn put_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.inner()
            .connection
            .prepare_cached(
                "INSERT INTO settings (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = ?2",
            )?
            .execute([key, value])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use swisscom_sign::contract::State;

    use super::*;

    /// Directory that is deleted after the test.
    struct TempDirectory(std::path::PathBuf);

    impl TempDirectory {
        fn new(name: &str) -> Self {
            let name = format!("swisscom-sign-sandbox-{name}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&path).expect("a directory");
            Self(path)
        }
    }

    impl Drop for TempDirectory {
        fn drop(&mut self) {
            let _gone = std::fs::remove_dir_all(&self.0);
        }
    }

    fn open(path: &Path, migrations: &[&str]) -> Result<SqliteStore, StoreError> {
        SqliteStore::over(Connection::open(path).expect("a file"), migrations)
    }

    #[test]
    fn a_store_opens_in_the_next_version_and_not_in_a_former_one() {
        let directory = TempDirectory::new("migration");
        let file = directory.0.join("sandbox.sqlite");
        let store = open(&file, MIGRATIONS).expect("a store");
        store.put_setting("key", "value").expect("a setting");
        drop(store);
        let mut next = MIGRATIONS.to_vec();
        next.push("ALTER TABLE settings ADD COLUMN note TEXT NOT NULL DEFAULT 'new'");
        let store = open(&file, &next).expect("the next version");
        assert_eq!(store.setting("key").expect("a setting").as_deref(), Some("value"));
        let note: String = store
            .inner()
            .connection
            .query_row("SELECT note FROM settings", [], |row| row.get(0))
            .expect("the new column");
        assert_eq!(note, "new");
        drop(store);
        let refused = open(&file, MIGRATIONS).expect_err("a refusal");
        assert!(refused.0.contains("unsupported schema version"), "{refused}");
        // A failed migration must not change the schema.
        let mut broken = next.clone();
        broken.push("CREATE TABLE half (id INTEGER); SELECT broken");
        open(&file, &broken).expect_err("a failure");
        let store = open(&file, &next).expect("the former version");
        let half = store.inner().connection.execute("SELECT id FROM half", []);
        assert!(half.is_err(), "a step went half way");
    }

    /// No query of a list may sort, or read rows outside the page.
    #[test]
    fn lists_go_by_an_index() {
        let store = SqliteStore::in_memory().expect("a store");
        let inner = store.inner();
        let plan = |sql: &str, values: &[Value]| -> String {
            let mut explain =
                inner.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect(sql);
            let rows = explain.query_map(params_from_iter(values), |row| row.get::<_, String>(3));
            rows.expect("a plan").map(|row| row.expect("a step")).collect::<Vec<_>>().join("; ")
        };
        for (organization, status, index) in [
            (Some(Uuid::nil()), None, "by_creation (tenant=? AND organization=?)"),
            (Some(Uuid::nil()), Some(State::Pending), "by_status"),
            (None, None, "by_tenant (tenant=?)"),
            (None, Some(State::Pending), "by_tenant_status"),
        ] {
            let query = ProcessQuery {
                owner: ProcessOwner { tenant: Tenant::Public, organization },
                status,
                team: None,
                valid_until: None,
                order: SortDirection::Descending,
                offset: 0,
                limit: 20,
            };
            let (condition, mut values) = condition(&query);
            let counted = plan(&total(&query, &condition), &values);
            assert!(counted.contains("SEARCH counts USING PRIMARY KEY"), "{counted}");
            values.extend([Value::Integer(20), Value::Integer(0)]);
            let listed = plan(&page(&query, &condition), &values);
            assert!(listed.contains(index) && !listed.contains("TEMP"), "{listed}");
        }
    }

    #[test]
    fn one_sandbox_for_a_file() {
        let directory = TempDirectory::new("lock");
        let file = directory.0.join("sandbox.sqlite");
        let _first = SqliteStore::open(&file).expect("a store");
        let second = SqliteStore::open(&file).expect_err("a refusal");
        assert!(second.0.contains("another sandbox"), "{second}");
    }
}
