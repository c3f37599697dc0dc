//! Stores: both behave alike, and acknowledged changes survive a crash.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use swisscom_sign::contract::State;
use swisscom_sign_sandbox::Sandbox;
use swisscom_sign_sandbox::clocks::ClockMode;
use swisscom_sign_sandbox::directory::{
    CLIENT_A, CLIENT_READ_ONLY, ORGANIZATION_A, ORGANIZATION_B,
};
use swisscom_sign_sandbox::domain::{
    CommandContext, CreateCommand, EventKind, ProcessAggregate, ProcessCommand, ProcessOwner,
    Tenant, apply,
};
use swisscom_sign_sandbox::ids::SeededIds;
use swisscom_sign_sandbox::initial_data::InitialData;
use swisscom_sign_sandbox::settings::SandboxSettings;
use swisscom_sign_sandbox::store::{
    CommitError, MemoryStore, ProcessQuery, SortDirection, SqliteStore, Store, StoreChange,
    StoreSnapshot,
};

use crate::domain::{attach, place, release};
use crate::http::{RawHttpClient, SandboxProcess, parse, serve};
use crate::support::{START, SandboxHarness, at, attachment, process};

const OWNERS: [ProcessOwner; 3] = [
    ProcessOwner { tenant: Tenant::Public, organization: Some(ORGANIZATION_A) },
    ProcessOwner { tenant: Tenant::Public, organization: Some(ORGANIZATION_B) },
    ProcessOwner { tenant: Tenant::Corporate, organization: None },
];

#[derive(Debug, Clone)]
enum StoreAction {
    Create(usize),
    /// State of the nth process, with a file.
    Attach(usize),
    Release(usize, i64),
    Archive(usize),
    /// Commit with an outdated version.
    Stale(usize),
    ClearOwner(usize),
    Replace,
    Clear,
    Pass(i64),
}

fn step() -> impl Strategy<Value = StoreAction> {
    let nth = || 0..6_usize;
    prop_oneof![
        6 => (0..3_usize).prop_map(StoreAction::Create),
        4 => nth().prop_map(StoreAction::Attach),
        4 => (nth(), 1..40_i64).prop_map(|(nth, days)| StoreAction::Release(nth, days)),
        2 => nth().prop_map(StoreAction::Archive),
        2 => nth().prop_map(StoreAction::Stale),
        1 => (0..3_usize).prop_map(StoreAction::ClearOwner),
        1 => Just(StoreAction::Replace),
        1 => Just(StoreAction::Clear),
        3 => (0..20_i64).prop_map(StoreAction::Pass),
    ]
}

/// Two stores that get the same calls.
struct Pair {
    stores: [Box<dyn Store>; 2],
    ids: SeededIds,
    settings: SandboxSettings,
    now: Timestamp,
    known: Vec<uuid::Uuid>,
    blobs: Vec<uuid::Uuid>,
}

impl Pair {
    fn new() -> Self {
        let sqlite = SqliteStore::in_memory().expect("a store");
        Self {
            stores: [Box::new(MemoryStore::default()), Box::new(sqlite)],
            ids: SeededIds::from_number(5),
            settings: SandboxSettings::default(),
            now: at(START),
            known: Vec::new(),
            blobs: Vec::new(),
        }
    }

    /// Decides once, and commits to both.
    fn commit(&mut self, id: Option<uuid::Uuid>, command: &ProcessCommand, stale: bool) {
        let stored: Vec<_> = self
            .stores
            .iter()
            .map(|store| id.and_then(|id| store.load(id).expect("a store")))
            .collect();
        let before = stored[0].as_ref().map(|stored| stored.process.as_ref().clone());
        let mut context =
            CommandContext { now: self.now, ids: &mut self.ids, settings: &self.settings };
        let Ok(events) = apply(before.as_ref(), command, &mut context) else { return };
        let after = ProcessAggregate::replay(before, &events, self.settings.archive_after);
        let Some(process) = after else { return };
        if id.is_none() {
            self.known.push(process.id);
        }
        let put: Vec<_> = events
            .iter()
            .filter_map(|event| match &event.what {
                EventKind::Attached(file) => Some((file.id, Bytes::from(file.id.to_string()))),
                _ => None,
            })
            .collect();
        self.blobs.extend(put.iter().map(|(id, _)| *id));
        let delete: Vec<_> =
            if process.archived_on.is_some() { process.blobs().collect() } else { Vec::new() };
        for (store, stored) in self.stores.iter().zip(stored) {
            let on = stored.map(|stored| stored.version + u64::from(stale));
            let change = StoreChange {
                on: if stale { on.or(Some(1)) } else { on },
                process: process.clone(),
                put: put.clone(),
                delete: delete.clone(),
                mails: Vec::new(),
            };
            match store.commit(change) {
                Ok(()) => assert!(!stale, "a stale commit went through"),
                Err(CommitError::Conflict) => assert!(stale, "a conflict"),
                Err(CommitError::Failed(error)) => panic!("{error}"),
            }
        }
    }

