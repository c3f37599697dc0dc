//! Rules of create.

use super::{Environment, PreflightRule, TenantKind, path_in, source};
use crate::contract::levels::is_qualified;
use crate::contract::{ProblemCode, json};
use crate::text::join;

/// The rules.
pub static RULES: &[PreflightRule] = &[
    PreflightRule {
        code: ProblemCode::NotUnique,
        source: source("contract, Process.properties: keys must be unique"),
        check: |subject, report| {
            // Few: a search through all of them beats a tree.
            let mut keys = Vec::new();
            let properties = json::find_raw(subject.request, &["properties"]).unwrap_or_default();
            for (index, property) in json::items(properties).enumerate() {
                let Some(key) = json::find_string(property, &["key"]) else { continue };
                if keys.contains(&key) {
                    let path = path_in("$.properties", index, ".key");
                    report.add(&path, "stands twice; keys must be unique");
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
                    report.add(&path, "names two participants; each needs its own");
                }
                identifiers.push(identifier);
            }
        },
    },
    PreflightRule {
        code: ProblemCode::CorporateOnly,
        source: source("contract, Signer.verification: only available for corporate tenants"),
        check: |subject, report| {
            if subject.context.tenant != TenantKind::Organization {
                return;
            }
            let Some(process) = subject.process else { return };
            for party in &process.participants {
                if party.has_verification {
                    let path = join(&[&party.path, ".verification"]);
                    report.add(&path, "is for corporate tenants only; these credentials belong to an organization");
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
                let message = "cannot be signed in the TEST environment when it is QUALIFIED, the \
                               default, or QUALIFIED_EU; choose SIMPLE, ADVANCED or ADVANCED_EU";
                report.add("$.signatureLevel", message);
            }
        },
    },
];
