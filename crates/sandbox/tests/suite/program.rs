//! Subcommands besides `serve`: content and transfer of a data directory; and the ready file.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};
use swisscom_sign_pades::ca;

use crate::http::{RawHttpClient, program, serve};
use crate::store::DataDirectory;
use crate::support::{attachment, process};

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().expect("a program")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// With the URL-encoded secret.
fn client(ready: &Value) -> RawHttpClient {
    let mut encoded = ready.clone();
    let secret = ready["clientSecret"].as_str().expect("a secret");
    let secret: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    encoded["clientSecret"] = secret.into();
    RawHttpClient::of(&encoded)
}

#[test]
fn transfers_state_between_data_directories() {
    let (here, there) = (DataDirectory::new("carried"), DataDirectory::new("carried-to"));
    let (running, ready, _out) = serve(&["--data-dir", here.text(), "--quiet"]);
    let sandbox = client(&ready);
    let (_, created) = sandbox.call("POST", "/system/api/process", process("SIMPLE", &["anna"]));
    let at = |rest: &str| {
        format!("/system/api/process/{}{rest}", created["id"].as_str().expect("an id"))
    };
    sandbox.call("POST", &at("/attach"), attachment(&["anna"]));
    let released = sandbox.call("POST", &at("/release"), json!({ "language": "it-CH" }));
    assert_eq!(released.0, 200);
    let busy = run(&["export", "--data-dir", here.text()]);
    assert!(!busy.status.success() && said(&busy).contains("another sandbox uses it"));
    let authority = sandbox.raw("GET", "/_sandbox/ca.pem", "", b"").body;
    drop(running);

    let printed = run(&["ca", "--data-dir", here.text()]);
    assert!(printed.status.success(), "{}", said(&printed));
    assert_eq!(printed.stdout, authority.as_ref());
    ca::parse_certificates(&String::from_utf8(printed.stdout).expect("text")).expect("PEM");
    // Output to a pipe without a reader is an error.
    for command in ["ca", "export"] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let status = program().args([command, "--data-dir", here.text()]).stdout(writer).status();
        assert!(!status.expect("a program").success(), "{command}");
    }

    let file = here.0.join("export.json");
    let file = file.to_str().expect("text");
    let written = run(&["export", "--data-dir", here.text(), file]);
    assert!(
        written.status.success() && said(&written).contains("1 processes"),
        "{}",
        said(&written)
    );
    assert!(written.stdout.is_empty());
    private(&file.into());
    for to in [&[][..], &["-"]] {
        let printed = run(&[&["export", "--data-dir", here.text()], to].concat());
        assert_eq!(printed.stdout, fs::read(file).expect("a file"));
    }

    let read = run(&["import", "--data-dir", there.text(), file]);
    assert!(read.status.success(), "{}", said(&read));
    let (_running, ready, _out) = serve(&["--data-dir", there.text(), "--quiet"]);
    let there = client(&ready);
    let outbox = there.raw("GET", "/_sandbox/outbox", "", b"").body;
    let outbox: Value = serde_json::from_slice(&outbox).expect("JSON");
    assert_eq!(outbox["messages"][0]["to"], "anna@example.com", "mails come along");
    let (_, list) = there.call("GET", "/system/api/process", Value::Null);
    assert_eq!((&list["totalElements"], &list["content"][0]["id"]), (&json!(1), &created["id"]));
}

