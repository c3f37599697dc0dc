//! Rules of create.

use std::collections::BTreeSet;

use super::{Environment, ProcessView, Rule, Tenant};
use crate::contract::levels::is_qualified;
use crate::contract::{Code, json};

/// The rules.
pub static RULES: &[Rule] = &[
    Rule {
        code: Code::NotUnique,
        source: "contract, Process.properties: keys must be unique",
        check: |subject, report| {
            let mut keys = BTreeSet::new();
            let properties = json::raw_at(subject.request, &["properties"]).unwrap_or_default();
            for (index, property) in json::items(properties).enumerate() {
                let Some(key) = json::find_text(property, &["key"]) else { continue };
                if !keys.insert(key) {
                    report.add(
                        format!("$.properties[{index}].key"),
                        "stands twice; keys must be unique",
                    );
                }
            }
        },
    },
    Rule {
        code: Code::NotUnique,
        source: "contract, open: a participant is named by its externalIdentifier",
        check: |subject, report| {
            let mut identifiers = BTreeSet::new();
            for party in ProcessView::read(subject.request).participants {
                if let Some(identifier) = party.external_identifier
                    && !identifiers.insert(identifier)
                {
                    let path = format!("{}.externalIdentifier", party.path);
                    report.add(path, "names two participants; each needs its own");
                }
            }
        },
    },
    Rule {
        code: Code::CorporateOnly,
        source: "contract, Signer.verification: only available for corporate tenants",
        check: |subject, report| {
            if subject.context.tenant != Tenant::Organization {
                return;
            }
            for party in ProcessView::read(subject.request).participants {
                if party.has_verification {
                    let path = format!("{}.verification", party.path);
                    report.add(path, "is for corporate tenants only; these credentials belong to an organization");
                }
            }
        },
    },
    Rule {
        code: Code::NotSignableOnTest,
        source: "guide, Testing: QES needs an app that TEST does not have",
        check: |subject, report| {
            let level = ProcessView::read(subject.request).level;
            if subject.context.environment == Environment::Test && is_qualified(&level) {
                let message = format!(
                    "{level} cannot be signed in the TEST environment (QUALIFIED is the default); \
                     choose SIMPLE, ADVANCED or ADVANCED_EU"
                );
                report.add("$.signatureLevel", message);
            }
        },
    },
];
