//! Benchmark of validating and building a create request natively, with the same body as
//! `bench/requests.mjs`. Run by `cargo xtask bench requests`; prints the median.

#![allow(clippy::expect_used, reason = "a benchmark of an invalid request must stop")]

use std::hint::black_box;
use std::time::Instant;

use swisscom_sign::request::{self, UnknownFields};

const ROUNDS: usize = 9;
const CALLS: u32 = 100_000;
const BODY: &str = r#"{"signatureLevel":"SIMPLE","initiator":{"type":"NON_PERSON","externalIdentifier":"portal-42","name":"Offer portal"},"invitees":{"signers":[{"type":"SIGNER","externalIdentifier":"crm-4711","firstName":"Anna","lastName":"Muster","email":"anna.muster@example.ch"}]}}"#;

fn main() {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..CALLS {
                let request = request::create(black_box(BODY), UnknownFields::Refuse);
                black_box(request.expect("valid request"));
            }
            start.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    let median = rounds.get(ROUNDS / 2).copied().unwrap_or_default();
    println!("a create request, validated and built natively, median of {ROUNDS}");
    println!("  core, native     {median:7.2} us  {:9.0}/s", 1e6 / median);
}
