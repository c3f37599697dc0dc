//! Reading the configuration: a TOML file, and over it the environment.

use std::path::Path;

use toml::{Table, Value};

use super::RelayConfig;

/// Variables with this prefix override the file: `RELAY__SERVER__LISTEN`, with `__` between keys.
pub const PREFIX: &str = "RELAY__";

/// Reads and merges; [`super::validate::validate`] comes next.
///
/// # Errors
/// A sentence with the key or the line that is wrong.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<RelayConfig, String> {
    let text = match file {
        Some(path) => {
            std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?
        }
        None => String::new(),
    };
    parse(&text, environment)
}

/// The same, from text.
///
/// # Errors
/// As [`load`].
pub fn parse(
    text: &str,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<RelayConfig, String> {
    let mut table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    for (name, value) in environment {
        let Some(path) = name.strip_prefix(PREFIX) else { continue };
        let keys: Vec<_> = path.split("__").map(str::to_ascii_lowercase).collect();
        insert(&mut table, &keys, value_of(&value)).map_err(|why| format!("{name}: {why}"))?;
    }
    serde_path_to_error::deserialize(table).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        // The first line only: the rest quotes values, and one of them may be a misplaced secret.
        let why = inner.message().lines().next().unwrap_or_default();
        match why.split_once("string \"").and_then(|_| why.rsplit_once(", expected ")) {
            Some((_, "struct SecretSource")) => {
                format!("{path}: names where the secret is: {{ file = … }} or {{ env = … }}")
            }
            Some((_, expected)) => format!("{path}: wants {expected}"),
            None => format!("{path}: {why}"),
        }
    })
}

/// A value as TOML has it, or plain text.
fn value_of(text: &str) -> Value {
    let parsed: Result<Table, _> = format!("value = {text}").parse();
    parsed.ok().and_then(|mut table| table.remove("value")).unwrap_or_else(|| text.into())
}

fn insert(table: &mut Table, keys: &[String], value: Value) -> Result<(), &'static str> {
    match keys {
        [] => Err("names no key"),
        [last] => {
            table.insert(last.clone(), value);
            Ok(())
        }
        [first, rest @ ..] => {
            let inner = table.entry(first.clone()).or_insert_with(|| Value::Table(Table::new()));
            match inner {
                Value::Table(inner) => insert(inner, rest, value),
                _ => Err("leads through a value that is no table"),
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
    fn the_environment_overrides_the_file() {
        let file = "[server]\nlisten = \"127.0.0.1:1\"\nxff_hops = 1";
        let config = parse(
            file,
            env(&[
                ("RELAY__SERVER__LISTEN", "127.0.0.1:2"),
                ("RELAY__SERVER__XFF_HOPS", "3"),
                ("RELAY__CORS__ORIGINS", r#"["https://a.example"]"#),
                ("OTHER", "x"),
            ]),
        )
        .unwrap();
        assert_eq!(config.server.listen.port(), 2);
        assert_eq!(config.server.xff_hops, 3);
        assert_eq!(config.cors.origins, ["https://a.example"]);
    }

    #[test]
    fn unknown_keys_are_refused_with_their_place() {
        for (file, place) in [
            ("[server]\nlistne = 1", "server.listne"),
            ("sever = 1", "sever"),
            ("[[auth.issuer]]\nalgo = 1", "auth.issuer[0].algo"),
            ("[oauth]\nclient_secret = { fil = \"x\" }", "oauth.client_secret.fil"),
        ] {
            let error = parse(file, []).unwrap_err();
            assert!(error.contains(place), "{error}");
        }
        let error = parse("", env(&[("RELAY__SERVER__TYPO", "1")])).unwrap_err();
        assert!(error.contains("server.typo"), "{error}");
    }

    #[test]
    fn a_secret_in_the_file_is_refused_and_not_repeated() {
        let error = parse("[oauth]\nclient_secret = \"canary\"", []).unwrap_err();
        assert!(error.contains("oauth.client_secret"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }

    #[test]
    fn broken_toml_names_its_line() {
        assert!(parse("[server\n", []).unwrap_err().contains("line 1"));
    }
}
