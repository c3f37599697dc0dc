//! Store that fails on demand: a failed write has no effect.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use swisscom_sign_sandbox::directory::ORGANIZATION_A;
use swisscom_sign_sandbox::domain::{ProcessAggregate, ProcessOwner};
use swisscom_sign_sandbox::outbox::OutboxMessage;
use swisscom_sign_sandbox::sessions::{BrowserSession, VisitChange};
use swisscom_sign_sandbox::store::{
    CommitError, ProcessQuery, ProcessQueryPage, RestoredOutbox, SqliteStore, Store, StoreChange,
    StoreError, StoreSnapshot, StoredProcess,
};
use uuid::Uuid;

use crate::support::{SandboxHarness, json_request};

/// Number of writes that succeed before one fails; `usize::MAX` for all.
type Fuse = Arc<AtomicUsize>;

#[derive(Debug)]
struct Failing {
    store: SqliteStore,
    fuse: Fuse,
}

impl Failing {
    fn write(&self) -> Result<&SqliteStore, StoreError> {
        let left = self.fuse.load(Ordering::SeqCst);
        if left == 0 {
            return Err(StoreError("the disk is full".to_owned()));
        }
        if left < usize::MAX {
            self.fuse.store(left - 1, Ordering::SeqCst);
        }
        Ok(&self.store)
    }
}

impl Store for Failing {
    fn kind(&self) -> &'static str {
        self.store.kind()
    }
    fn load(&self, id: Uuid) -> Result<Option<StoredProcess>, StoreError> {
        self.store.load(id)
    }
    fn commit(&self, change: StoreChange) -> Result<(), CommitError> {
        self.write().map_err(CommitError::Failed)?.commit(change)
    }
    fn blob(&self, id: Uuid) -> Result<Option<Bytes>, StoreError> {
        self.store.blob(id)
    }
    fn list(&self, query: &ProcessQuery) -> Result<ProcessQueryPage, StoreError> {
        self.store.list(query)
    }
    fn due(&self, owner: &ProcessOwner, now: Timestamp) -> Result<Vec<Uuid>, StoreError> {
        self.store.due(owner, now)
    }
    fn all(&self) -> Result<Vec<Arc<ProcessAggregate>>, StoreError> {
        self.store.all()
    }
    fn clear(&self) -> Result<(), StoreError> {
        self.write()?.clear()
    }
    fn clear_owner(&self, owner: &ProcessOwner) -> Result<Vec<Uuid>, StoreError> {
        self.write()?.clear_owner(owner)
    }
    fn replace(&self, snapshot: &StoreSnapshot) -> Result<(), StoreError> {
        self.write()?.replace(snapshot)
    }
    fn transaction(&self, work: &mut dyn FnMut() -> bool) -> Result<(), StoreError> {
        let mut committed = Ok(());
        // Opening and committing count as writes.
        self.write()?.transaction(&mut || {
            work() && {
                committed = self.write().map(|_| ());
                committed.is_ok()
            }
        })?;
        committed
    }
    fn is_durable(&self) -> bool {
        self.store.is_durable()
    }
    fn put_visited(&self, visited: &VisitChange) -> Result<(), StoreError> {
        self.write()?.put_visited(visited)
    }
    fn put_messages(&self, messages: &[OutboxMessage]) -> Result<(), StoreError> {
        self.write()?.put_messages(messages)
    }
    fn messages(&self) -> Result<RestoredOutbox, StoreError> {
        self.store.messages()
    }
    fn delete_messages(&self, ids: &HashSet<Uuid>) -> Result<(), StoreError> {
        self.write()?.delete_messages(ids)
    }
    fn sessions(&self) -> Result<Vec<(String, BrowserSession)>, StoreError> {
        self.store.sessions()
    }
    fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.store.setting(key)
    }
    fn put_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write()?.put_setting(key, value)
    }
}

/// Two processes with a message each, before their reminders and their expiry.
fn world(fuse: &Fuse) -> SandboxHarness {
    let world = SandboxHarness::of(|parts| {
        let store = SqliteStore::in_memory().expect("a store");
        parts.store = Box::new(Failing { store, fuse: Arc::clone(fuse) });
    });
    let a = world.a();
    for _ in 0..2 {
        let id = a.prepared("SIMPLE", &["anna"]);
        let notification = json!({ "locale": "en-GB", "reminder": { "interval": "P7D" } });
        a.post(&format!("/{id}/release"), json!({ "notification": notification })).expect(200);
    }
    world
}

/// Complete state, in memory and in the store.
fn everything(world: &SandboxHarness) -> Value {
    let kept = world.platform().store().messages().expect("messages");
    let kept: Vec<Uuid> = kept.messages.iter().map(|(_, message)| message.id).collect();
    let get = |path: &str| world.control("GET", path, Value::Null).expect(200);
    json!([get("export"), get("clock"), get("outbox"), get("faults"), get("info"), kept])
}

#[test]
fn leaves_no_effect_after_a_failed_write() {
    let fuse = Fuse::new(AtomicUsize::new(usize::MAX));
    let export = world(&fuse).control("GET", "export", Value::Null).0.body;
    let organization = json!({ "organizationId": ORGANIZATION_A });
    let at = json!({ "mode": "frozen", "at": "2027-03-01T00:00:00Z" });
    let commands: [(&str, &str, Value); 9] = [
        ("POST", "clock/advance", json!({ "by": "P8D" })),
        ("POST", "clock/advance", json!({ "by": "P31D" })),
        ("PUT", "clock", at),
        ("POST", "import", serde_json::from_slice(&export).expect("JSON")),
        ("POST", "reset", Value::Null),
        ("POST", "reset", organization),
        ("POST", "seed", json!({ "name": "demo" })),
        ("POST", "organizations", json!({ "name": "Tests" })),
        ("DELETE", "outbox", Value::Null),
    ];
    for (method, path, body) in commands {
        let world = world(&fuse);
        let fault = json!({ "match": {}, "action": { "latencyMs": 1 } });
        world.control("POST", "faults", fault).expect(201);
        let before = everything(&world);
        let mut failures = 0;
        loop {
            fuse.store(failures, Ordering::SeqCst);
            let body = (!body.is_null()).then_some(&body);
            let request = json_request(method, &format!("/_sandbox/{path}"), None, body);
            let status = world.gateway.handle(&request).status;
            fuse.store(usize::MAX, Ordering::SeqCst);
            if status < 300 {
                break;
            }
            assert_eq!(status, 500, "{method} {path}");
            assert_eq!(everything(&world), before, "{method} {path}, write {failures}");
            failures += 1;
        }
        assert!(failures > 0, "{method} {path} writes nothing");
        if path != "seed" {
            assert_ne!(everything(&world), before, "{method} {path}");
        }
    }
}

/// Due events are processed completely or not at all.
#[test]
fn processes_due_events_atomically() {
    let fuse = Fuse::new(AtomicUsize::new(usize::MAX));
    let mut world = world(&fuse);
    world.extra.push(500);
    let a = world.a();
    world.clock.advance(8 * crate::support::DAY);
    for writes in 0.. {
        fuse.store(writes, Ordering::SeqCst);
        let listed = a.get("?status=PENDING");
        fuse.store(usize::MAX, Ordering::SeqCst);
        let kept = world.platform().store().messages().expect("messages").messages.len();
        if listed.0.status == 200 {
            assert_eq!(kept, 4, "two invitations, two reminders");
            break;
        }
        assert_eq!((listed.0.status, kept), (500, 2), "write {writes}");
    }
}
