//! Watches a simulated platform with random histories: every event is delivered once and in order,
//! whatever happens between two polls, and wherever the consumer is killed and resumed.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use swisscom_sign::contract::State;
use swisscom_sign::watch::{IntervalBounds, Watch, WatchOptions, WatchStep};

const PER_MINUTE: u32 = 30;

fn uuid(number: usize) -> String {
    // Spread, so that the order of IDs differs from the order of creation.
    let spread = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    format!("{:08x}-0000-4000-8000-{number:012x}", spread >> 32)
}

fn time(seconds: i64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (hour, minute, second) = (rest / 3_600, rest % 3_600 / 60, rest % 60);
    format!("2026-01-{:02}T{hour:02}:{minute:02}:{second:02}Z", 1 + days)
}

#[derive(Debug, Clone)]
struct SimulatedSigner {
    id: usize,
    status: &'static str,
    on: i64,
}

#[derive(Debug, Clone)]
struct SimulatedProcess {
    number: usize,
    created: i64,
    modified: i64,
    status: &'static str,
    files: usize,
    signers: Vec<SimulatedSigner>,
    records: usize,
    gone: bool,
    ended_before: bool,
    /// Past events, as `type subject`.
    happened: Vec<String>,
}

impl SimulatedProcess {
    fn json(&self) -> Value {
        let signers: Vec<Value> = self
            .signers
            .iter()
            .map(|signer| {
                let mut json = json!({
                    "type": "SIGNER", "firstName": "Anna-Canary", "lastName": "Muster",
                    "email": "canary@example.com", "identification": uuid(signer.id),
                    "status": signer.status,
                });
                if signer.status == "SIGNED" {
                    json["signedOn"] = time(signer.on).into();
                }
                json
            })
            .collect();
        let file = |index| json!({ "initialFileId": uuid(self.number * 1_000 + 500 + index) });
        json!({
            "id": uuid(self.number), "status": self.status,
            "createdDate": time(self.created), "lastModifiedDate": time(self.modified),
            "initiator": { "type": "NON_PERSON", "name": "CRM" },
            "invitees": { "signers": signers },
            "fileReferences": (0..self.files).map(file).collect::<Vec<_>>(),
        })
    }

    fn records(&self) -> Value {
        let record = |index: usize| {
            json!({ "id": uuid(self.number * 1_000 + 800 + index), "createdDate": time(self.created),
                "action": "email", "status": "SUCCESS", "extras": { "email_to": "canary@example.com" } })
        };
        json!({ "records": (0..self.records).rev().map(record).collect::<Vec<_>>() })
    }

    fn ended(&self) -> bool {
        matches!(self.status, "COMPLETED" | "EXPIRED")
    }

    fn note(&mut self, what: &str, subject: usize) {
        self.happened.push(format!("{what} {}", uuid(subject)));
        self.records += 1;
    }
}

#[derive(Debug, Clone)]
struct SimulatedPlatform {
    now: i64,
    processes: Vec<SimulatedProcess>,
}

impl SimulatedPlatform {
    fn create(&mut self, back: i64, status: &'static str) {
        let number = self.processes.len() + 1;
        let created = self.now - back;
        let mut process = SimulatedProcess {
            number,
            created,
            modified: self.now,
            status,
            files: 0,
            signers: Vec::new(),
            records: 0,
            gone: false,
            ended_before: matches!(status, "COMPLETED" | "EXPIRED"),
            happened: Vec::new(),
        };
        process.note("process.created", number);
        if process.ended_before {
            process.note("process.released", number);
            process.note("process.completed", number);
        }
        self.processes.push(process);
    }

