//! Two replicas that share a Redis, which is killed and paused.

use super::support::redis::RedisProcess;
use super::support::{HOST, RelayHarness, bearer, process, raw, start};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;
use swisscom_sign_relay::config::{ConfigDuration, OwnerKeyConfig, Rate, RelayConfig};
use swisscom_sign_relay::secret::SecretSource;

struct Replicas {
    _second: swisscom_sign_relay::lifecycle::RunningRelay,
    redis: RedisProcess,
    world: RelayHarness,
    addresses: [SocketAddr; 2],
    admin: SocketAddr,
}

/// Response: status, head and body.
struct ReplicaResponse {
    status: u16,
    head: String,
    body: String,
}

impl ReplicaResponse {
    fn code(&self) -> String {
        let value: Value = serde_json::from_str(&self.body).unwrap();
        value["code"].as_str().unwrap_or("ok").to_owned()
    }

    fn has(&self, header: &str) -> bool {
        self.head.lines().any(|line| line == header)
    }
}

impl Replicas {
    async fn new(change: impl Fn(&mut RelayConfig)) -> Self {
        let redis = RedisProcess::start().await;
        let with = |config: &mut RelayConfig| {
            config.redis = Some(redis.config());
            change(config);
        };
        let world = RelayHarness::with(with).await;
        let mut config = world.config();
        with(&mut config);
        let second = start(config).await;
        let addresses = [world.address, second.address];
        let admin = world.relay.admin_address;
        let replicas = Self { _second: second, redis, world, addresses, admin };
        replicas.until("relay_redis_up 1").await;
        replicas
    }

