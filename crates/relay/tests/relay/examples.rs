//! Examples in `deploy` and in the documentation match the program's command line, configuration and
//! ports.

use super::support::{RelayHarness, raw};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;
use swisscom_sign_relay::config::{RelayConfig, load, validate};
use swisscom_sign_relay::fd_limit;
use yaml_rust2::{Yaml, YamlLoader};

const PROGRAM: &str = env!("CARGO_BIN_EXE_swisscom-sign-relay");
const CONFIG: &str = include_str!("../../deploy/relay.toml");
const UNIT: &str = include_str!("../../deploy/swisscom-sign-relay.service");
const COMPOSE: &str = include_str!("../../deploy/compose.yaml");
const KUBERNETES: &str = include_str!("../../deploy/kubernetes.yaml");
const NGINX: &str = include_str!("../../deploy/nginx.conf");
const GUIDE: &str = include_str!("../../../../docs/relay.md");
const SECRETS: &str = "/run/secrets";

fn config() -> RelayConfig {
    load::parse(CONFIG, []).unwrap()
}

/// Secret files of relay.toml.
fn secrets() -> BTreeSet<String> {
    let said = validate::validate(&config());
    let file = |line: &String| {
        let (_, rest) = line.split_once(&format!("{SECRETS}/"))?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-')?;
        Some(rest[..end].to_owned())
    };
    said.iter().map(|line| file(line).unwrap_or_else(|| panic!("{line}"))).collect()
}

/// Folder with these secret files.
fn folder(name: &str, secrets: impl IntoIterator<Item = String>) -> PathBuf {
    let at = std::env::temp_dir().join(format!("relay-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&at).unwrap();
    for secret in secrets {
        std::fs::write(at.join(secret), "0123456789abcdef0123456789abcdef").unwrap();
    }
    at
}

fn run(arguments: &[String], environment: &[(String, String)]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env_clear().envs(environment.iter().cloned()).output().unwrap()
}

/// Runs the program with these arguments, with the configuration at `at`.
fn serves(arguments: &[String], at: &Path, environment: &[(String, String)]) {
    let help = run(&[arguments, &["--help".to_owned()]].concat(), &[]);
    assert!(help.status.success(), "{arguments:?} {help:?}");
    let [serve, option, _] = arguments else { panic!("{arguments:?}") };
    assert_eq!((serve.as_str(), option.as_str()), ("serve", "--config"));
    let file = at.join("relay.toml").display().to_string();
    let checked = run(&["check-config".into(), option.clone(), file], environment);
    assert!(checked.status.success(), "{checked:?}");
}

/// The stop timeout of the supervisor exceeds the relay's own timeouts.
fn waits(at_least: Duration) {
    let server = config().server;
    assert!(at_least > server.drain_delay.0 + server.drain_timeout.0, "{at_least:?}");
}

fn enough_descriptors(limit: usize) {
    let config = config();
    assert!(
        limit >= config.server.max_connections + fd_limit::reserved_descriptors(&config),
        "{limit}"
    );
}

/// Keys and values of a systemd section.
fn unit(section: &str) -> Vec<(&'static str, &'static str)> {
    UNIT.lines()
        .skip_while(|line| *line != format!("[{section}]"))
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once('=').unwrap())
        .collect()
}

#[test]
fn systemd_unit_starts_the_program() {
    let service = unit("Service");
    let all = |key: &str| -> Vec<&str> {
        service.iter().filter(|(found, _)| *found == key).map(|(_, value)| *value).collect()
    };
    let credentials: BTreeSet<_> = all("LoadCredential")
        .into_iter()
        .map(|value| value.split_once(':').unwrap())
        .inspect(|(name, file)| assert_eq!(*file, format!("/etc/swisscom-sign-relay/{name}")))
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(credentials, secrets());
    let at = folder("unit", credentials);
    std::fs::write(at.join("relay.toml"), CONFIG).unwrap();
    let environment: Vec<_> = all("Environment")
        .into_iter()
        .map(|value| value.trim_matches('\'').split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.replace("%d", &at.display().to_string())))
        .collect();
    let program = "/usr/bin/swisscom-sign-relay";
    let commands = [("ExecStartPre", "check-config"), ("ExecStart", "serve")];
    for (key, wanted) in commands {
        let [line] = all(key)[..] else { panic!("{key}") };
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        let file = "/etc/swisscom-sign-relay/relay.toml";
        assert_eq!(words, [program, wanted, "--config", file]);
        if wanted == "serve" {
            serves(&words[1..], &at, &environment);
        }
    }
    let number = |key: &str| all(key)[0].parse().unwrap();
    waits(Duration::from_secs(number("TimeoutStopSec")));
    enough_descriptors(usize::try_from(number("LimitNOFILE")).unwrap());
    // Verified by systemd, if it is installed.
    let analyze = Path::new("/usr/bin/systemd-analyze");
    if analyze.exists() {
        let file = at.join("swisscom-sign-relay.service");
        std::fs::write(&file, UNIT.replace(program, PROGRAM)).unwrap();
        let out = Command::new(analyze).arg("verify").arg(&file).output().unwrap();
        let said = String::from_utf8([out.stdout, out.stderr].concat()).unwrap();
        let of_ours = |line: &&str| line.contains("swisscom-sign-relay");
        let said: Vec<_> = said.lines().filter(of_ours).collect();
        assert!(out.status.success() && said.is_empty(), "{said:?}");
    }
    std::fs::remove_dir_all(at).unwrap();
}