    /// Applies an event to a process, if it is possible.
    fn act(&mut self, which: usize, what: u8) {
        let (now, count) = (self.now, self.processes.len());
        if count == 0 {
            return;
        }
        let process = &mut self.processes[which % count];
        if process.gone || process.ended() {
            return;
        }
        let number = process.number;
        process.modified = now;
        let awaited = process.signers.iter().position(|signer| signer.status == "PENDING");
        match (process.status, what) {
            ("CREATED", 0 | 1) => {
                process.note("file.attached", number * 1_000 + 500 + process.files);
                process.files += 1;
            }
            ("CREATED", 2 | 3) => {
                let id = number * 1_000 + process.signers.len();
                process.signers.push(SimulatedSigner { id, status: "WAITING", on: 0 });
            }
            ("CREATED", _) if !process.signers.is_empty() => {
                process.status = "PENDING";
                process.note("process.released", number);
                for index in 0..process.signers.len() {
                    process.signers[index].status = "PENDING";
                    process.note("signer.invited", process.signers[index].id);
                }
            }
            ("PENDING", 0..=4) => {
                let Some(index) = awaited else { return };
                process.signers[index].status = "SIGNED";
                process.signers[index].on = now;
                process.note("signer.signed", process.signers[index].id);
                if process.signers.iter().all(|signer| signer.status != "PENDING") {
                    process.status = "COMPLETED";
                    process.note("process.completed", number);
                }
            }
            ("PENDING", 5) => {
                let Some(index) = awaited else { return };
                process.signers[index].status = "DECLINED";
                process.note("signer.declined", process.signers[index].id);
                for index in 0..process.signers.len() {
                    if process.signers[index].status == "PENDING" {
                        process.signers[index].status = "CANCELED";
                        process.note("signer.canceled", process.signers[index].id);
                    }
                }
                process.status = "EXPIRED";
                process.note("process.expired", number);
            }
            ("PENDING", 6) => {
                process.status = "EXPIRED";
                process.note("process.expired", number);
            }
            ("PENDING", 7) => {
                let Some(index) = awaited else { return };
                process.signers[index].status = "REPLACED";
                process.note("signer.replaced", process.signers[index].id);
                let id = number * 1_000 + process.signers.len();
                process.signers.push(SimulatedSigner { id, status: "PENDING", on: 0 });
                process.note("signer.invited", id);
            }
            ("PENDING", 8) => process.gone = true,
            _ => {}
        }
    }

    fn list(&self, query: &Value) -> Value {
        let mut found: Vec<&SimulatedProcess> = self
            .processes
            .iter()
            .filter(|p| !p.gone && query.get("status").is_none_or(|status| status == p.status))
            .collect();
        found.sort_by_key(|process| process.created);
        if query["sort"][0] == "createdDate,desc" {
            found.reverse();
        }
        let (page, size) = (query["page"].as_u64().unwrap(), query["size"].as_u64().unwrap());
        let content: Vec<Value> = found
            .iter()
            .skip((page * size) as usize)
            .take(size as usize)
            .map(|p| p.json())
            .collect();
        let total = found.len() as u64;
        json!({ "content": content, "page": {
            "totalElements": total, "totalPages": total.div_ceil(size), "size": size, "number": page } })
    }

    fn process(&self, id: &str) -> Option<&SimulatedProcess> {
        self.processes.iter().find(|process| uuid(process.number) == id && !process.gone)
    }
}

/// Consumer that stores an event and its cursor in one transaction, and can be killed anywhere.
struct Consumer {
    options: WatchOptions,
    watch: Watch,
    saved: Option<String>,
    stored: Vec<Value>,
    now: u64,
    sent: Vec<u64>,
    requests: usize,
}

impl Consumer {
    fn new(options: WatchOptions) -> Self {
        let watch = Watch::new(options.clone(), None, 0).unwrap();
        let (saved, stored, sent) = (None, Vec::new(), Vec::new());
        Self { options, watch, saved, stored, now: 0, sent, requests: 0 }
    }

    fn resume(&mut self) {
        self.watch = Watch::new(self.options.clone(), self.saved.as_deref(), self.now).unwrap();
        self.sent.clear();
    }

