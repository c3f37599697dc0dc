//! Rules of create.

use super::{Environment, PreflightRule, TenantKind, excerpt, path_in, source};
use crate::contract::levels::is_qualified;
use crate::contract::{ProblemCode, json};
use crate::format_text::join;

/// The rules.
pub static RULES: &[PreflightRule] = &[
    PreflightRule {
        code: ProblemCode::NotUnique,
        source: source("contract, Process.properties: keys must be unique"),
        check: |subject, report| {
            // Linear search: the contract allows 8 properties, too few for a set to be faster.
            let mut keys = Vec::new();
            let properties = json::find_raw(subject.request, &["properties"]).unwrap_or_default();
            for (index, property) in json::items(properties).enumerate() {
                let Some(key) = json::find_string(property, &["key"]) else { continue };
                if keys.contains(&key) {
                    let path = path_in("$.properties", index, ".key");
                    let message =
                        ["duplicate property key `", &excerpt(&key), "`: use each key once"];
                    report.add(&path, &join(&message));
                }
                keys.push(key);
            }
        },
    },
    PreflightRule {
        code: ProblemCode::NotUnique,
        source: source("contract, open: a participant is named by its externalIdentifier"),
        check: |subject, report| {
            let Some(process) = subject.process else { return };
            let mut identifiers: Vec<&str> = Vec::new();
            for party in &process.participants {
                let Some(identifier) = party.external_identifier.as_deref() else { continue };
                if identifiers.contains(&identifier) {
                    let path = join(&[&party.path, ".externalIdentifier"]);
                    let advice = "`: use a different value for each participant";
                    let message = ["duplicate externalIdentifier `", &excerpt(identifier), advice];
                    report.warn(&path, &join(&message));
                }
                identifiers.push(identifier);
            }
        },
    },
    PreflightRule {
        code: ProblemCode::CorporateOnly,
        source: source("contract, Signer.verification: only available for corporate tenants"),
        check: |subject, report| {
            if subject.context.tenant != TenantKind::Public {
                return;
            }
            let Some(process) = subject.process else { return };
            for party in &process.participants {
                if party.has_verification {
                    let path = join(&[&party.path, ".verification"]);
                    let message =
                        "corporate tenants only: the client was created for the public tenant";
                    report.add(&path, message);
                }
            }
        },
    },
    PreflightRule {
        code: ProblemCode::NotSignableOnTest,
        source: source("guide, Testing: QES needs an app that TEST does not have"),
        check: |subject, report| {
            let Some(level) = subject.process.map(|process| &process.level) else { return };
            if subject.context.environment == Environment::Test && is_qualified(level) {
                let message = [
                    "signature level ",
                    level.as_str(),
                    " cannot be signed in the TEST environment: use SIMPLE, ADVANCED or ADVANCED_EU \
                     to sign there (the default is QUALIFIED)",
                ];
                report.add("$.signatureLevel", &join(&message));
            }
        },
    },
];