fn text(yaml: &Yaml) -> String {
    yaml.as_str().unwrap_or_else(|| panic!("no text: {yaml:?}")).to_owned()
}

fn texts(yaml: &Yaml) -> Vec<String> {
    yaml.as_vec().unwrap_or_else(|| panic!("no list: {yaml:?}")).iter().map(text).collect()
}

fn number(yaml: &Yaml) -> u64 {
    yaml.as_i64().and_then(|number| number.try_into().ok()).unwrap_or_else(|| panic!("{yaml:?}"))
}

fn seconds(yaml: &Yaml) -> Duration {
    Duration::from_secs(text(yaml).strip_suffix('s').unwrap().parse().unwrap())
}

fn is_this_version(image: &Yaml) {
    assert_eq!(text(image), concat!("swisscom-sign-relay:", env!("CARGO_PKG_VERSION")));
}

/// relay.toml and its secrets, as mounted in a container.
fn container(name: &str, secrets: BTreeSet<String>) -> PathBuf {
    let at = folder(name, secrets);
    let here = at.display().to_string();
    std::fs::write(at.join("relay.toml"), CONFIG.replace(SECRETS, &here)).unwrap();
    at
}

#[test]
fn compose_file_starts_the_program() {
    let compose = &YamlLoader::load_from_str(COMPOSE).unwrap()[0];
    let top: BTreeSet<_> = compose["secrets"].as_hash().unwrap().keys().map(text).collect();
    assert_eq!(top, secrets());
    let services = &compose["services"];
    let public = config().server.listen.port();
    for name in ["relay-1", "relay-2"] {
        let relay = &services[name];
        is_this_version(&relay["image"]);
        let given: BTreeSet<_> = texts(&relay["secrets"]).into_iter().collect();
        let at = container(name, given);
        let command = texts(&relay["command"]);
        serves(&command, &at, &[]);
        assert_eq!(texts(&relay["volumes"]), [format!("./relay.toml:{}:ro", command[2])]);
        waits(seconds(&relay["stop_grace_period"]));
        enough_descriptors(usize::try_from(number(&relay["ulimits"]["nofile"])).unwrap());
        assert!(NGINX.contains(&format!("server {name}:{public};")), "{name}");
        std::fs::remove_dir_all(at).unwrap();
    }
    assert_eq!(NGINX.matches("server relay-").count(), 2);
    let nginx = &services["nginx"];
    assert_eq!(texts(&nginx["depends_on"]), ["relay-1", "relay-2"]);
    assert_eq!(texts(&nginx["volumes"])[0], "./nginx.conf:/etc/nginx/nginx.conf:ro");
    let address = text(&nginx["networks"]["inside"]["ipv4_address"]);
    assert_eq!(config().server.trusted_proxies, [address.parse().unwrap()]);
    let idle = NGINX.split_once("keepalive_timeout ").unwrap().1.split_once("s;").unwrap().0;
    let idle = Duration::from_secs(idle.parse().unwrap());
    assert!(idle < config().server.keep_alive_timeout.0, "nginx closes first");
    let [host] = &config().server.public_hosts[..] else { panic!("one host") };
    assert!(NGINX.contains(&format!("server_name {host};")));
}

