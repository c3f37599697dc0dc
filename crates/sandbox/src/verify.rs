//! `swisscom-sign-sandbox verify FILE.pdf`: what the signatures of a file are worth, in sentences.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use swisscom_sign_sandbox::{ca, pdf};

/// Checks every signature of a PDF against the authority of a sandbox.
///
/// Ends with 0 when there is at least one signature and all are valid.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// The signed file.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The certificate of the authority, as the sandbox gave it out: GET /_sandbox/ca.pem.
    #[arg(long, value_name = "PEM")]
    ca: PathBuf,

    /// Judge the last N signatures only: for a file that bore others before.
    #[arg(long, value_name = "N")]
    last: Option<usize>,
}

/// Reports to standard output; whether all is well.
pub(crate) fn run(options: &Verify) -> io::Result<bool> {
    let of = |path: &Path, why: String| io::Error::other(format!("{}: {why}", path.display()));
    let trusted = String::from_utf8(read(&options.ca)?)
        .map_err(|_| of(&options.ca, "is no certificate in PEM".to_owned()))?;
    let trusted =
        ca::parse_certificate(&trusted).map_err(|why| of(&options.ca, why.to_string()))?;
    let reports = pdf::verify(&read(&options.file)?, &trusted)
        .map_err(|why| of(&options.file, why.to_string()))?;
    let judged = options.last.unwrap_or(reports.len());
    let skipped = reports.len().saturating_sub(judged);
    let mut out = io::stdout().lock();
    for (index, report) in reports.iter().enumerate().skip(skipped) {
        let findings = [
            (report.digest_ok, "the signed bytes were changed"),
            (report.signature_ok, "the signature was not made with the key of its certificate"),
            (report.chain_ok, "the certificate is not by this authority, or was not valid then"),
        ];
        let mut wrong: Vec<&str> =
            findings.iter().filter(|(ok, _)| !ok).map(|(_, what)| *what).collect();
        if let pdf::Changes::Other(_) = report.changes {
            wrong.push("the file was changed afterwards by more than further signatures");
        }
        let verdict = if wrong.is_empty() { "valid".to_owned() } else { wrong.join("; ") };
        let signer = report.signer.as_deref().unwrap_or("somebody unknown");
        let time = report.time.map_or("an unknown time".to_owned(), |time| time.to_string());
        writeln!(out, "signature {}: by {signer}, at {time}: {verdict}", index + 1)?;
    }
    if reports.is_empty() {
        writeln!(out, "there is no signature")?;
    }
    let missing = reports.is_empty() || reports.len() < judged;
    Ok(!missing && reports.iter().skip(skipped).all(pdf::SignatureReport::is_valid))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    fs::read(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}