    async fn ask(
        &self,
        replica: usize,
        user: &str,
        request: &str,
        key: &str,
        body: &str,
    ) -> ReplicaResponse {
        let auth = bearer(user);
        let key =
            if key.is_empty() { String::new() } else { format!("Idempotency-Key: {key}\r\n") };
        let request = format!(
            "{request} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\n{key}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let answer = patient(self.addresses[replica], &request).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        ReplicaResponse { status, head: head.to_owned(), body: body.to_owned() }
    }

    async fn create(&self, replica: usize, user: &str, key: &str) -> ReplicaResponse {
        self.ask(replica, user, "POST /api/process", key, &process(user).to_string()).await
    }

    async fn list(&self, replica: usize, user: &str) -> Vec<String> {
        let answer = self.ask(replica, user, "GET /api/process", "", "").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let value: Value = serde_json::from_str(&answer.body).unwrap();
        let content = value["content"].as_array().unwrap();
        assert_eq!(value["page"]["totalElements"], content.len());
        content.iter().map(|process| process["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Response of `/readyz` of the first replica.
    async fn admin(&self, path: &str) -> String {
        let ask = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        raw(self.admin, ask.as_bytes()).await
    }

    async fn until(&self, metric: &str) {
        for _ in 0..300 {
            if self.admin("/metrics").await.lines().any(|line| line == metric) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("never: {metric}");
    }

    fn processes(&self) -> usize {
        self.world.platform.state.lock().unwrap().processes.len()
    }

    /// Number of requests for the organization's list.
    fn scans(&self) -> usize {
        self.world.platform.seen().iter().filter(|seen| seen.target.contains("/process?")).count()
    }
}

/// Waits for a slow response, with a limit.
async fn patient(address: SocketAddr, request: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let exchange = async {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    };
    tokio::time::timeout(Duration::from_secs(30), exchange).await.expect("an answer")
}

fn few(config: &mut RelayConfig) {
    config.limits.per_user = Rate { interval: Duration::from_secs(3600), burst: 10 };
}

const SESSION: &str = "GET /relay/session";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_rate_limits_across_replicas() {
    let replicas = Replicas::new(few).await;
    let mut calls = tokio::task::JoinSet::new();
    let replicas = std::sync::Arc::new(replicas);
    for call in 0..30 {
        let replicas = std::sync::Arc::clone(&replicas);
        calls.spawn(async move { replicas.ask(call % 2, "anna", SESSION, "", "").await });
    }
    let answers = calls.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 10);
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert_eq!(refused.len(), 20);
    for answer in refused {
        let wait = answer.head.lines().find_map(|line| line.strip_prefix("retry-after: "));
        let wait: u64 = wait.unwrap().parse().unwrap();
        assert!((3000..=3600).contains(&wait), "{wait}");
    }
    assert_eq!(replicas.ask(0, "berta", SESSION, "", "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_tenant_limits_across_replicas() {
    let replicas = Replicas::new(|config| {
        config.auth.issuer[0].tenant_claim = Some("org".into());
        let tenant = swisscom_sign_relay::config::TenantConfig {
            client_id: config.oauth.client_id.clone(),
            client_secret: config.oauth.client_secret.clone(),
            rate: Some(Rate { interval: Duration::from_secs(3600), burst: 4 }),
            ..Default::default()
        };
        config.tenant = [("acme".to_owned(), tenant)].into();
    })
    .await;
    let mut taken = 0;
    for call in 0..8 {
        let mut claims = super::support::claims(&format!("user-{call}"));
        claims["org"] = "acme".into();
        let auth = super::support::sign(&claims);
        let request = format!(
            "{SESSION} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {auth}\r\nConnection: close\r\n\r\n"
        );
        let answer = patient(replicas.addresses[call % 2], &request).await;
        taken += usize::from(answer.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(taken, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serves_requests_while_redis_is_down() {
    let mut replicas = Replicas::new(few).await;
    for call in 0..10 {
        assert_eq!(replicas.ask(call % 2, "anna", SESSION, "", "").await.status, 200);
    }
    replicas.redis.kill().await;
    replicas.until("relay_redis_up 0").await;
    let ready = replicas.admin("/readyz").await;
    assert!(ready.starts_with("HTTP/1.1 200") && ready.contains("Redis unavailable"), "{ready}");
    // Each replica continues with its own counter, which is half of the requests.
    for replica in [0, 1] {
        let mut taken = 0;
        for _ in 0..10 {
            taken +=
                usize::from(replicas.ask(replica, "anna", SESSION, "", "").await.status == 200);
        }
        assert_eq!(taken, 5, "replica {replica}");
    }
    let made = replicas.create(0, "berta", "k").await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert!(made.has("relay-idempotency: replica"), "{}", made.head);
    assert_eq!(replicas.list(1, "berta").await.len(), 1);
    assert!(replicas.redis.run().await);
    replicas.until("relay_redis_up 1").await;
    assert!(!replicas.admin("/readyz").await.contains("unavailable"));
    // The new Redis is empty; queued writes are repeated.
    for _ in 0..300 {
        if replicas.redis.dump().await.len() > 300 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let repeated = replicas.create(1, "berta", "k").await;
    assert!(repeated.has("relay-idempotency: replicas"), "{}", repeated.head);
    assert_eq!(repeated.body, made.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bounds_the_delay_of_a_paused_redis() {
    let replicas = Replicas::new(|config| {
        let redis = config.redis.as_mut().unwrap();
        redis.command_timeout = ConfigDuration(Duration::from_millis(200));
    })
    .await;
    let id = json!({}).to_string();
    assert_eq!(replicas.create(0, "anna", "before").await.status, 201, "{id}");
    replicas.redis.pause().await;
    for call in 0..20 {
        let answer = replicas.create(call % 2, "anna", &format!("key-{call}")).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert!(answer.has("relay-idempotency: replica"), "{}", answer.head);
    }
    replicas.until("relay_redis_up 0").await;
    let metrics = replicas.admin("/metrics").await;
    assert!(
        metrics.contains(r#"relay_redis_total{result="skipped"}"#),
        "not each waits: {metrics}"
    );
    replicas.redis.resume().await;
    replicas.until("relay_redis_up 1").await;
    let again = replicas.create(0, "anna", "after").await;
    assert!(again.has("relay-idempotency: replicas"), "{}", again.head);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replays_an_idempotency_key_across_replicas() {
    let replicas = Replicas::new(|_| {}).await;
    let first = replicas.create(0, "anna", "k").await;
    assert!(first.has("relay-idempotency: replicas"), "{}", first.head);
    let second = replicas.create(1, "anna", "k").await;
    assert_eq!((second.status, &second.body), (201, &first.body));
    assert!(second.has("relay-idempotency: replicas"), "{}", second.head);
    let other = replicas.ask(1, "anna", "POST /api/process", "k", &process("x").to_string()).await;
    assert_eq!(other.code(), "idempotency_mismatch");
    // On the replica that has not seen the key.
    assert_eq!(replicas.create(0, "anna", "m").await.status, 201);
    let other = replicas.ask(1, "anna", "POST /api/process", "m", &process("x").to_string()).await;
    assert_eq!(other.code(), "idempotency_mismatch");
    assert_eq!(replicas.processes(), 2);
    assert_eq!(replicas.create(1, "berta", "k").await.status, 201);
    assert_eq!(replicas.processes(), 3, "keys are separate for each caller");
    // Redis contains neither names nor addresses.
    let held = replicas.redis.dump().await;
    assert!(held.len() > 500, "the answers are there");
    for word in ["anna", "berta", "example.ch", "canary", "127.0.0.1", "initiator"] {
        assert!(!held.windows(word.len()).any(|w| w == word.as_bytes()), "{word}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shares_claims_of_idempotency_keys_and_releases_them_after_a_failure() {
    let replicas = std::sync::Arc::new(Replicas::new(|_| {}).await);
    replicas.world.platform.delay.store(2000, Ordering::SeqCst);
    let slow = {
        let replicas = std::sync::Arc::clone(&replicas);
        tokio::spawn(async move { replicas.create(0, "anna", "k").await })
    };
    while replicas.world.platform.seen().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let other = replicas.create(1, "anna", "k").await;
    assert_eq!(other.code(), "idempotency_in_flight");
    assert_eq!(slow.await.unwrap().status, 201);
    replicas.world.platform.delay.store(0, Ordering::SeqCst);
    replicas.world.platform.then(super::support::platform::Canned::json(500, "{}"));
    assert_eq!(replicas.create(0, "anna", "l").await.status, 502);
    let mut again = replicas.create(1, "anna", "l").await;
    for _ in 0..100 {
        if again.status == 201 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        again = replicas.create(1, "anna", "l").await;
    }
    assert_eq!(again.status, 201, "{}", again.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_from_the_index_after_one_scan() {
    let mut replicas = Replicas::new(|_| {}).await;
    let id = |answer: &ReplicaResponse| {
        serde_json::from_str::<Value>(&answer.body).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let first = id(&replicas.create(0, "anna", "").await);
    replicas.create(0, "berta", "").await;
    assert_eq!(replicas.list(0, "anna").await, vec![first.clone()]);
    let scans = replicas.scans();
    assert!(scans > 0);
    assert_eq!(replicas.list(1, "anna").await, vec![first.clone()]);
    assert_eq!(replicas.scans(), scans, "no further scans on any replica");
    // A process created by the other replica appears once the queued write is done.
    let second = id(&replicas.create(1, "anna", "").await);
    let mut own = replicas.list(0, "anna").await;
    for _ in 0..100 {
        if own.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        own = replicas.list(0, "anna").await;
    }
    own.sort();
    assert_eq!(own, [first.clone(), second.clone()]);
    assert_eq!(replicas.scans(), scans);
    // A process was deleted at the platform: the index is updated.
    replicas.world.platform.state.lock().unwrap().processes.remove(&first);
    assert_eq!(replicas.list(0, "anna").await, vec![second.clone()]);
    assert_eq!(replicas.scans(), scans + 1);
    // Entries are verified: a process of another caller is not listed.
    let bertas = id(&replicas.create(0, "berta", "").await);
    let stolen = replicas.world.platform.stored(&bertas);
    replicas.world.platform.change(&second, |process| {
        process["properties"] = stolen["properties"].clone();
    });
    assert!(replicas.list(0, "anna").await.is_empty());
    replicas.redis.kill().await;
    assert_eq!(replicas.list(1, "berta").await.len(), 3, "lists work without Redis");
}

/// The documented steps of a rotation, with one replica before and one after each step.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_work_in_every_step_of_a_key_rotation() {
    const KEYS: [&str; 2] =
        ["canary-owner-key-0123456789abcdef", "canary-owner-key-fedcba9876543210"];
    let redis = RedisProcess::start().await;
    let world = RelayHarness::new().await;
    let replica = async |kids: &[u8]| {
        let mut config = world.config();
        config.redis = Some(redis.config());
        let key = |kid: &u8| OwnerKeyConfig {
            kid: *kid,
            secret: SecretSource::value(KEYS[usize::from(*kid) - 1]),
        };
        config.owner.keys = kids.iter().map(key).collect();
        start(config).await
    };
    let auth = bearer("anna");
    let json = [("authorization", auth.as_str()), ("content-type", "application/json")];
    let mut created: Vec<String> = Vec::new();
    for (step, kids) in [[&[1][..], &[1, 2]], [&[1, 2], &[2, 1]]].into_iter().enumerate() {
        let replicas = [replica(kids[0]).await, replica(kids[1]).await];
        for (number, from) in replicas.iter().enumerate() {
            let key = format!("step-{step}-{number}");
            let headers = [&json[..], &[("idempotency-key", key.as_str())]].concat();
            let body = process("anna").to_string();
            let mut answers = Vec::new();
            for to in [from, &replicas[1 - number]] {
                let path = "/api/process";
                let reply =
                    world.request_to(to.address, "POST", path, &headers, body.clone()).await;
                assert_eq!(reply.status, 201, "{kids:?}: {}", reply.text());
                answers.push(reply.json());
            }
            assert_eq!(answers[0], answers[1], "{kids:?}: one process for one key");
            created.push(answers[0]["id"].as_str().unwrap().to_owned());
            let ask = json!({ "process": created.last(), "operations": ["getStatus"] });
            let path = "/relay/tickets";
            let reply = world.request_to(from.address, "POST", path, &json, ask.to_string()).await;
            let ticket = format!("Bearer {}", reply.json()["ticket"].as_str().unwrap());
            for to in &replicas {
                let path = format!("/api/process/{}/status", created.last().unwrap());
                let headers = [("authorization", ticket.as_str())];
                let reply = world.request_to(to.address, "GET", &path, &headers, "").await;
                assert_eq!(reply.status, 200, "{kids:?}: ticket: {}", reply.text());
            }
        }
        for to in &replicas {
            for id in &created {
                let path = format!("/api/process/{id}");
                let reply = world.request_to(to.address, "GET", &path, &json[..1], "").await;
                assert_eq!(reply.status, 200, "{kids:?}: {}", reply.text());
            }
            let reply = world.request_to(to.address, "GET", "/api/process", &json[..1], "").await;
            assert_eq!(reply.json()["content"].as_array().unwrap().len(), created.len());
        }
    }
}
