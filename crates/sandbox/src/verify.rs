//! `swisscom-sign-sandbox verify FILE.pdf`: verifies the signatures of a file.

use std::fmt::Display;
use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use swisscom_sign_pades::{self as pades, PostSignatureChanges, SignatureReport, Verdict, ca};
use swisscom_sign_sandbox::http::is_authority;

/// Timeout of the request for the certificate.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum size of the response, in bytes.
const MAX_RESPONSE_BYTES: u64 = 64 * 1024;

/// Checks every signature of a PDF against the authority of a sandbox.
///
/// Exit status: 0 if there is at least one signature and all are valid, 1 if one is invalid or there is
/// none, 3 if one cannot be judged, such as a signature by another program.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// The signed file.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The certificate of the authority, as the sandbox gave it out (GET /_sandbox/ca.pem), or
    /// several of them in one file; or the URL of the sandbox itself, which is asked for it.
    #[arg(
        long,
        value_name = "PEM|URL",
        env = "SANDBOX_CA",
        default_value = "http://127.0.0.1:8480"
    )]
    ca: String,

    /// Admin token of that sandbox, where it has one.
    #[arg(long, value_name = "TOKEN", env = "SANDBOX_ADMIN_TOKEN", hide_env_values = true)]
    admin_token: Option<SecretString>,

    /// Judge the last N signatures only: for a file that bore others before.
    #[arg(long, value_name = "N")]
    last: Option<NonZeroUsize>,
}

/// Reports to standard output; the worst verdict. A file without signatures is invalid.
pub(crate) fn run(options: &VerifyArgs) -> io::Result<Verdict> {
    let of = |name: &dyn Display, why: String| io::Error::other(format!("{name}: {why}"));
    let trusted = match options.ca.split_once("://") {
        Some(("http", rest)) => asked(rest, options.admin_token.as_ref())?,
        Some((scheme, _)) => {
            let why = format!(
                "unsupported URL scheme `{scheme}`: download its {PATH} and pass the file with --ca"
            );
            return Err(of(&options.ca, why));
        }
        None => String::from_utf8(read(Path::new(&options.ca))?)
            .map_err(|_| of(&options.ca, "not a PEM certificate".to_owned()))?,
    };
    let trusted =
        ca::parse_certificates(&trusted).map_err(|why| of(&options.ca, why.to_string()))?;
    let reports = pades::verify(&read(&options.file)?, &trusted)
        .map_err(|why| of(&options.file.display(), why.to_string()))?;
    let judged = options.last.map_or(reports.len(), NonZeroUsize::get);
    let skipped = reports.len().saturating_sub(judged);
    let mut out = io::stdout().lock();
    for (index, report) in reports.iter().enumerate().skip(skipped) {
        let wrong = findings(report);
        let verdict = match report.verdict() {
            Verdict::Valid => "valid".to_owned(),
            Verdict::Invalid => wrong.join("; "),
            Verdict::Indeterminate => format!("indeterminate: {}", wrong.join("; ")),
        };
        let signer = report.signer.as_deref().map_or("unknown signer".to_owned(), visible);
        let time = report.time.map_or("an unknown time".to_owned(), |time| time.to_string());
        writeln!(out, "signature {}: by {signer}, at {time}: {verdict}", index + 1)?;
    }
    if reports.is_empty() {
        writeln!(out, "no signature found")?;
    }
    if reports.is_empty() || reports.len() < judged {
        return Ok(Verdict::Invalid);
    }
    let verdicts: Vec<Verdict> =
        reports.iter().skip(skipped).map(SignatureReport::verdict).collect();
    let worst = [Verdict::Invalid, Verdict::Indeterminate];
    Ok(worst.into_iter().find(|worst| verdicts.contains(worst)).unwrap_or(Verdict::Valid))
}