#[test]
fn refusals_name_the_place() {
    let directory = DataDirectory::new("refusals");
    let absent = directory.text();
    for command in ["export", "ca"] {
        let output = run(&[command, "--data-dir", absent]);
        assert!(!output.status.success() && said(&output).contains("not a sandbox data directory"));
        assert!(!directory.0.exists(), "looking makes nothing");
    }
    let other = DataDirectory::new("other");
    fs::create_dir_all(&other.0).expect("a directory");
    let output = run(&["ca", "--data-dir", other.text()]);
    assert!(!output.status.success() && said(&output).contains("not a sandbox data directory"));
    assert_eq!(fs::read_dir(&other.0).expect("a directory").count(), 0, "looking makes nothing");
    let manifest = env!("CARGO_MANIFEST_PATH");
    let output = run(&["verify", "--ca", manifest, manifest]);
    assert!(!output.status.success() && said(&output).contains("Cargo.toml"), "{}", said(&output));
    let output = run(&["import", "--data-dir", absent, "/no/such/file"]);
    assert!(!output.status.success() && said(&output).contains("/no/such/file"));
    let output = run(&["import", "--data-dir", absent, env!("CARGO_MANIFEST_PATH")]);
    assert!(!output.status.success() && said(&output).contains("Cargo.toml"), "{}", said(&output));
    assert!(!directory.0.exists(), "what cannot be read makes nothing");
}

#[test]
fn the_ready_file_holds_the_line() {
    let directory = DataDirectory::new("ready");
    fs::create_dir_all(&directory.0).expect("a directory");
    let path = directory.0.join("ready.json");
    fs::write(&path, "what stood there before, and was longer than the line is").expect("a file");
    let (_running, ready, _out) = serve(&["--quiet", "--ready-file", path.to_str().expect("text")]);
    // The file exists before the line is printed.
    let text = fs::read_to_string(&path).expect("a file");
    assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), ready);
    assert!(text.ends_with("}\n"));
    private(&path);
    assert_eq!(
        fs::read_dir(&directory.0).expect("a directory").count(),
        1,
        "nothing stands beside"
    );

    let nowhere = directory.0.join("no/such/ready.json");
    let output = program()
        .args(["serve", "--listen", "127.0.0.1:0", "--ready-file"])
        .arg(&nowhere)
        .output()
        .expect("a program");
    assert!(!output.status.success() && said(&output).contains("ready.json"));
    assert!(output.stdout.is_empty(), "not ready");
}

/// After a whole process, every socket of the program belongs to its listening address.
#[cfg(target_os = "linux")]
#[test]
fn opens_no_other_sockets() {
    let (running, ready, _out) = serve(&["--quiet"]);
    let client = client(&ready);
    client.whole_flow();
    let port: u16 =
        client.authority.rsplit(':').next().and_then(|p| p.parse().ok()).expect("a port");
    let folder = format!("/proc/{}", running.0.id());
    let links = fs::read_dir(format!("{folder}/fd")).expect("descriptors");
    let inodes: Vec<String> = links
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|to| Some(to.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let mut listening = 0;
    for table in ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"] {
        let Ok(text) = fs::read_to_string(format!("{folder}/net/{table}")) else { continue };
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if inodes.iter().any(|inode| inode == fields[9]) {
                assert_eq!(table, "tcp", "{line}");
                assert!(fields[1].ends_with(&format!(":{port:04X}")), "{line}");
                listening += u32::from(fields[3] == "0A");
            }
        }
    }
    assert_eq!(listening, 1);
}