    fn run(&mut self, step: &StoreAction) {
        let nth = |n: &usize| self.known.get(*n).copied();
        match step {
            StoreAction::Create(owner) => {
                let request = process("ADVANCED", &["anna"]);
                let request = serde_json::from_value(request).expect("a request");
                let create =
                    ProcessCommand::Create(CreateCommand { owner: OWNERS[*owner], request });
                self.commit(None, &create, false);
            }
            StoreAction::Attach(n) => {
                let command = attach("a.pdf", None, vec![place("anna", 0, 1, 1)]);
                if let Some(id) = nth(n) {
                    self.commit(Some(id), &command, false);
                }
            }
            StoreAction::Release(n, days) => {
                let until = self.now + SignedDuration::from_hours(24 * days);
                let command = release(json!({ "validUntil": until.to_string() }));
                if let Some(id) = nth(n) {
                    self.commit(Some(id), &command, false);
                }
            }
            StoreAction::Archive(n) => {
                if let Some(id) = nth(n) {
                    self.commit(Some(id), &ProcessCommand::Elapse, false);
                    self.commit(Some(id), &ProcessCommand::Archive, false);
                }
            }
            StoreAction::Stale(n) => {
                let setup = serde_json::from_value(json!({})).expect("a setup");
                if let Some(id) = nth(n) {
                    self.commit(Some(id), &ProcessCommand::Setup(setup), true);
                }
            }
            StoreAction::ClearOwner(owner) => {
                let gone = self.stores.iter().map(|store| {
                    let mut gone = store.clear_owner(&OWNERS[*owner]).expect("a store");
                    gone.sort_unstable();
                    gone
                });
                let gone: Vec<_> = gone.collect();
                assert!(gone.iter().all(|ids| *ids == gone[0]), "{gone:?}");
            }
            StoreAction::Replace => self.both(|store| {
                let snapshot = StoreSnapshot::read_all(store).expect("a snapshot");
                store.replace(&snapshot).expect("a store");
            }),
            StoreAction::Clear => self.both(|store| store.clear().expect("a store")),
            StoreAction::Pass(days) => self.now += SignedDuration::from_hours(24 * days),
        }
    }

    fn both(&self, change: impl Fn(&dyn Store)) {
        self.stores.iter().for_each(|store| change(store.as_ref()));
    }

    fn alike<T: PartialEq + std::fmt::Debug>(&self, ask: impl Fn(&dyn Store) -> T) {
        let [one, other] = &self.stores;
        assert_eq!(ask(one.as_ref()), ask(other.as_ref()));
    }