    /// Performs a step. `chance` kills the consumer before an event is stored, or fails a request.
    fn step(&mut self, world: &SimulatedPlatform, chance: u8) -> WatchStep {
        let step = self.watch.next_step(self.now, f64::from(chance) / 256.0);
        let response = match &step {
            WatchStep::Event(_) if chance < 40 => {
                self.resume();
                return step;
            }
            WatchStep::Event(event) => {
                let event: Value = serde_json::from_str(event).unwrap();
                self.stored.push(event);
                let cursor = self.watch.cursor();
                assert!(!cursor.to_lowercase().contains("canary") && !cursor.contains('@'));
                assert!(serde_json::from_str::<Value>(&cursor).unwrap()["version"] == 1);
                self.saved = Some(cursor);
                return step;
            }
            WatchStep::Wait(ms) => {
                self.now += ms;
                return step;
            }
            WatchStep::End => return step,
            WatchStep::List(query) => Some(world.list(&serde_json::from_str(query).unwrap())),
            WatchStep::Details(id) => world.process(id).map(SimulatedProcess::json),
            WatchStep::Records(id) => world.process(id).map(SimulatedProcess::records),
        };
        self.requests += 1;
        self.sent.push(self.now);
        let window = self.sent.iter().filter(|sent| **sent + 60_000 > self.now).count();
        assert!(window <= PER_MINUTE as usize, "{window} requests in a minute");
        match response {
            _ if chance > 240 => {
                let retry_after = u64::from(chance & 1) * 5_000;
                assert!(self.watch.on_error(503, true, retry_after, self.now, 0.5));
                let paused = self.watch.next_step(self.now, 0.5);
                assert!(matches!(paused, WatchStep::Wait(ms) if ms >= retry_after), "{paused:?}");
            }
            Some(response) => self.watch.on_response(&response.to_string()),
            None => assert!(self.watch.on_error(404, false, 0, self.now, 0.5)),
        }
        step
    }

    /// Steps until no further events are delivered.
    fn settle(&mut self, world: &SimulatedPlatform) {
        let mut quiet = 0;
        for _ in 0..20_000 {
            match self.step(world, 128) {
                WatchStep::Event(_) => quiet = 0,
                WatchStep::End => return,
                WatchStep::Wait(_) => {}
                _ => quiet += 1,
            }
            if quiet > 24 + world.processes.len() / 2 {
                return;
            }
        }
        panic!("the watch does not settle");
    }

    /// Delivered events of each process, as `type subject`, in order.
    fn delivered(&self) -> BTreeMap<String, Vec<String>> {
        let mut delivered: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for event in &self.stored {
            let text = |name: &str| event.get(name).and_then(Value::as_str);
            let id = text("processId").unwrap();
            let subject = text("signer").or(text("fileId")).or(event["record"]["id"].as_str());
            let what = format!("{} {}", text("type").unwrap(), subject.unwrap_or(id));
            delivered.entry(id.to_owned()).or_default().push(what);
        }
        delivered
    }
}

fn options(ids: Vec<String>, status: Option<State>, records: bool) -> WatchOptions {
    let bounds = IntervalBounds { min_ms: 1_000, max_ms: 60_000 };
    WatchOptions { ids, status, from_now: false, records, per_minute: PER_MINUTE, bounds }
}

/// Order of the events of a process.
const ORDER: [&[&str]; 4] = [
    &["process.created"],
    &["process.released"],
    &["signer.signed", "signer.declined"],
    &["process.completed", "process.expired", "process.gone"],
];

