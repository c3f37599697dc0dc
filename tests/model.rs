//! The Rust structs of the contract: constructors, and JSON of a newer platform.

#![cfg(feature = "model")]
#![allow(clippy::unreachable, clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use swisscom_sign::contract::{
    CoordinateSignaturePosition, FileSignaturePositionInput, Invitees, NonPerson, Participant,
    Process, SignatureLevel, Signer, TagSignaturePosition,
};

/// Deserializes and serializes.
fn round_trip(process: &Value) -> Value {
    let process: Process = serde_json::from_value(process.clone()).unwrap();
    serde_json::to_value(process).unwrap()
}

#[test]
fn constructors_set_the_discriminator() {
    let signer = Signer::new("Anna", "Muster").email("anna@example.com");
    let process = Process::new(NonPerson::new("ERP"))
        .signature_level(SignatureLevel::Advanced)
        .invitees(Invitees::default().signers([signer]));
    let expected = json!({
        "signatureLevel": "ADVANCED",
        "initiator": { "type": "NON_PERSON", "name": "ERP" },
        "invitees": { "signers": [{
            "type": "SIGNER", "firstName": "Anna", "lastName": "Muster", "email": "anna@example.com",
        }] },
    });
    assert_eq!(serde_json::to_value(process).unwrap(), expected);

    let positions: [FileSignaturePositionInput; 2] = [
        CoordinateSignaturePosition::new("anna", 0, 60, 600).into(),
        TagSignaturePosition::new("anna").into(),
    ];
    let expected = json!([
        { "signer": "anna", "pageNumber": 0, "positionX": 60, "positionY": 600 },
        { "signer": "anna", "locator": "TAG" },
    ]);
    assert_eq!(serde_json::to_value(positions).unwrap(), expected);
}

#[test]
fn keeps_fields_of_a_newer_platform() {
    let process = json!({
        "initiator": { "type": "NON_PERSON", "name": "ERP", "vendor": { "id": 7 } },
        "invitees": { "signers": [{
            "type": "SIGNER", "firstName": "A", "lastName": "B", "title": "Dr.", "status": "DELEGATED",
        }], "deadline": null },
        "retention": ["P1Y", 2.5],
    });
    assert_eq!(round_trip(&process), process);
}

#[test]
fn carries_participants_of_an_unknown_type() {
    let process = json!({
        "initiator": { "type": "ORGANIZATION", "legalName": "Muster AG" },
        "invitees": { "signers": [
            { "type": "APPROVER", "firstName": "A", "lastName": "B" },
        ] },
    });
    assert_eq!(round_trip(&process), process);
    let process: Process = serde_json::from_value(process).unwrap();
    let Participant::Unknown(initiator) = &process.initiator else { unreachable!() };
    assert_eq!(initiator.get("legalName"), Some(&json!("Muster AG")));
    let signers = process.invitees.unwrap().signers.unwrap();
    assert_eq!(signers.first().map(|signer| signer.kind.as_str()), Some("APPROVER"));
}

#[test]
fn rejects_a_participant_without_a_type() {
    let process = json!({ "initiator": { "name": "ERP" } });
    assert!(serde_json::from_value::<Process>(process).is_err());
}
