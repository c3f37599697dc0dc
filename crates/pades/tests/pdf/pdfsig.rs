//! Signatures by `pdfsig`.

use std::fs;

use crate::tools::{Scratch, run, text};

/// An NSS database that trusts `certificate` (PEM) and nothing else.
pub(crate) fn nss_database(scratch: &Scratch, certificate: &str) -> String {
    let directory = scratch.path("nss");
    fs::create_dir_all(&directory).unwrap();
    let pem = scratch.write("ca.pem", certificate.as_bytes());
    let database = format!("sql:{directory}");
    text("certutil", &["-N", "-d", &database, "--empty-password"]);
    text("certutil", &["-A", "-d", &database, "-n", "ca", "-t", "C,C,C", "-i", &pem]);
    directory
}

/// Number of signatures that `pdfsig` reports as valid, as trusted, and in total.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PdfsigResult {
    pub(crate) valid: usize,
    pub(crate) trusted: usize,
    pub(crate) found: usize,
}

/// Runs `pdfsig`.
pub(crate) fn pdfsig(database: &str, path: &str) -> PdfsigResult {
    let output = run("pdfsig", &["-nssdir", database, path]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let count = |needle| text.matches(needle).count();
    PdfsigResult {
        valid: count("Signature Validation: Signature is Valid."),
        trusted: count("Certificate Validation: Certificate is Trusted."),
        found: count("\nSignature #"),
    }
}