/// `verify` requests the certificate from the sandbox, or reads it from a file; the result is its exit
/// code and a message on standard output.
#[test]
fn verdicts_on_files() {
    let directory = DataDirectory::new("verdicts");
    fs::create_dir_all(&directory.0).expect("a directory");
    let (_running, ready, _out) = serve(&["--quiet"]);
    let sandbox = client(&ready);
    let call = |method: &str, rest: &str, body: Value| {
        sandbox.call(method, &format!("/system/api/process{rest}"), body).1
    };
    let created = call("POST", "", process("SIMPLE", &["anna"]));
    let id = created["id"].as_str().expect("an id");
    call("POST", &format!("/{id}/attach"), attachment(&["anna"]));
    call("POST", &format!("/{id}/release"), json!({}));
    let sign = format!("/_sandbox/processes/{id}/participants/anna/sign");
    assert_eq!(sandbox.call("POST", &sign, json!({})).0, 200);
    let details = call("GET", &format!("/{id}"), Value::Null);
    let file = details["fileReferences"][0]["lastSignedFileId"].as_str().expect("an id");
    let content = format!("/system/api/process/{id}/file/{file}/content");
    let signed = sandbox.raw("GET", &content, "", b"").body;
    let mut flipped = signed.to_vec();
    flipped[60] ^= 1;
    let other = DataDirectory::new("verdicts-other");
    drop(serve(&["--data-dir", other.text(), "--quiet"]));
    let stranger = run(&["ca", "--data-dir", other.text()]).stdout;
    let write = |name: &str, bytes: &[u8]| {
        let path = directory.0.join(name);
        fs::write(&path, bytes).expect("a file");
        path.to_str().expect("text").to_owned()
    };
    let good = write("good.pdf", &signed);
    let url = ready["url"].as_str().expect("a URL");
    let stranger = write("stranger.pem", &stranger);
    let third_party = include_bytes!("../../../pades/tests/pdf/third-party/rsa.pdf");
    for (file, ca, status, words) in [
        (good.clone(), url, 0, "by John Doe, at "),
        (
            good.clone(),
            stranger.as_str(),
            3,
            ": indeterminate: the certificate was not issued by this authority",
        ),
        (
            write("third-party.pdf", third_party),
            url,
            3,
            ": indeterminate: the signature cannot be checked: unsupported algorithm or format",
        ),
        (write("flipped.pdf", &flipped), url, 1, "the signed bytes were changed"),
        (
            write("appended.pdf", &[&signed[..], b"more"].concat()),
            url,
            1,
            "data other than a signature was appended",
        ),
        (write("unsigned.pdf", &crate::support::pdf()), url, 1, "no signature found"),
        (write("cut.pdf", &signed[..signed.len() / 2]), url, 1, "damaged"),
        (write("no.pdf", b"Hello"), url, 1, "not a PDF"),
        (good.clone(), good.as_str(), 1, "good.pdf: not a PEM certificate"),
        (
            good.clone(),
            "http://127.0.0.1:1",
            1,
            "cannot load the CA certificate from http://127.0.0.1:1",
        ),
    ] {
        let output = run(&["verify", &file, "--ca", ca]);
        let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), said(&output));
        assert_eq!((output.status.code(), told.contains(words)), (Some(status), true), "{told}");
        assert_eq!(told.contains(": valid"), status == 0, "{told}");
    }
    // Also by the URL of the certificate, and with a second authority.
    let own = std::str::from_utf8(&sandbox.raw("GET", "/_sandbox/ca.pem", "", b"").body)
        .expect("text")
        .to_owned();
    let both = fs::read_to_string(&stranger).expect("a file") + &own;
    for ca in
        [format!("{url}/"), format!("{url}/_sandbox/ca.pem"), write("both.pem", both.as_bytes())]
    {
        let output = run(&["verify", &good, "--ca", &ca]);
        assert!(output.status.success(), "{ca}: {}", said(&output));
    }
    for (ca, told) in [
        ("https://127.0.0.1:1", "unsupported URL scheme `https`"),
        ("http://127.0.0.1:1/x", ": Connection refused"),
        ("http://127.0.0.1:1/x y", "invalid URL"),
        ("http://:80", "invalid URL"),
        ("http://a:b", "invalid URL"),
    ] {
        let output = run(&["verify", &good, "--ca", ca]);
        assert!(said(&output).contains(told), "{ca}: {}", said(&output));
    }
    // Verification fails if it checks no signature.
    assert_eq!(run(&["verify", &good, "--ca", url, "--last", "0"]).status.code(), Some(2));
    let default = program().args(["verify", &good]).env("SANDBOX_CA", url).output();
    assert!(default.expect("a program").status.success(), "the file alone is enough");
}

