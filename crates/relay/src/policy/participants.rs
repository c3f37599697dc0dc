//! Participants and the caller. The caller is the participant whose e-mail address equals the caller's
//! verified address; if one of them has no address, the participant whose externalIdentifier is the
//! caller's subject. An externalIdentifier never overrides a different address: the creator sets both, and
//! could give a caller the access rights of another person.

use crate::caller::Principal;
use crate::json;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParticipantIdentity {
    /// Assigned by the platform.
    pub(crate) identification: Option<String>,
    /// Assigned by the application.
    pub(crate) external_identifier: Option<String>,
    pub(crate) email: Option<String>,
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
        })
        .collect()
}

impl ParticipantIdentity {
    pub(crate) fn has_id(&self, id: &str) -> bool {
        self.identification.as_deref() == Some(id)
            || self.external_identifier.as_deref() == Some(id)
    }

    pub(crate) fn is_caller(&self, caller: &Principal) -> bool {
        match (&self.email, &caller.verified_email) {
            (Some(stored), Some(verified)) => stored.eq_ignore_ascii_case(verified),
            _ => self.external_identifier.as_deref() == Some(caller.subject.as_str()),
        }
    }
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
    caller: &Principal,
) -> String {
    let Some(members) = json::members(answer) else { return "{}".into() };
    let is_own = |participant: &str| {
        let id = json::string(participant, "id");
        let external = json::string(participant, "externalIdentifier");
        [id, external]
            .into_iter()
            .flatten()
            .any(|id| find(persons, &id).is_some_and(|person| person.is_caller(caller)))
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
        "invitees":{"signers":[{"type":"SIGNER","identification":"i2","externalIdentifier":"b","email":"Berta@x.ch"},
        {"type":"SIGNER","identification":"b","externalIdentifier":"c"}]}}"#;

    fn caller(subject: &str, email: Option<&str>) -> Principal {
        Principal::new(None, "i".into(), subject.into(), email.map(Into::into))
    }

    #[test]
    fn identifies_the_caller_among_the_participants() {
        let persons = from_process(PROCESS);
        assert!(find(&persons, "i1").unwrap().is_caller(&caller("anna", None)));
        assert!(find(&persons, "anna").unwrap().is_caller(&caller("anna", None)));
        assert!(!find(&persons, "i2").unwrap().is_caller(&caller("anna", None)));
        assert!(find(&persons, "i2").unwrap().is_caller(&caller("x", Some("berta@X.ch"))));
        assert!(!find(&persons, "i2").unwrap().is_caller(&caller("x", None)));
        // The caller's identifier with another person's address.
        assert!(!find(&persons, "i1").unwrap().is_caller(&caller("anna", Some("berta@x.ch"))));
        assert!(find(&persons, "nobody").is_none());
        assert!(find(&persons, "b").is_none(), "an ambiguous identifier matches nobody");
        let system = r#"{"initiator":{"type":"NON_PERSON","externalIdentifier":"anna"}}"#;
        assert!(from_process(system).is_empty());
    }

    #[test]
    fn removes_urls_of_other_participants() {
        let answer = r#"{"id":"p","participants":[{"id":"i1","url":"https://one"},
            {"id":"i2","externalIdentifier":"b","url":"https://two","token":"x"},{"id":"b","url":"https://three"}]}"#;
        let shown = remove_foreign_urls(answer, &from_process(PROCESS), &caller("anna", None));
        assert!(shown.contains("https://one"), "{shown}");
        assert!(!shown.contains("https://two") && !shown.contains("https://three"), "{shown}");
        assert!(!shown.contains("token"), "{shown}");
        assert!(shown.contains("\"i2\""), "{shown}");
        let nobodys = remove_foreign_urls(answer, &from_process(PROCESS), &caller("x", None));
        assert!(!nobodys.contains("https://"), "{nobodys}");
    }
}
