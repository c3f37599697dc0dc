//! The libFuzzer program: runs the target named by `SWISSCOM_SIGN_FUZZ_TARGET`, with the options of
//! libFuzzer (`-help=1`). With `--prepare DIR` as its only argument, it writes seeds and dictionaries
//! there and prints the targets, one JSON object per line.

#![no_main]
#![allow(clippy::expect_used, reason = "libFuzzer has no way to return an error")]

use std::path::Path;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use swisscom_sign_fuzz::{FuzzTarget, seeds, target};

static TARGET: OnceLock<&'static FuzzTarget> = OnceLock::new();

fn begin() {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let [option, folder] = arguments.as_slice()
        && option == "--prepare"
    {
        let written = seeds::prepare(Path::new(folder));
        if let Err(error) = &written {
            eprintln!("error: {}: {error}", Path::new(folder).display());
        }
        std::process::exit(i32::from(written.is_err()));
    }
    let name = std::env::var("SWISSCOM_SIGN_FUZZ_TARGET").unwrap_or_default();
    let Some(found) = target(&name) else {
        eprintln!("error: unknown target SWISSCOM_SIGN_FUZZ_TARGET={name}");
        std::process::exit(2);
    };
    TARGET.get_or_init(|| found);
}

fuzz_target!(
    init: begin(),
    |bytes: &[u8]| {
        if let Some(target) = TARGET.get() {
            (target.run)(bytes);
        }
    }
);
