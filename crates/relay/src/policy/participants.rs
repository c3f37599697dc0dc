//! Participants and the caller. The caller is the participant whose e-mail address or mobile number equals
//! the one that the issuer has verified for the caller, and of whom nothing else contradicts. The
//! externalIdentifier alone identifies nobody, unless the policy says so: the creator of a process
//! chooses it, and could act as another person.

use crate::caller::Principal;
use crate::json;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParticipantIdentity {
    /// Assigned by the platform.
    pub(crate) identification: Option<String>,
    /// Assigned by the application.
    pub(crate) external_identifier: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) mobile: Option<String>,
}

/// Initiator and invitees of a process.
pub(crate) fn from_process(process: &str) -> Vec<ParticipantIdentity> {
    let initiator = json::member(process, "initiator").into_iter();
    let signers = json::member(process, "invitees")
        .and_then(|invitees| json::member(invitees, "signers"))
        .and_then(json::items)
        .unwrap_or_default();
    let text = |person: &str, name: &str| json::string(person, name).map(|t| t.into_owned());
    initiator
        .chain(signers)
        .filter(|person| json::string(person, "type").is_none_or(|kind| kind != "NON_PERSON"))
        .map(|person| ParticipantIdentity {
            identification: text(person, "identification"),
            external_identifier: text(person, "externalIdentifier"),
            email: text(person, "email"),
            mobile: text(person, "mobile"),
        })
        .collect()
}

impl ParticipantIdentity {
    pub(crate) fn has_id(&self, id: &str) -> bool {
        self.identification.as_deref() == Some(id)
            || self.external_identifier.as_deref() == Some(id)
    }

    pub(crate) fn is_caller(&self, caller: &Principal, trust_external_identifier: bool) -> bool {
        let email = compare(&self.email, &caller.verified_email, str::eq_ignore_ascii_case);
        let mobile = compare(&self.mobile, &caller.verified_phone, is_same_number);
        match (email, mobile) {
            (Some(false), _) | (_, Some(false)) => false,
            (Some(true), _) | (_, Some(true)) => true,
            (None, None) => {
                trust_external_identifier
                    && self.external_identifier.as_deref() == Some(caller.subject.as_str())
            }
        }
    }
}

/// `None` if one of the two is missing.
fn compare(
    stored: &Option<String>,
    verified: &Option<String>,
    is_equal: fn(&str, &str) -> bool,
) -> Option<bool> {
    Some(is_equal(stored.as_deref()?, verified.as_deref()?))
}

/// The platform stores E.164; issuers also send separators (OpenID Connect Core, `phone_number`).
fn is_same_number(stored: &str, verified: &str) -> bool {
    let digits = |text: &str| -> String {
        text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect()
    };
    stored.starts_with('+') && digits(stored) == digits(verified)
}

/// `None` also if the identifier is ambiguous.
pub(crate) fn find<'p>(
    persons: &'p [ParticipantIdentity],
    id: &str,
) -> Option<&'p ParticipantIdentity> {
    let mut found = persons.iter().filter(|person| person.has_id(id));
    match (found.next(), found.next()) {
        (Some(person), None) => Some(person),
        _ => None,
    }
}

/// Removes the permanent URLs of other participants from the response of release: a permanent URL
/// grants access to anybody who has it.
pub(crate) fn remove_foreign_urls(
    answer: &str,
    persons: &[ParticipantIdentity],
    is_caller: impl Fn(&ParticipantIdentity) -> bool,
) -> String {
    let Some(members) = json::members(answer) else { return "{}".into() };
    let is_own = |participant: &str| {
        let id = json::string(participant, "id");
        let external = json::string(participant, "externalIdentifier");
        [id, external].into_iter().flatten().any(|id| find(persons, &id).is_some_and(&is_caller))
    };
    let rebuilt = members.into_iter().map(|(key, value)| {
        let items = if key == "participants" { json::items(value) } else { None };
        let value = items.map_or_else(
            || value.to_owned(),
            |items| {
                let items: Vec<String> = items
                    .into_iter()
                    .map(|item| if is_own(item) { item.to_owned() } else { without_url(item) })
                    .collect();
                json::list(items.iter().map(String::as_str))
            },
        );
        (key, value)
    });
    let rebuilt: Vec<_> = rebuilt.collect();
    json::object(rebuilt.iter().map(|(key, value)| (key.as_ref(), value.as_str())))
}