#[test]
fn the_certificate_of_a_guarded_sandbox() {
    let directory = DataDirectory::new("guarded");
    fs::create_dir_all(&directory.0).expect("a directory");
    let file = directory.0.join("unsigned.pdf");
    fs::write(&file, crate::support::pdf()).expect("a file");
    let token = "0123456789abcdef";
    let (_running, ready, _out) = serve(&["--quiet", "--admin-token", token]);
    let url = ready["url"].as_str().expect("a URL");
    let verify = |options: &[&str], variable: Option<&str>| {
        let mut program = program();
        program.arg("verify").arg(&file).args(["--ca", url]).args(options);
        program.envs(variable.map(|token| ("SANDBOX_ADMIN_TOKEN", token)));
        let output = program.output().expect("a program");
        format!("{}{}", String::from_utf8_lossy(&output.stdout), said(&output))
    };
    assert!(verify(&[], None).contains("admin token required"));
    assert!(
        verify(&["--admin-token", "another, and a\nline"], None).contains("invalid admin token")
    );
    for told in [verify(&["--admin-token", token], None), verify(&[], Some(token))] {
        assert!(told.contains("no signature found"), "{told}");
    }
}

/// Set in the network namespace into which [`no_network_is_needed`] starts itself.
#[cfg(target_os = "linux")]
const ALONE: &str = "SANDBOX_TEST_ALONE";

/// A whole process in a network namespace that has only loopback.
#[cfg(target_os = "linux")]
#[test]
fn no_network_is_needed() {
    if std::env::var_os(ALONE).is_some() {
        return alone();
    }
    let namespace = || {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--net", "sh", "-c"]);
        command
    };
    let allowed = namespace().arg("ip link set lo up").output();
    if !allowed.as_ref().is_ok_and(|output| output.status.success()) {
        let why = allowed.map_or_else(|error| error.to_string(), |output| said(&output));
        // Not `println!`, whose output is captured in a passing test.
        let skipped = format!(
            "SKIPPED no_network_is_needed: no network namespace can be made here: {}\n",
            why.trim()
        );
        std::io::stderr().write_all(skipped.as_bytes()).expect("standard error");
        return;
    }
    let test = std::env::current_exe().expect("this program");
    let output = namespace()
        .arg("ip link set lo up && exec \"$0\" --exact program::no_network_is_needed --nocapture")
        .arg(test)
        .env(ALONE, "1")
        .output()
        .expect("a namespace");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}{}", said(&output));
    assert!(printed.contains("1 passed"), "{printed}");
}

#[cfg(target_os = "linux")]
fn alone() {
    let devices = fs::read_to_string("/proc/net/dev").expect("devices");
    let names = devices.lines().skip(2).filter_map(|line| line.split(':').next());
    assert_eq!(names.map(str::trim).collect::<Vec<_>>(), ["lo"]);
    // Reserved address (RFC 5737).
    let error = TcpStream::connect("192.0.2.1:80").expect_err("there is a way out");
    assert_eq!(error.kind(), std::io::ErrorKind::NetworkUnreachable, "{error}");
    let directory = DataDirectory::new("alone");
    let (_running, ready, _out) =
        serve(&["--quiet", "--initial-data", "demo", "--data-dir", directory.text()]);
    client(&ready).whole_flow();
}

/// Readable by its owner only, because it contains secrets.
fn private(path: &PathBuf) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn help_names_every_command_and_its_units() {
    let help = String::from_utf8(run(&["--help"]).stdout).expect("text");
    for command in ["serve", "verify", "export", "import", "ca"] {
        assert!(help.contains(&format!("  {command} ")), "{help}");
    }
    let help = String::from_utf8(run(&["serve", "--help"]).stdout).expect("text");
    for (option, default) in [
        ("token-ttl", "1h"),
        ("access-code-ttl", "5m"),
        ("one-time-code-ttl", "30s"),
        ("open-ttl", "15m"),
    ] {
        let (_, rest) = help.split_once(&format!("--{option} ")).expect(option);
        assert!(
            rest.split("--").next().is_some_and(|o| o.contains(&format!("[default: {default}]")))
        );
    }
    for wrong in ["0", "soon", "25h", "86401", "-1s", "1d", "99999999999h"] {
        let output = run(&["serve", &format!("--open-ttl={wrong}")]);
        assert!(!output.status.success() && said(&output).contains("15m"), "{wrong}");
    }
}