/// What is wrong or unknown, worst first.
fn findings(report: &SignatureReport) -> Vec<String> {
    let checks = [
        (
            report.digest,
            "the signed bytes were changed",
            "the signed bytes cannot be checked: unsupported digest or format",
        ),
        (
            report.signature,
            "the signature was not made with the key of its certificate",
            "the signature cannot be checked: unsupported algorithm or format",
        ),
        (
            report.chain,
            "the certificate was not valid at signing time",
            "the certificate was not issued by this authority",
        ),
    ];
    let with = |verdict| {
        let failed = checks.iter().filter(move |(found, ..)| *found == verdict);
        failed.map(move |(_, invalid, unknown)| {
            (if verdict == Verdict::Invalid { *invalid } else { *unknown }).to_owned()
        })
    };
    let mut findings: Vec<String> = with(Verdict::Invalid).collect();
    if let PostSignatureChanges::Other(changes) = &report.changes {
        findings.push(format!("file modified after signing: {}", changes.join(", ")));
    }
    findings.extend(with(Verdict::Indeterminate));
    if let PostSignatureChanges::Unknown(why) = &report.changes {
        findings.push(format!("changes after signing cannot be determined: {why}"));
    }
    findings
}

/// Path of the certificate.
const PATH: &str = "/_sandbox/ca.pem";

/// Host and path of a URL without its scheme: of the sandbox, or of the certificate itself.
fn place(rest: &str) -> (&str, String) {
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let base = path.strip_suffix(PATH).unwrap_or(path).trim_end_matches('/');
    (authority, format!("{base}{PATH}"))
}

/// The certificate of the sandbox that listens there.
fn asked(url: &str, admin_token: Option<&SecretString>) -> io::Result<String> {
    let (authority, path) = place(url);
    let failed = |what: &dyn std::fmt::Display| {
        io::Error::other(format!(
            "cannot load the CA certificate from http://{authority}: {what}; pass another URL or a PEM file with --ca"
        ))
    };
    if !is_authority(authority) || !path.bytes().all(|c| c.is_ascii_graphic()) {
        return Err(failed(&"invalid URL"));
    }
    // Behind the bracket that ends an IPv6 address, there is a port or nothing.
    let has_port = authority.rsplit(']').next().is_some_and(|rest| rest.contains(':'));
    let port = if has_port { "" } else { ":80" };
    let mut socket =
        TcpStream::connect(format!("{authority}{port}")).map_err(|error| failed(&error))?;
    let credentials = match admin_token.map(ExposeSecret::expose_secret) {
        Some(token) if token.bytes().all(|c| c.is_ascii_graphic()) => {
            format!("Authorization: Bearer {token}\r\n")
        }
        Some(_) => {
            return Err(failed(
                &"invalid admin token: only printable ASCII characters are allowed",
            ));
        }
        None => String::new(),
    };
    socket.set_read_timeout(Some(FETCH_TIMEOUT))?;
    // By HTTP 1.0, so that the body comes in one piece and ends with the connection.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {authority}\r\n{credentials}\r\n");
    socket.write_all(request.as_bytes()).map_err(|error| failed(&error))?;
    let mut answer = String::new();
    socket.take(MAX_RESPONSE_BYTES).read_to_string(&mut answer).map_err(|error| failed(&error))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.lines().next().unwrap_or_default();
    match status.split(' ').nth(1) {
        Some("200") => Ok(body.to_owned()),
        Some("401") => {
            Err(failed(&"admin token required: pass --admin-token or set SANDBOX_ADMIN_TOKEN"))
        }
        _ => Err(failed(&format_args!("unexpected response: {status}"))),
    }
}

/// A name from a certificate, which anybody may have made: what would write lines of its own is
/// escaped.
fn visible(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for c in name.chars() {
        // Those that turn the direction of what follows hide it as well.
        if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    fs::read(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_a_sandbox_and_of_its_certificate() {
        for (url, authority, path) in [
            ("a:8480", "a:8480", PATH),
            ("[::1]:8480/", "[::1]:8480", PATH),
            ("a/_sandbox/ca.pem", "a", PATH),
            ("a:1/x/", "a:1", "/x/_sandbox/ca.pem"),
            ("a:1/x/_sandbox/ca.pem", "a:1", "/x/_sandbox/ca.pem"),
        ] {
            assert_eq!(place(url), (authority, path.to_owned()), "{url}");
        }
    }

    #[test]
    fn names_write_no_lines() {
        assert_eq!(visible("Zoë\n\u{1b}[2K\u{202e}x"), "Zoë\\n\\u{1b}[2K\\u{202e}x");
    }
}
