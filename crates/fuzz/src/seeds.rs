//! Seeds, dictionaries and limits of the targets, as files for libFuzzer. They are generated on demand:
//! the repository contains no third-party files.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};
use swisscom_sign::contract::Operation;

use crate::TARGETS;

/// Writes `NAME/` with the seeds and `NAME.dict` with the words of every target into a folder, and
/// prints one JSON object per target and line.
///
/// # Errors
/// A file cannot be written.
pub fn prepare(folder: &Path) -> io::Result<()> {
    for target in TARGETS {
        let seeds = folder.join(target.name);
        if seeds.exists() {
            fs::remove_dir_all(&seeds)?;
        }
        fs::create_dir_all(&seeds)?;
        for (index, seed) in (target.seeds)().into_iter().enumerate() {
            fs::write(seeds.join(format!("{index:03}")), seed)?;
        }
        let mut dictionary = String::new();
        for word in (target.words)() {
            let word = word.bytes().fold(String::new(), |mut text, byte| {
                match byte {
                    b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
                    b' '..=b'~' => text.push(char::from(byte)),
                    // Writing to a string cannot fail.
                    _ => drop(write!(text, "\\x{byte:02X}")),
                }
                text
            });
            // libFuzzer rejects longer words.
            if word.len() <= 120 {
                dictionary.push_str(&format!("\"{word}\"\n"));
            }
        }
        fs::write(folder.join(format!("{}.dict", target.name)), dictionary)?;
        println!(
            "{}",
            json!({ "name": target.name, "about": target.about, "maxLen": target.max_len })
        );
    }
    Ok(())
}

/// The examples of request bodies in the vendor's contract, if `SWISSCOM_SIGN_CONTRACT` is set.
pub(crate) fn examples() -> Vec<(Operation, Value)> {
    let document = std::env::var_os("SWISSCOM_SIGN_CONTRACT")
        .and_then(|path| fs::read(path).ok())
        .and_then(|text| serde_json::from_slice::<Value>(&text).ok())
        .unwrap_or_default();
    let mut found = Vec::new();
    for operation in Operation::ALL {
        let spec = operation.spec();
        let method = spec.method.as_str().to_lowercase();
        let content = &document["paths"][spec.path][method]["requestBody"]["content"];
        let examples = content["application/json"]["examples"].as_object();
        for example in examples.into_iter().flat_map(serde_json::Map::values) {
            found.push((operation, example["value"].clone()));
        }
    }
    found
}