#[tokio::test]
async fn kubernetes_manifests_start_the_program() {
    let documents = YamlLoader::load_from_str(KUBERNETES).unwrap();
    let of = |kind: &str| {
        documents.iter().find(|one| one["kind"].as_str() == Some(kind)).unwrap_or_else(|| panic!())
    };
    let deployment = &of("Deployment")["spec"];
    let labels = &deployment["template"]["metadata"]["labels"];
    assert_eq!(&deployment["selector"]["matchLabels"], labels);
    assert_eq!(&of("Service")["spec"]["selector"], labels);
    assert_eq!(&of("NetworkPolicy")["spec"]["podSelector"]["matchLabels"], labels);
    let pod = &deployment["template"]["spec"];
    waits(Duration::from_secs(number(&pod["terminationGracePeriodSeconds"])));
    let relay = &pod["containers"][0];
    is_this_version(&relay["image"]);
    let arguments = texts(&relay["args"]);
    let at = container("kubernetes", secrets());
    serves(&arguments, &at, &[]);
    std::fs::remove_dir_all(at).unwrap();
    // The mounted paths are the paths in the arguments.
    let list = |yaml: &Yaml, key: &str| -> Vec<(String, String)> {
        let pair = |one: &Yaml| (text(&one["name"]), text(&one[key]));
        yaml.as_vec().unwrap().iter().map(pair).collect()
    };
    let folder = Path::new(&arguments[2]).parent().unwrap().display().to_string();
    let mounts = list(&relay["volumeMounts"], "mountPath");
    assert_eq!(mounts, [("config".into(), folder), ("secrets".into(), SECRETS.to_owned())]);
    let volumes = pod["volumes"].as_vec().unwrap();
    let names: Vec<_> = volumes.iter().map(|volume| text(&volume["name"])).collect();
    assert_eq!(names, ["config", "secrets"]);
    // Named ports are used consistently.
    let server = config().server;
    let ports: Vec<_> = relay["ports"].as_vec().unwrap().iter().collect();
    let found: Vec<_> =
        ports.iter().map(|port| (text(&port["name"]), number(&port["containerPort"]))).collect();
    let wanted = [("http", server.listen), ("admin", server.admin_listen)];
    assert_eq!(found, wanted.map(|(name, at)| (name.to_owned(), u64::from(at.port()))));
    assert_eq!(text(&of("Service")["spec"]["ports"][0]["targetPort"]), "http");
    let ingress = of("NetworkPolicy")["spec"]["ingress"].as_vec().unwrap();
    let open: Vec<_> = ingress.iter().map(|rule| text(&rule["ports"][0]["port"])).collect();
    assert_eq!(open, ["http", "admin"]);
    // Probes of the kubelet.
    let world = RelayHarness::new().await;
    world.create("anna").await;
    for probe in ["livenessProbe", "readinessProbe"] {
        let get = &relay[probe]["httpGet"];
        assert_eq!(text(&get["port"]), "admin");
        let path = text(&get["path"]);
        let ask = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = raw(world.relay.admin_address, ask.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{probe} {answer}");
    }
}

/// Only the secrets are missing.
#[test]
fn configuration_of_the_guide_is_valid() {
    let blocks: Vec<_> = GUIDE.split("```toml\n").skip(1).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let config = load::parse(block.split("```").next().unwrap(), []).unwrap();
        for wrong in validate::validate(&config) {
            let named = ["SIGN_CLIENT_ID", "SIGN_CLIENT_SECRET", "OWNER_KEY_1"];
            assert!(named.iter().any(|name| wrong.contains(name)), "{wrong}");
        }
    }
}

/// Checks every `section.key` in backticks.
#[test]
fn documents_only_existing_config_keys() {
    let sections =
        ["server", "upstream", "policy", "list", "limits", "owner", "auth", "token_route"];
    let mut named = 0;
    for word in GUIDE.split('`').skip(1).step_by(2) {
        let Some((section, key)) = word.split_once('.') else { continue };
        let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if !sections.contains(&section) || !is_key {
            continue;
        }
        named += 1;
        // A value of the wrong type: the error of an existing key is not "unknown field".
        if let Err(error) = load::parse(&format!("[{section}]\n{key} = 1979-05-27"), []) {
            let said = error.report();
            assert!(!said.contains("unknown field"), "{word}: {said}");
        }
    }
    assert!(named > 2, "{named}");
}