/// An allow-list: a field that a newer version of the platform adds could be a credential, too.
fn without_url(participant: &str) -> String {
    let members = json::members(participant).unwrap_or_default();
    let shown = members.iter().filter(|(key, _)| key == "id" || key == "externalIdentifier");
    json::object(shown.map(|(key, value)| (key.as_ref(), *value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROCESS: &str = r#"{"initiator":{"type":"SIGNER","identification":"i1","externalIdentifier":"anna","email":"a@x.ch"},
        "invitees":{"signers":[{"type":"SIGNER","identification":"i2","externalIdentifier":"b","email":"Berta@x.ch","mobile":"+41791234567"},
        {"type":"SIGNER","identification":"b","externalIdentifier":"c"}]}}"#;

    fn caller(subject: &str, email: Option<&str>, phone: Option<&str>) -> Principal {
        let caller = Principal::new(None, "i".into(), subject.into(), email.map(Into::into));
        Principal { verified_phone: phone.map(Into::into), ..caller }
    }

    fn person(external: &str, email: Option<&str>, mobile: Option<&str>) -> ParticipantIdentity {
        ParticipantIdentity {
            identification: None,
            external_identifier: Some(external.into()),
            email: email.map(Into::into),
            mobile: mobile.map(Into::into),
        }
    }

    #[test]
    fn finds_participants_by_a_unique_identifier() {
        let persons = from_process(PROCESS);
        assert_eq!(find(&persons, "i1"), find(&persons, "anna"));
        assert_eq!(find(&persons, "i2").unwrap().mobile.as_deref(), Some("+41791234567"));
        assert!(find(&persons, "nobody").is_none());
        assert!(find(&persons, "b").is_none(), "an ambiguous identifier matches nobody");
        let system = r#"{"initiator":{"type":"NON_PERSON","externalIdentifier":"anna"}}"#;
        assert!(from_process(system).is_empty());
    }

    #[test]
    fn identifies_the_caller_by_a_verified_address_or_number_only() {
        let (mine, other) = ("anna@x.ch", "berta@x.ch");
        let (number, foreign) = ("+41791234567", "+41790000000");
        let anna = caller("anna", Some("Anna@X.ch"), Some("+41 79 123-45-67"));
        let mail_only = caller("anna", Some(mine), None);
        let unverified = caller("anna", None, None);
        for (person, caller, expected, trusting) in [
            (person("x", Some(mine), None), &anna, true, true),
            (person("x", None, Some(number)), &anna, true, true),
            (person("x", Some(mine), Some(number)), &anna, true, true),
            (person("x", Some(mine), Some(foreign)), &mail_only, true, true),
            // The caller's identifier, with the address or number of another person.
            (person("anna", Some(other), None), &anna, false, false),
            (person("anna", None, Some(foreign)), &anna, false, false),
            (person("anna", Some(mine), Some(foreign)), &anna, false, false),
            (person("anna", Some(other), Some(number)), &anna, false, false),
            // Nothing to compare: the identifier decides, if the policy says so.
            (person("anna", None, Some(foreign)), &mail_only, false, true),
            (person("anna", None, None), &anna, false, true),
            (person("anna", Some(mine), Some(number)), &unverified, false, true),
            (person("x", None, None), &anna, false, false),
        ] {
            assert_eq!(person.is_caller(caller, false), expected, "{person:?} {caller:?}");
            assert_eq!(person.is_caller(caller, true), trusting, "{person:?} {caller:?}");
        }
    }

    #[test]
    fn removes_urls_of_other_participants() {
        let answer = r#"{"id":"p","participants":[{"id":"i1","url":"https://one"},
            {"id":"i2","externalIdentifier":"b","url":"https://two","token":"x"},{"id":"b","url":"https://three"}]}"#;
        let is_anna = |person: &ParticipantIdentity| {
            person.is_caller(&caller("anna", Some("a@x.ch"), None), false)
        };
        let shown = remove_foreign_urls(answer, &from_process(PROCESS), is_anna);
        assert!(shown.contains("https://one"), "{shown}");
        assert!(!shown.contains("https://two") && !shown.contains("https://three"), "{shown}");
        assert!(!shown.contains("token"), "{shown}");
        assert!(shown.contains("\"i2\""), "{shown}");
        let nobodys = remove_foreign_urls(answer, &from_process(PROCESS), |_| false);
        assert!(!nobodys.contains("https://"), "{nobodys}");
    }
}