    fn compare(&self) {
        self.alike(|store| store.all().expect("a store"));
        for id in &self.known {
            self.alike(|store| store.load(*id).expect("a store").map(|stored| stored.process));
        }
        for id in &self.blobs {
            self.alike(|store| store.blob(*id).expect("a store"));
        }
        let end = self.now + SignedDuration::from_hours(240);
        for owner in OWNERS {
            self.alike(|store| store.due(&owner, self.now).expect("a store"));
            let tenant_wide = ProcessOwner { organization: None, ..owner };
            for owner in [owner, tenant_wide] {
                for (status, order) in [
                    (None, SortDirection::Ascending),
                    (None, SortDirection::Descending),
                    (Some(State::Pending), SortDirection::Descending),
                ] {
                    for (valid_until, offset) in [(None, 0), (Some((self.now, end)), 1)] {
                        let query = ProcessQuery {
                            owner,
                            status: status.clone(),
                            team: None,
                            valid_until,
                            order,
                            offset,
                            limit: 2,
                        };
                        self.alike(|store| {
                            let page = store.list(&query).expect("a store");
                            (page.processes, page.total)
                        });
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn both_stores_answer_alike(steps in prop::collection::vec(step(), 1..40)) {
        let mut pair = Pair::new();
        for step in &steps {
            pair.run(step);
            pair.compare();
        }
    }
}

#[test]
fn runs_a_whole_process_in_sqlite() {
    let world = SandboxHarness::of(|parts| {
        parts.store = Box::new(SqliteStore::in_memory().expect("a store"));
    });
    let a = world.a();
    let id = a.pending("ADVANCED", &["anna", "beat"]);
    world.sign(&id, "anna").expect(200);
    world.control("PUT", "snapshots/half", Value::Null).expect(204);
    world.sign(&id, "beat").expect(200);
    assert_eq!(a.status(&id), "COMPLETED");
    world.control("POST", "snapshots/half/restore", Value::Null).expect(204);
    assert_eq!(a.status(&id), "PENDING");
    let fired = world.control("POST", "clock/advance", json!({ "by": "P61D" })).expect(200);
    assert_eq!(fired["events"].as_array().expect("a list").len(), 2);
    let details = a.get(&format!("/{id}")).expect(200);
    let file = details["fileReferences"][0]["initialFileId"].as_str().expect("a file");
    a.get(&format!("/{id}/file/{file}")).expect(410);
    assert_eq!(a.get("?status=EXPIRED").expect(200)["totalElements"], 1);
}

/// Directory that is removed after the test.
pub(crate) struct DataDirectory(pub(crate) PathBuf);

impl DataDirectory {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("swisscom-sign-sandbox-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    pub(crate) fn text(&self) -> &str {
        self.0.to_str().expect("text")
    }
}

impl Drop for DataDirectory {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn continues_after_a_restart() {
    let directory = DataDirectory::new("again");
    let start = |path: &Path| {
        let builder = Sandbox::builder().port(0).rng_seed(Some(7)).data_dir(Some(path.to_owned()));
        builder.start().expect("a sandbox")
    };
    let of = |sandbox: &Sandbox| {
        RawHttpClient::of(&serde_json::to_value(sandbox.ready()).expect("JSON"))
    };
    let sandbox = start(&directory.0);
    let client = of(&sandbox);
    let (_, tenant) = client.call("POST", "/_sandbox/organizations", json!({}));
    let (_, first) = client.call("POST", "/system/api/process", process("SIMPLE", &["anna"]));
    client.call("POST", "/_sandbox/clock/advance", json!({ "by": "P400D" }));
    let ready = serde_json::to_value(sandbox.ready()).expect("JSON");
    let authority = client.raw("GET", "/_sandbox/ca.pem", "", b"").body;
    sandbox.stop();

    let sandbox = start(&directory.0);
    let again = serde_json::to_value(sandbox.ready()).expect("JSON");
    assert_eq!(again["clientSecret"], ready["clientSecret"], "the secret stays");
    let client = of(&sandbox);
    let kept = client.raw("GET", "/_sandbox/ca.pem", "", b"").body;
    assert_eq!(kept, authority, "what was signed is still trusted");
    // The token key and the identifiers are new, although the seed is the same.
    let (status, second) = client.call("POST", "/system/api/process", process("SIMPLE", &["anna"]));
    assert_eq!(status, 201);
    assert_ne!(first["id"], second["id"]);
    let days = |value: &Value| {
        let at: Timestamp = value["createdDate"].as_str().expect("text").parse().expect("a time");
        at.as_second() / 86_400
    };
    assert!(days(&second) - days(&first) >= 400, "the clock goes on where it was");
    let (_, list) = client.call("GET", "/system/api/process?sort=createdDate", Value::Null);
    assert_eq!(list["content"][0]["id"], first["id"]);
    let mut of_tenant = again.clone();
    of_tenant["clientId"] = tenant["clientId"].clone();
    of_tenant["clientSecret"] = tenant["clientSecret"].clone();
    RawHttpClient::of(&of_tenant);
}

/// After a kill at any time, every process is in the state before or after a command.
#[test]
fn killed_during_releases() {
    let directory = DataDirectory::new("killed");
    for round in 0..6_u64 {
        let (mut running, ready, _out) = serve(&["--data-dir", directory.text(), "--quiet"]);
        let mut encoded = ready.clone();
        let secret = ready["clientSecret"].as_str().expect("a secret");
        encoded["clientSecret"] =
            form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>().into();
        let client = Arc::new(RawHttpClient::of(&encoded));
        if round > 0 {
            check_all(&client);
        }
        let done = Arc::new(AtomicUsize::new(0));
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let (client, done) = (Arc::clone(&client), Arc::clone(&done));
                thread::spawn(move || {
                    while let Some(id) = release_one(&client) {
                        // A request acknowledged with 200 is durable.
                        done.fetch_add(1, Ordering::SeqCst);
                        assert!(!id.is_empty());
                    }
                })
            })
            .collect();
        while done.load(Ordering::SeqCst) < 5 {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(round * 7));
        running.0.kill().expect("to kill");
        running.0.wait().expect("an end");
        workers.into_iter().for_each(|worker| worker.join().expect("a worker"));
    }
}

/// The same for commands on all processes: after a kill during a clock change or an import, the change
/// is complete or absent.
#[test]
fn survives_a_kill_during_exclusive_transactions() {
    let directory = DataDirectory::new("killed-whole");
    let start = || {
        let (running, mut ready, out) = serve(&["--data-dir", directory.text(), "--quiet"]);
        let secret = ready["clientSecret"].as_str().expect("a secret");
        let secret: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        ready["clientSecret"] = secret.into();
        (running, RawHttpClient::of(&ready), out)
    };
    let state = |client: &RawHttpClient| {
        let list = client.call("GET", "/system/api/process?status=EXPIRED", Value::Null).1;
        let clock = client.call("GET", "/_sandbox/clock", Value::Null).1;
        (list["totalElements"].clone(), clock["clock"]["mode"].clone())
    };
    let (running, client, out) = start();
    for _ in 0..40 {
        let (_, created) = client.call("POST", "/system/api/process", process("SIMPLE", &["anna"]));
        let at = |rest: &str| {
            format!("/system/api/process/{}{rest}", created["id"].as_str().expect("an id"))
        };
        client.call("POST", &at("/attach"), attachment(&["anna"]));
        assert_eq!(client.call("POST", &at("/release"), json!({})).0, 200);
    }
    let export = client.raw("GET", "/_sandbox/export", "", b"").body;
    drop((running, client, out));
    let turned = json!({ "by": "P31D" }).to_string();
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..12_u64 {
        let (path, body) = match round % 2 {
            0 => ("/_sandbox/clock/advance", turned.as_bytes()),
            _ => ("/_sandbox/import", export.as_ref()),
        };
        let (mut running, client, _out) = start();
        thread::scope(|scope| {
            let client = &client;
            scope.spawn(move || client.try_raw("POST", path, "application/json", body));
            thread::sleep(Duration::from_millis(round * 2));
            running.0.kill().expect("to kill");
            running.0.wait().expect("an end");
        });
        let (_running, client, _out) = start();
        let state = state(&client);
        assert!(
            state == (json!(0), json!("real")) || state == (json!(40), json!("offset")),
            "{path}, round {round}: {state:?}"
        );
        seen.insert(state.0.to_string());
    }
    assert!(seen.contains("0"), "{seen:?}");
}

/// The seed is applied once: later changes stay, whether or not processes exist.
#[test]
fn applies_a_seed_once() {
    let directory = DataDirectory::new("planted");
    let start = |builder: swisscom_sign_sandbox::server::SandboxBuilder| {
        let builder = builder.port(0).data_dir(Some(directory.0.clone()));
        builder.start().expect("a sandbox")
    };
    let empty =
        Sandbox::builder().gateway().expect("a sandbox").platform().snapshot().expect("a state");
    let seeded = || Sandbox::builder().initial_data(InitialData::Saved(Box::new(empty.clone())));
    let sandbox = start(seeded());
    let client = RawHttpClient::of(&serde_json::to_value(sandbox.ready()).expect("JSON"));
    let (_, made) = client.call("POST", "/_sandbox/organizations", json!({}));
    client.call("PUT", "/_sandbox/clock", json!({ "mode": "frozen" }));
    sandbox.stop();
    let sandbox = start(seeded());
    let client_id = made["clientId"].as_str().expect("an id");
    assert!(sandbox.platform().directory().client(client_id).is_some(), "it was wiped");
    assert_ne!(sandbox.platform().clocks().mode(None), ClockMode::Real);
    sandbox.stop();
    // A given secret overrides that of the seed, also after a reset, and changes no other.
    let secret = || Some(secrecy::SecretString::from("given to this start"));
    let sandbox = start(seeded().client(None, secret()));
    let secrets = || {
        let all = sandbox.platform().directory().clients();
        let all = all.iter().map(|c| (c.id.clone(), c.secret().expose_secret().to_owned()));
        all.collect::<std::collections::BTreeMap<_, _>>()
    };
    let before = secrets();
    assert_eq!(before[CLIENT_A], "given to this start");
    sandbox.gateway().reset().expect("a reset");
    let after = secrets();
    assert_eq!(after[CLIENT_A], before[CLIENT_A]);
    assert_eq!(after[CLIENT_READ_ONLY], before[CLIENT_READ_ONLY]);
}

/// A directory with secrets is accessible to its owner only, whoever created it.
#[cfg(unix)]
#[test]
fn restricts_files_with_secrets_to_their_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = DataDirectory::new("private");
    std::fs::create_dir_all(&directory.0).expect("a directory");
    // As an earlier version left it.
    let file = directory.0.join(swisscom_sign_sandbox::server::DATA_FILE);
    std::fs::write(&file, b"").expect("a file");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("rights");
    let builder = Sandbox::builder().port(0).data_dir(Some(directory.0.clone()));
    let sandbox = builder.start().expect("a sandbox");
    let files: Vec<_> = std::fs::read_dir(&directory.0).expect("a directory").collect();
    assert!(files.len() >= 2, "the file and its log");
    for file in files {
        let file = file.expect("a file");
        let mode = file.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?} {mode:o}", file.path());
    }
    sandbox.stop();
}

/// Browser that uses one host name, whatever the port.
struct StoredVisitor {
    cookie: String,
    csrf: String,
}

impl StoredVisitor {
    fn ask(
        &mut self,
        client: &RawHttpClient,
        method: &str,
        path: &str,
        form: &str,
    ) -> (u16, String) {
        let mut stream = TcpStream::connect(&client.authority).expect("a connection");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost:8480\r\nconnection: close\r\ncookie: {}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            self.cookie,
            form.len()
        );
        stream.write_all(head.as_bytes()).expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let answer = parse(&answer);
        if let Some(cookie) = answer.get("set-cookie") {
            self.cookie = cookie.split(';').next().expect("a pair").to_owned();
        }
        let page = String::from_utf8_lossy(&answer.body).into_owned();
        if let Some(csrf) = page.split("name=\"csrf\" value=\"").nth(1) {
            self.csrf = csrf.split('"').next().expect("a value").to_owned();
        }
        (answer.status, page)
    }
}

/// Mails, pending access codes and logins survive a kill.
#[test]
fn messages_and_visits_survive_a_kill() {
    let directory = DataDirectory::new("visits");
    let start = || {
        let (running, mut ready, out) = serve(&["--data-dir", directory.text(), "--quiet"]);
        let secret = ready["clientSecret"].as_str().expect("a secret");
        let secret: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        ready["clientSecret"] = secret.into();
        (running, RawHttpClient::of(&ready), out)
    };
    let kill = |mut running: SandboxProcess| {
        running.0.kill().expect("to kill");
        running.0.wait().expect("an end");
    };
    let outbox = |client: &RawHttpClient| client.call("GET", "/_sandbox/outbox", Value::Null).1;

    let (running, client, _out) = start();
    let (_, created) = client.call("POST", "/system/api/process", process("SIMPLE", &["anna"]));
    let id = created["id"].as_str().expect("an id").to_owned();
    let at = |rest: &str| format!("/system/api/process/{id}{rest}");
    client.call("POST", &at("/attach"), attachment(&["anna"]));
    let notify = json!({ "notification": { "locale": "en-GB" } });
    let (_, released) = client.call("POST", &at("/release"), notify);
    let url = released["participants"][0]["url"].as_str().expect("a URL");
    let page = format!("/cockpit{}", url.split("/cockpit").nth(1).expect("a path"));
    let mut anna = StoredVisitor { cookie: String::new(), csrf: String::new() };
    assert_eq!(anna.ask(&client, "GET", &page, "").0, 200);
    let before = outbox(&client);
    let kinds: Vec<_> = before["messages"].as_array().expect("a list").iter().collect();
    assert_eq!(kinds.iter().map(|m| &m["type"]).collect::<Vec<_>>(), ["INVITE", "CODE"]);
    kill(running);

    let (running, client, _out) = start();
    assert_eq!(outbox(&client), before, "with its cursor");
    let code = before["messages"][1]["code"].as_str().expect("a code");
    let form = format!("csrf={}&code={code}", anna.csrf);
    assert_eq!(anna.ask(&client, "POST", &format!("{page}/code"), &form).0, 303);
    kill(running);

    let (running, client, _out) = start();
    let (status, shown) = anna.ask(&client, "GET", &page, "");
    assert!(status == 200 && shown.contains(&format!("action=\"{page}/sign\"")), "{shown}");
    assert_eq!(outbox(&client), before, "no other code was sent");
    assert_eq!(client.raw("DELETE", "/_sandbox/outbox?type=CODE", "", b"").status, 204);
    kill(running);

    let (running, client, _out) = start();
    let kept = outbox(&client);
    assert_eq!(kept["messages"].as_array().map(Vec::len), Some(1));
    assert_eq!(kept["next"], before["next"], "a cursor stays good");
    assert_eq!(client.raw("POST", "/_sandbox/reset", "application/json", b"").status, 204);
    kill(running);

    let (_running, client, _out) = start();
    assert_eq!(outbox(&client)["messages"], json!([]));
    assert_eq!(anna.ask(&client, "GET", &page, "").0, 404);
}

/// Creates, attaches, releases, signs; `None` once the program has exited.
fn release_one(client: &RawHttpClient) -> Option<String> {
    let post = |target: String, body: Value| {
        let body = body.to_string();
        let answer = client.try_raw("POST", &target, "application/json", body.as_bytes())?;
        assert!((200..300).contains(&answer.status), "{}", answer.status);
        Some(serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
    };
    let created = post("/system/api/process".into(), process("SIMPLE", &["anna", "beat"]))?;
    let id = created["id"].as_str().expect("an id").to_owned();
    post(format!("/system/api/process/{id}/attach"), attachment(&["anna", "beat"]))?;
    post(format!("/system/api/process/{id}/release"), json!({ "language": "de-CH" }))?;
    post(format!("/_sandbox/processes/{id}/participants/anna/sign"), json!({}))?;
    Some(id)
}

fn check_all(client: &RawHttpClient) {
    let (_, export) = client.call("GET", "/_sandbox/export", Value::Null);
    let blobs = export["blobs"].as_array().expect("a list");
    let has = |id: &Value| blobs.iter().any(|blob| blob["id"] == *id);
    let processes = export["processes"].as_array().expect("a list");
    assert!(processes.len() >= 5);
    for process in processes {
        let records = process["records"].as_array().expect("a list");
        let of = |action: &str| records.iter().filter(|r| r["action"] == action).count();
        let statuses: Vec<&str> = process["signers"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|signer| signer["status"].as_str().expect("text"))
            .collect();
        let released = !process["released"].is_null();
        match process["status"].as_str().expect("a status") {
            "CREATED" => {
                assert_eq!((released, of("transaction"), of("email")), (false, 0, 0));
                assert_eq!(statuses, ["WAITING"; 2]);
            }
            "PENDING" => {
                assert_eq!((released, of("transaction"), of("email")), (true, 1, 2));
                let signed = of("sign");
                assert_eq!(statuses[1], "PENDING");
                assert_eq!(statuses[0], if signed == 1 { "SIGNED" } else { "PENDING" });
                let versions = process["files"][0]["versions"].as_array().expect("a list");
                assert_eq!(versions.len(), signed);
                assert!(versions.iter().all(|version| has(&version["id"])));
            }
            other => panic!("{other}"),
        }
        for file in process["files"].as_array().expect("a list") {
            assert!(has(&file["id"]), "the bytes of a file are missing");
        }
    }
}
