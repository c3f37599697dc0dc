//! Benchmark of the relay and other proxies (nginx, haproxy, http-proxy, @fastify/http-proxy) with one
//! worker each and the same workload, in turn. Run it with `cargo xtask bench relay`.
//!
//! It measures CPU time (`/proc/PID/task/*/schedstat`) and memory of the proxy, and instructions of the
//! relay (callgrind), because requests per second are not reproducible on a shared machine. Load generator
//! and origin are pinned to the first core, proxies to the second.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a benchmark fails by panicking"
)]

mod load;
mod origin;
mod peer;
mod process;

use std::time::Duration;

use origin::Origin;
use peer::{Peer, Relay};

const CONNECTIONS: usize = 32;
const REQUESTS: usize = 20_000;
const UPLOADS: usize = 8;
const ROUNDS: usize = 5;
/// JSON with the Base64 of the largest file, about 56 MiB.
const UPLOAD_BYTES: usize = 55_924_052;
const CROWD: usize = 32;
const COLD: usize = 10_000;

fn main() {
    // `cargo test --benches` only checks that it builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    // Arguments after `--` select parts: compare, cold, instructions.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let origin = Origin::start();
        let wanted = |name: &str| {
            let mut names =
                std::env::args().skip(1).filter(|word| !word.starts_with('-')).peekable();
            names.peek().is_none() || names.any(|word| word == name)
        };
        if wanted("compare") {
            compare(&origin).await;
        }
        if wanted("cold") {
            cold(&origin).await;
        }
        if wanted("instructions") {
            instructions(&origin).await;
        }
    });
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Small requests, uploads, and memory during many uploads.
async fn compare(origin: &Origin) {
    let mut peers = vec![Peer::relay(origin, "warn").await];
    peers.push(Peer::relay(origin, "info").await);
    peers[1].name = "relay, with its log";
    peers.extend(Peer::others(origin).await);
    for peer in &mut peers {
        load::requests(peer.address, &peer.small, CONNECTIONS, 2000).await;
    }
    let (mut small, mut upload) = (vec![Vec::new(); peers.len()], vec![Vec::new(); peers.len()]);
    let mut rates = vec![Vec::new(); peers.len()];
    for _ in 0..ROUNDS {
        for (index, peer) in peers.iter().enumerate() {
            let before = process::cpu(peer.pid);
            let took = load::requests(peer.address, &peer.small, CONNECTIONS, REQUESTS).await;
            let cpu = process::cpu(peer.pid) - before;
            small[index].push(cpu.as_secs_f64() * 1e6 / REQUESTS as f64);
            rates[index].push(REQUESTS as f64 / took.as_secs_f64());
        }
        for (index, peer) in peers.iter().enumerate() {
            let before = process::cpu(peer.pid);
            load::uploads(peer.address, &peer.upload, UPLOAD_BYTES, UPLOADS, UPLOADS).await;
            let cpu = process::cpu(peer.pid) - before;
            upload[index].push(cpu.as_secs_f64() * 1e3 / UPLOADS as f64);
        }
    }
    println!(
        "median of {ROUNDS} rounds in turns; {REQUESTS} small requests over {CONNECTIONS} connections,"
    );
    println!(
        "{UPLOADS} uploads of {:.1} MiB at a time, memory under {CROWD} of them\n",
        mib(UPLOAD_BYTES as u64)
    );
    println!(
        "{:<22} {:>14} {:>12} {:>16} {:>12} {:>12}",
        "", "CPU us/request", "requests/s", "CPU ms/upload", "RSS MiB", "growth MiB"
    );
    for (index, peer) in peers.iter().enumerate() {
        let before = process::resident(peer.pid);
        process::forget_peak(peer.pid);
        load::uploads(peer.address, &peer.upload, UPLOAD_BYTES, CROWD, CROWD).await;
        let peak = process::peak(peer.pid);
        println!(
            "{:<22} {:>14.1} {:>12.0} {:>16.1} {:>12.1} {:>12.1}",
            peer.name,
            median(&mut small[index]),
            median(&mut rates[index]),
            median(&mut upload[index]),
            mib(peak),
            mib(peak.saturating_sub(before)),
        );
    }
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Ten thousand callers before the first token.
async fn cold(origin: &Origin) {
    let relay = Relay::start(origin, "warn", &[]).await;
    let id = relay.create().await;
    let small = relay.small(&id);
    drop(relay);
    origin.hold_tokens(Duration::from_secs(3));
    let before = origin.tokens();
    let relay = Relay::start(origin, "warn", &[]).await;
    let statuses = load::each_once(relay.address, &small, COLD).await;
    let tokens = origin.tokens() - before;
    origin.hold_tokens(Duration::ZERO);
    println!(
        "\n{COLD} cold callers, the token after 3 s: statuses {statuses:?}, {tokens} token request(s)"
    );
}

/// Difference of two runs under callgrind, so that the start is not counted.
async fn instructions(origin: &Origin) {
    let mut counted = Vec::new();
    // The number of instructions of the start varies (entropy), so the difference must be large.
    for requests in [2000, 22_000] {
        let file = peer::folder().join(format!("callgrind.{requests}"));
        let out = format!("--callgrind-out-file={}", file.display());
        let relay =
            Relay::start(origin, "warn", &["valgrind", "-q", "--tool=callgrind", &out]).await;
        let id = relay.create().await;
        load::requests(relay.address, &relay.small(&id), CONNECTIONS, requests).await;
        relay.stop().await;
        let text = std::fs::read_to_string(&file).unwrap();
        let summary = text.lines().find_map(|line| {
            line.strip_prefix("summary: ").or_else(|| line.strip_prefix("totals: "))
        });
        counted.push(summary.unwrap().trim().parse::<u64>().unwrap());
    }
    println!(
        "\nrelay, instructions per small request (callgrind): {}",
        (counted[1] - counted[0]) / 20_000
    );
    if std::env::var_os("KEEP_CALLGRIND").is_some() {
        println!("kept in {}", peer::folder().display());
    } else {
        let _gone = std::fs::remove_dir_all(peer::folder());
    }
}
