//! Creates under an `Idempotency-Key` whose response is lost: one process, which every repetition returns.

use super::support::platform::CreateFault;
use super::support::redis::RedisProcess;
use super::support::{RelayHarness, TestResponse, bearer, process, start};
use http_body_util::BodyExt;
use std::net::SocketAddr;
use std::time::Duration;
use swisscom_sign_relay::config::{ConfigDuration, RelayConfig};

const STALLS: CreateFault = CreateFault { performed: true, resets: false };
const RESETS: CreateFault = CreateFault { performed: true, resets: true };

fn impatient(config: &mut RelayConfig) {
    config.upstream.response_header_timeout = ConfigDuration(Duration::from_millis(700));
}

async fn create_at(address: SocketAddr, key: &str) -> TestResponse {
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build_http::<http_body_util::Full<bytes::Bytes>>();
    let request = http::Request::post(format!("http://{address}/api/process"))
        .header("host", super::support::HOST)
        .header("authorization", bearer("anna"))
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(process("anna").to_string().into())
        .unwrap();
    let (parts, body) = client.request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    TestResponse { status: parts.status.as_u16(), headers: parts.headers, body }
}

fn fails(world: &RelayHarness, fault: CreateFault) {
    world.platform.state.lock().unwrap().create_faults.push_back(fault);
}

fn set_no_lists(world: &RelayHarness, no_lists: bool) {
    world.platform.state.lock().unwrap().no_lists = no_lists;
}

fn count(world: &RelayHarness) -> usize {
    world.platform.state.lock().unwrap().processes.len()
}

#[tokio::test]
async fn answers_with_the_process_that_a_lost_create_has_made() {
    for (number, fault) in [STALLS, RESETS].into_iter().enumerate() {
        for bare_lists in [false, true] {
            let world = RelayHarness::with(impatient).await;
            world.create("anna").await;
            world.platform.state.lock().unwrap().bare_lists = bare_lists;
            fails(&world, fault);
            let first = create_at(world.address, &format!("k{number}")).await;
            assert_eq!(first.status, 201, "{fault:?}: {}", first.text());
            assert!(!first.text().contains("relay.owner"), "{}", first.text());
            let second = create_at(world.address, &format!("k{number}")).await;
            assert_eq!((second.status, second.json()), (201, first.json()));
            assert_eq!(count(&world), 2, "{fault:?}");
            let id = first.json()["id"].as_str().unwrap().to_owned();
            assert_eq!(world.get("anna", &format!("/api/process/{id}")).await.status, 200);
            assert_eq!(world.get("berta", &format!("/api/process/{id}")).await.status, 404);
        }
    }
}

