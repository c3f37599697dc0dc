//! Who takes part in a process: technical systems, persons and signers.

use crate::contract::declare::{contract_enum, contract_object, contract_union};

contract_enum! {
    /// Where a signer stands.
    SignerStatus {
        /// Not invited yet.
        Waiting = "WAITING",
        /// Invited; the signature is awaited.
        Pending = "PENDING",
        /// Has signed.
        Signed = "SIGNED",
        /// The process ended before this signer signed.
        Canceled = "CANCELED",
        /// Refused to sign.
        Declined = "DECLINED",
        /// Was taken out of the process.
        Removed = "REMOVED",
        /// Was replaced by another signer.
        Replaced = "REPLACED",
    }

    /// Whether the declared name is the one in the signing certificate.
    CertificateMatch {
        /// Signed without authentication or by SMS: nothing to compare.
        Unchecked = "UNCHECKED",
        /// The names agree.
        Match = "MATCH",
        /// The names differ.
        Mismatch = "MISMATCH",
    }
}

contract_object! {
    /// A technical system that takes part, for instance as initiator; it never signs.
    NonPerson {
        /// Discriminator: `NON_PERSON`.
        must kind "type": [text] default "NON_PERSON" browser;
        /// Identifier that the platform assigned.
        may identification "identification": [text Uuid] read_only;
        /// Your own reference for this system.
        may external_identifier "externalIdentifier": [text max 50 Identifier] browser;
        /// Name that is displayed.
        must name "name": [text max 50] browser;
    }

    /// A human who takes part without signing. Either `email` or both names must be given.
    Person {
        /// Discriminator: `PERSON`.
        must kind "type": [text] default "PERSON" browser;
        /// Identifier that the platform assigned.
        may identification "identification": [text Uuid] read_only;
        /// Your own reference for this person.
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
        must kind "type": [text] default "SIGNER" browser;
        /// Identifier that the platform assigned.
        may identification "identification": [text Uuid] read_only;
        /// Your own reference for this signer; usable wherever a signer is named.
        may external_identifier "externalIdentifier": [text max 50 Identifier] browser;
        /// First name.
        must first_name "firstName": [text max 64] browser;
        /// Last name.
        must last_name "lastName": [text max 64] browser;
        /// E-mail address (RFC 5322).
        may email "email": [text max 254 Email] browser;
        /// Mobile number in E.164. With one, access codes go out by SMS instead of e-mail; a Swiss
        /// number (+41…) is preselected for ADVANCED signatures and fixed.
        may mobile "mobile": [text max 16 E164] browser;
        /// Role or function that is shown.
        may role "role": [text max 256] browser;
        /// Online identification (GwG) that must succeed before the signature; its presence, even
        /// empty, demands it. Corporate tenants only.
        may verification "verification": [object Verification];
        /// Where the signer stands.
        may status "status": [enumeration SignerStatus] read_only;
        /// When the signature was made (UTC); with `SIGNED` only.
        may signed_on "signedOn": [text DateTime] read_only;
        /// Former name of `canceledOn`.
        may discontinued_on "discontinuedOn": [text DateTime] read_only deprecated;
        /// When the signer was canceled (UTC); with `CANCELED` only.
        may canceled_on "canceledOn": [text DateTime] read_only;
        /// Full name in the signing certificate, once signed with one.
        may certificate_name "certificateName": [text] read_only;
        /// Comparison of the declared name with `certificateName`.
        may certificate_match "certificateMatch": [enumeration CertificateMatch] read_only;
    }

    /// Online identification of a signer (GwG); corporate tenants only. Neither `verifiedOn` nor
    /// `rejectedOn` means that it is still to be done.
    Verification {
        /// Identifier at the identification provider.
        may process_id "processId": [text max 36] read_only;
        /// When the identification was approved (UTC).
        may verified_on "verifiedOn": [text DateTime] read_only;
        /// When the identification was rejected (UTC).
        may rejected_on "rejectedOn": [text DateTime] read_only;
        /// The provider's result: JSON in a string.
        may payload "payload": [text max 20000] read_only;
        /// Files that the provider made: a PDF report, a ZIP bundle.
        may files "files": [list of text Uuid] read_only;
        /// Whether a Swiss residence permit is demanded.
        may resident_permit "residentPermit": [boolean] default "true";
    }
}

contract_union! {
    /// A participant of any kind.
    Participant by "type" {
        /// A technical system.
        NonPerson(NonPerson) = "NON_PERSON",
        /// A human who does not sign.
        Person(Person) = "PERSON",
        /// A human who signs.
        Signer(Signer) = "SIGNER",
    }
}