fn check(
    world: &SimulatedPlatform,
    consumer: &Consumer,
    complete: impl Fn(&SimulatedProcess, bool) -> bool,
) {
    let delivered = consumer.delivered();
    for process in &world.processes {
        let id = uuid(process.number);
        let all = delivered.get(&id).cloned().unwrap_or_default();
        let (records, events): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|what| what.starts_with("record."));
        let distinct: BTreeSet<_> = events.iter().chain(&records).collect();
        assert_eq!(distinct.len(), events.len() + records.len(), "delivered twice: {events:?}");
        let place =
            |what: &String| ORDER.iter().position(|row| row.iter().any(|r| what.starts_with(r)));
        let places: Vec<_> = events.iter().filter_map(place).collect();
        assert!(places.is_sorted(), "out of order: {events:?}");
        let mut happened: Vec<String> = process.happened.clone();
        if process.gone {
            let gone = events.iter().filter(|what| what.starts_with("process.gone")).count();
            assert!(gone <= 1);
            happened.push(format!("process.gone {id}"));
        }
        assert!(events.iter().all(|what| happened.contains(what)), "invented: {events:?}");
        if !process.gone && complete(process, !events.is_empty()) {
            let (mut expected, mut events) = (happened, events);
            // A replaced or canceled signer does not show whether it had been invited.
            let unsure: Vec<String> = expected
                .iter()
                .filter_map(|what| {
                    let signer = what.strip_prefix("signer.replaced ");
                    signer.or(what.strip_prefix("signer.canceled "))
                })
                .map(|signer| format!("signer.invited {signer}"))
                .collect();
            expected.retain(|what| !unsure.contains(what));
            events.retain(|what| !unsure.contains(what));
            expected.sort();
            events.sort();
            assert_eq!(events, expected, "lost");
            if consumer.options.records {
                assert_eq!(records.len(), process.records, "records of {id}");
                let number = |what: &String| what.rsplit('-').next().unwrap().to_owned();
                assert!(records.iter().map(number).is_sorted(), "{records:?}");
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Act {
    Create(i64),
    /// A process that ends between two polls, and appears late in the list.
    Flash(i64),
    Happen(usize, u8),
    Tick(i64),
    Watch(u8, u8),
    Kill,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        // Most are created now; some appear late in the list.
        3 => prop_oneof![4 => Just(0), 1 => 0_i64..500].prop_map(Act::Create),
        1 => (0_i64..500).prop_map(Act::Flash),
        12 => (any::<usize>(), 0_u8..9).prop_map(|(which, what)| Act::Happen(which, what)),
        2 => (0_i64..400).prop_map(Act::Tick),
        8 => (1_u8..20, any::<u8>()).prop_map(|(steps, chance)| Act::Watch(steps, chance)),
        1 => Just(Act::Kill),
    ];
    prop::collection::vec(act, 1..250)
}

fn play(world: &mut SimulatedPlatform, consumer: &mut Consumer, acts: &[Act]) {
    for act in acts {
        match *act {
            Act::Create(back) => world.create(back, "CREATED"),
            Act::Flash(back) => {
                world.create(back, "CREATED");
                let which = world.processes.len() - 1;
                [2, 4, 0].iter().for_each(|what| world.act(which, *what));
            }
            Act::Happen(which, what) => world.act(which, what),
            Act::Tick(seconds) => world.now += seconds,
            Act::Kill => consumer.resume(),
            Act::Watch(steps, chance) => {
                for step in 0..steps {
                    consumer.step(world, chance.wrapping_mul(31).wrapping_add(step * 7));
                }
            }
        }
    }
    consumer.settle(world);
}

/// Platform with existing processes.
fn world(open: usize, ended: usize) -> SimulatedPlatform {
    let mut world = SimulatedPlatform { now: 86_400, processes: Vec::new() };
    for index in 0..open + ended {
        world.now += (index % 3) as i64;
        world.create(0, if index < ended { "COMPLETED" } else { "CREATED" });
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn delivers_every_list_event_once(
        (open, ended) in (0_usize..45, 0_usize..20),
        records in any::<bool>(),
        acts in acts(),
    ) {
        let mut world = world(open, ended);
        let mut consumer = Consumer::new(options(Vec::new(), None, records));
        // The first sweep reads the existing processes.
        for _ in 0..400 {
            if let WatchStep::Wait(ms) = consumer.step(&world, 128) && ms < 2_000 { break }
        }
        play(&mut world, &mut consumer, &acts);
        check(&world, &consumer, |process, _| !process.ended_before);
        let delivered = consumer.delivered();
        for process in world.processes.iter().filter(|process| process.ended_before) {
            prop_assert!(!delivered.contains_key(&uuid(process.number)), "ended before the watch started");
        }
    }

    #[test]
    fn delivers_every_event_of_given_processes_once(
        records in any::<bool>(),
        acts in acts(),
    ) {
        let mut world = world(6, 2);
        let ids: Vec<String> = (1..=8).map(uuid).collect();
        let mut consumer = Consumer::new(options(ids, None, records));
        play(&mut world, &mut consumer, &acts);
        check(&world, &consumer, |process, _| process.number <= 8 && process.happened.len() > 1);
        prop_assert!(consumer.delivered().keys().all(|id| (1..=8).any(|number| uuid(number) == *id)));
    }

    #[test]
    fn delivers_all_events_of_processes_that_were_in_a_state(acts in acts()) {
        let mut world = world(30, 10);
        let pending = options(Vec::new(), Some(State::Pending), false);
        let mut consumer = Consumer::new(pending);
        play(&mut world, &mut consumer, &acts);
        check(&world, &consumer, |process, known| known || process.status == "PENDING");
    }

    #[test]
    fn rejects_arbitrary_cursors(text in ".*") {
        let options = options(Vec::new(), None, false);
        prop_assert!(Watch::new(options, Some(&text), 0).is_err());
    }
}

/// Steps until the next pause; returns the number of requests.
fn sweep(consumer: &mut Consumer, world: &SimulatedPlatform) -> usize {
    let before = consumer.requests;
    loop {
        match consumer.step(world, 128) {
            WatchStep::Wait(ms) if ms >= 800 => return consumer.requests - before,
            WatchStep::End => return consumer.requests - before,
            _ => {}
        }
    }
}

#[test]
fn a_sweep_requests_pages_and_changed_processes_only() {
    let mut world = world(1_000, 0);
    for which in 0..1_000 {
        world.act(which, 2);
        world.act(which, 4);
    }
    let mut options = options(Vec::new(), Some(State::Pending), false);
    options.per_minute = 10_000;
    let mut consumer = Consumer::new(options);
    let mut world_sweep = |world: &SimulatedPlatform| {
        let mut requests = 0;
        loop {
            consumer.sent.clear();
            match consumer.step(world, 128) {
                WatchStep::Wait(_) => return (requests, consumer.stored.len()),
                WatchStep::Event(_) => {}
                _ => requests += 1,
            }
        }
    };
    let (requests, events) = world_sweep(&world);
    assert_eq!((requests, events), (50, 3_000));
    assert_eq!(world_sweep(&world), (50, 3_000));
    for which in [3, 500, 999] {
        world.act(which, 0);
    }
    assert_eq!(world_sweep(&world), (50 + 3, 3_000 + 6));
}

#[test]
fn from_now_skips_past_events() {
    let mut world = world(3, 0);
    let from_now = WatchOptions { from_now: true, ..options(Vec::new(), None, false) };
    let mut consumer = Consumer::new(from_now);
    sweep(&mut consumer, &world);
    assert_eq!(consumer.stored.len(), 0);
    world.act(1, 0);
    world.create(0, "CREATED");
    consumer.settle(&world);
    let delivered: Vec<_> =
        consumer.stored.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(delivered, ["process.created", "file.attached"]);
}

#[test]
fn rejects_invalid_options_and_cursors() {
    let with = |change: fn(&mut WatchOptions)| {
        let mut options = options(Vec::new(), None, false);
        change(&mut options);
        Watch::new(options, None, 0).is_err()
    };
    assert!(with(|options| options.ids = vec!["x".into()]));
    assert!(with(|options| options.status = Some(State::Completed)));
    assert!(!with(|_| {}));
    for cursor in [
        r#"{"version":2,"processes":{}}"#,
        r#"{"version":1,"processes":{"x":""}}"#,
        r#"{"version":1,"since":1.5,"processes":{}}"#,
        r#"{"version":1,"processes":{"6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a":"Anna Muster <a@b.ch>"}}"#,
        r#"{"version":1,"processes":{}"#,
    ] {
        assert!(Watch::new(options(Vec::new(), None, false), Some(cursor), 0).is_err(), "{cursor}");
    }
    assert!(Watch::new(options(Vec::new(), None, false), Some(r#"{"version":1}"#), 0).is_ok());
}

#[test]
fn permanent_errors_end_the_watch() {
    let mut watch = Watch::new(options(Vec::new(), None, false), None, 0).unwrap();
    assert!(matches!(watch.next_step(0, 0.5), WatchStep::List(_)));
    assert!(!watch.on_error(403, false, 0, 0, 0.5));
}

#[test]
fn processes_that_move_to_an_earlier_page_are_not_missed() {
    let mut world = world(60, 0);
    for which in 0..60 {
        world.act(which, 2);
        world.act(which, 4);
    }
    let mut consumer = Consumer::new(options(Vec::new(), Some(State::Pending), false));
    while !matches!(consumer.step(&world, 128), WatchStep::List(_)) {}
    // Three processes leave the first page, which was read, so that three others move to it.
    (0..3).for_each(|which| world.act(which, 0));
    sweep(&mut consumer, &world);
    (20..23).for_each(|which| world.act(which, 0));
    consumer.settle(&world);
    check(&world, &consumer, |_, _| true);
    assert_eq!(consumer.delivered().len(), 60);
}
