//! Loads the configuration from a TOML file; environment variables override it.

use std::path::Path;

use toml::{Table, Value};

use super::RelayConfig;
use crate::start_error::StartError;

/// Variables with this prefix override the file: `RELAY__SERVER__LISTEN`, with `__` between keys.
pub const PREFIX: &str = "RELAY__";

/// Loads the configuration; [`super::validate::validate`] checks it.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<RelayConfig, StartError> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| StartError::with_source(path.display().to_string(), error))?,
        None => String::new(),
    };
    parse(&text, environment)
}

pub fn parse(
    text: &str,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<RelayConfig, StartError> {
    let mut table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| StartError::with_source("invalid TOML", error))?;
    for (name, value) in environment {
        let Some(path) = name.strip_prefix(PREFIX) else { continue };
        let keys: Vec<_> = path.split("__").map(str::to_ascii_lowercase).collect();
        insert(&mut table, &keys, value_of(&value)).map_err(|why| format!("{name}: {why}"))?;
    }
    serde_path_to_error::deserialize(table).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        // The first line only: the others quote values, which can be a misplaced secret.
        let message = inner.message().lines().next().unwrap_or_default();
        match message.split_once("string \"").and_then(|_| message.rsplit_once(", expected ")) {
            Some((_, "struct SecretSource")) => {
                format!(
                    "{path}: secrets are not read from the configuration: use {{ file = … }} or {{ env = … }}"
                )
            }
            Some((_, expected)) => format!("{path}: expected {expected}"),
            None => format!("{path}: {message}"),
        }
        .into()
    })
}

/// TOML value, or plain text if it is not valid TOML.
fn value_of(text: &str) -> Value {
    let parsed: Result<Table, _> = format!("value = {text}").parse();
    parsed.ok().and_then(|mut table| table.remove("value")).unwrap_or_else(|| text.into())
}

fn insert(table: &mut Table, keys: &[String], value: Value) -> Result<(), &'static str> {
    match keys {
        [] => Err("missing key name"),
        [last] => {
            table.insert(last.clone(), value);
            Ok(())
        }
        [first, rest @ ..] => {
            let inner = table.entry(first.clone()).or_insert_with(|| Value::Table(Table::new()));
            match inner {
                Value::Table(inner) => insert(inner, rest, value),
                _ => Err("not a section"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect()
    }

    #[test]
    fn environment_overrides_the_file() {
        let file = "[server]\nlisten = \"127.0.0.1:1\"\ntrusted_proxy_hops = 1";
        let config = parse(
            file,
            env(&[
                ("RELAY__SERVER__LISTEN", "127.0.0.1:2"),
                ("RELAY__SERVER__TRUSTED_PROXY_HOPS", "3"),
                ("RELAY__CORS__ALLOWED_ORIGINS", r#"["https://a.example"]"#),
                ("OTHER", "x"),
            ]),
        )
        .unwrap();
        assert_eq!(config.server.listen.port(), 2);
        assert_eq!(config.server.trusted_proxy_hops, 3);
        assert_eq!(config.cors.allowed_origins, ["https://a.example"]);
    }

    #[test]
    fn rejects_unknown_keys_with_their_path() {
        for (file, place) in [
            ("[server]\nlistne = 1", "server.listne"),
            ("sever = 1", "sever"),
            ("[[auth.issuer]]\nalgo = 1", "auth.issuer[0].algo"),
            ("[oauth]\nclient_secret = { fil = \"x\" }", "oauth.client_secret.fil"),
        ] {
            let error = parse(file, []).unwrap_err().report();
            assert!(error.contains(place), "{error}");
        }
        let error = parse("", env(&[("RELAY__SERVER__TYPO", "1")])).unwrap_err().report();
        assert!(error.contains("server.typo"), "{error}");
    }

    #[test]
    fn rejects_a_secret_in_the_file_without_repeating_it() {
        let error = parse("[oauth]\nclient_secret = \"canary\"", []).unwrap_err().report();
        assert!(error.contains("oauth.client_secret"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }

    #[test]
    fn reports_the_line_of_invalid_toml() {
        assert!(parse("[server\n", []).unwrap_err().report().contains("line 1"));
    }
}
