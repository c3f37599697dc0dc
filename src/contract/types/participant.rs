//! Participants of a process: technical systems, persons and signers.

use crate::contract::declare::{contract_enum, contract_object, contract_union};

contract_enum! {
    /// Status of a signer.
    SignerStatus {
        /// Not invited yet.
        Waiting = "WAITING",
        /// Invited; the signature is missing.
        Pending = "PENDING",
        /// Has signed.
        Signed = "SIGNED",
        /// The process ended before this signer signed.
        Canceled = "CANCELED",
        /// Declined to sign.
        Declined = "DECLINED",
        /// Removed from the process.
        Removed = "REMOVED",
        /// Replaced by another signer.
        Replaced = "REPLACED",
    }

    /// Comparison of the declared name with the name in the signing certificate.
    CertificateMatch {
        /// Signed without authentication or by SMS, so there is no name to compare.
        Unchecked = "UNCHECKED",
        /// The names match.
        Match = "MATCH",
        /// The names differ.
        Mismatch = "MISMATCH",
    }
}

contract_object! {
    /// A technical system, for instance as initiator; it never signs.
    NonPerson {
        /// Discriminator: `NON_PERSON`.
        must kind "type": [discriminator NonPerson text] default "NON_PERSON" browser;
        /// Identifier assigned by the platform.
        may identification "identification": [text Uuid] read_only;
        /// Your reference for this system.
        may external_identifier "externalIdentifier": [text max 50 Identifier] browser;
        /// Displayed name.
        must name "name": [text max 50] browser;
    }

    /// A human participant who does not sign. Requires `email` or both names.
    Person {
        /// Discriminator: `PERSON`.
        must kind "type": [discriminator Person text] default "PERSON" browser;
        /// Identifier assigned by the platform.
        may identification "identification": [text Uuid] read_only;
        /// Your reference for this person.
        may external_identifier "externalIdentifier": [text max 50 Identifier] browser;
        /// First name.
        may first_name "firstName": [text max 64] browser;
        /// Last name.
        may last_name "lastName": [text max 64] browser;
        /// E-mail address (RFC 5322).
        may email "email": [text max 254 Email] browser;
        /// Mobile number in E.164, for instance `+41791234567`.
        may mobile "mobile": [text max 16 E164] browser;
    }

    /// A human who signs.
    Signer {
        /// Discriminator: `SIGNER`.
        must kind "type": [discriminator Signer text] default "SIGNER" browser;
        /// Identifier assigned by the platform.
        may identification "identification": [text Uuid] read_only;
        /// Your reference for this signer; accepted wherever a signer is referenced.
        may external_identifier "externalIdentifier": [text max 50 Identifier] browser;
        /// First name.
        must first_name "firstName": [text max 64] browser;
        /// Last name.
        must last_name "lastName": [text max 64] browser;
        /// E-mail address (RFC 5322).
        may email "email": [text max 254 Email] browser;
        /// Mobile number in E.164. If set, access codes are sent by SMS instead of e-mail; a Swiss
        /// number (+41…) is preselected and fixed for ADVANCED signatures.
        may mobile "mobile": [text max 16 E164] browser;
        /// Displayed role or function.
        may role "role": [text max 256] browser;
        /// Online identification (GwG) that is required before the signature; an empty object also
        /// requires it. Corporate tenants only.
        may verification "verification": [object Verification];
        /// Status of the signer.
        may status "status": [enumeration SignerStatus] read_only;
        /// Time of the signature (UTC); with `SIGNED` only.
        may signed_on "signedOn": [text DateTime] read_only;
        /// Use `canceledOn`.
        may discontinued_on "discontinuedOn": [text DateTime] read_only deprecated;
        /// Time of the cancellation (UTC); with `CANCELED` only.
        may canceled_on "canceledOn": [text DateTime] read_only;
        /// Full name in the signing certificate; absent without a certificate.
        may certificate_name "certificateName": [text] read_only;
        /// Comparison of the declared name with `certificateName`.
        may certificate_match "certificateMatch": [enumeration CertificateMatch] read_only;
    }

    /// Online identification of a signer (GwG); corporate tenants only. It is pending if neither
    /// `verifiedOn` nor `rejectedOn` is set.
    Verification {
        /// Identifier at the identification provider.
        may process_id "processId": [text max 36] read_only;
        /// Time of the approval (UTC).
        may verified_on "verifiedOn": [text DateTime] read_only;
        /// Time of the rejection (UTC).
        may rejected_on "rejectedOn": [text DateTime] read_only;
        /// Result of the provider: JSON in a string.
        may payload "payload": [secret max 20000] read_only;
        /// Files of the provider: a PDF report, a ZIP bundle.
        may files "files": [list of text Uuid] read_only;
        /// Whether a Swiss residence permit is required.
        may resident_permit "residentPermit": [boolean] default "true";
    }
}

contract_union! {
    /// A participant.
    Participant by "type" {
        /// A technical system.
        NonPerson(NonPerson) = "NON_PERSON",
        /// A human who does not sign.
        Person(Person) = "PERSON",
        /// A human who signs.
        Signer(Signer) = "SIGNER",
    }
}