#[tokio::test]
async fn holds_the_key_while_the_outcome_is_unknown() {
    for fault in [STALLS, RESETS] {
        let world = RelayHarness::with(impatient).await;
        fails(&world, fault);
        set_no_lists(&world, true);
        for _ in 0..3 {
            let reply = create_at(world.address, "k").await;
            assert_eq!((reply.status, reply.code().as_str()), (504, "outcome_unknown"));
            assert_eq!(reply.json()["retryable"], true);
        }
        assert_eq!(count(&world), 1, "{fault:?}");
        set_no_lists(&world, false);
        let known = create_at(world.address, "k").await;
        assert_eq!(known.status, 201, "{}", known.text());
        assert_eq!(create_at(world.address, "k").await.json(), known.json());
        assert_eq!(count(&world), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn creates_once_after_a_create_that_was_not_performed() {
    for resets in [false, true] {
        let world = RelayHarness::with(impatient).await;
        fails(&world, CreateFault { performed: false, resets });
        let reply = create_at(world.address, "k").await;
        let code = if resets { "upstream_closed" } else { "upstream_timeout" };
        assert_eq!(reply.code(), code, "{}", reply.text());
        assert_eq!(count(&world), 0);
        let known = create_at(world.address, "k").await;
        assert_eq!(known.status, 201, "{}", known.text());
        assert_eq!(create_at(world.address, "k").await.json(), known.json());
        assert_eq!(count(&world), 1);
    }
}

/// The platform performs the create only after the relay has given up.
#[tokio::test]
async fn finds_a_process_that_appears_after_the_failure() {
    let world = RelayHarness::with(impatient).await;
    fails(&world, CreateFault { performed: false, resets: true });
    assert_eq!(create_at(world.address, "k").await.code(), "upstream_closed");
    let seen = world.platform.seen();
    let sent = seen.iter().find(|seen| seen.method == "POST").unwrap();
    let mut late: serde_json::Value = serde_json::from_str(&sent.body).unwrap();
    let id = "00000000-0000-4000-8000-00000000ffff";
    late["id"] = id.into();
    let late = ("client".to_owned(), late);
    world.platform.state.lock().unwrap().processes.insert(id.into(), late);
    let known = create_at(world.address, "k").await;
    assert_eq!((known.status, known.json()["id"].as_str()), (201, Some(id)));
    assert_eq!(count(&world), 1);
}

#[tokio::test]
async fn releases_the_key_after_a_failure_without_effect() {
    let world = RelayHarness::with(impatient).await;
    for status in [403, 422, 429, 503] {
        world.platform.then(super::support::platform::Canned::json(status, "{}"));
        let key = format!("k{status}");
        assert_ne!(create_at(world.address, &key).await.status, 201);
        world.platform.forget();
        assert_eq!(create_at(world.address, &key).await.status, 201);
        let lists = world.platform.seen().iter().filter(|seen| seen.method == "GET").count();
        assert_eq!(lists, 0, "{status}: nothing to look up");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_replica_looks_up_a_lost_create() {
    let redis = RedisProcess::start().await;
    let with = |config: &mut RelayConfig| {
        impatient(config);
        config.redis = Some(redis.config());
    };
    let world = RelayHarness::with(with).await;
    let mut config = world.config();
    with(&mut config);
    let second = start(config).await;
    for fault in [STALLS, RESETS] {
        let (before, key) = (count(&world), format!("{fault:?}").replace(' ', ""));
        fails(&world, fault);
        set_no_lists(&world, true);
        for address in [world.address, second.address, world.address] {
            // The claim of the other replica ends in the background.
            let mut reply = create_at(address, &key).await;
            for _ in 0..100 {
                if reply.code() != "idempotency_in_flight" {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                reply = create_at(address, &key).await;
            }
            assert_eq!(reply.code(), "outcome_unknown", "{}", reply.text());
        }
        set_no_lists(&world, false);
        let mut known = create_at(second.address, &key).await;
        for _ in 0..100 {
            if known.code() != "idempotency_in_flight" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            known = create_at(second.address, &key).await;
        }
        assert_eq!(known.status, 201, "{}", known.text());
        assert_eq!(known.headers["relay-idempotency"], "replicas");
        assert_eq!(create_at(world.address, &key).await.json(), known.json());
        assert_eq!(count(&world), before + 1, "{fault:?}");
    }
}

/// A replica is killed while it waits for the platform, which performs the create.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_replica_looks_up_the_create_of_a_killed_replica() {
    let redis = RedisProcess::start().await;
    let world = RelayHarness::with(|config| config.redis = Some(redis.config())).await;
    let mut killed = super::cli::serve_with_redis(&world, &redis).await;
    let address = killed.address;
    fails(&world, STALLS);
    let waiting = tokio::spawn(async move { create_at(address, "k").await });
    while count(&world) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    killed.child.kill().await.unwrap();
    assert!(waiting.await.is_err(), "no response");
    assert_eq!(create_at(world.address, "k").await.code(), "idempotency_in_flight");
    redis.expire_claims().await;
    let known = create_at(world.address, "k").await;
    assert_eq!(known.status, 201, "{}", known.text());
    assert_eq!(create_at(world.address, "k").await.json(), known.json());
    assert_eq!(count(&world), 1);
}
