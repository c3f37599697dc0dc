//! The process.

use super::{FileReference, Participant, SignatureLevel, Signer, State};
use crate::contract::declare::{contract_enum, contract_object};

contract_enum! {
    /// Authorization that a participant needs to open the process.
    Authorization {
        /// A matching account or a code.
        Code = "CODE",
        /// A matching account; a code is not accepted.
        Account = "ACCOUNT",
    }
}

contract_object! {
    /// A signing process: one or more signers of one or more files.
    Process {
        /// Identifier assigned by the platform.
        may id "id": [text Uuid] read_only;
        /// State of the process.
        may status "status": [enumeration State] read_only;
        /// Legal quality of the signatures.
        may signature_level "signatureLevel": [enumeration SignatureLevel] default "QUALIFIED" browser;
        /// Initiator: a system, a person, or a person who also signs.
        must initiator "initiator": [union Participant] browser;
        /// The other signers; an initiator who signs is not repeated here.
        may invitees "invitees": [object Invitees] browser;
        /// Team (created in the Swisscom Sign cockpit) whose members see the process; fixed at creation.
        may team_id "teamId": [text Uuid];
        /// Your key-value pairs; keys are unique.
        may properties "properties": [list max 8 of object Property] browser;
        /// Your opaque text, for correlation and audit.
        may payload "payload": [text max 8192] browser;
        /// Expiry of the process; set by release.
        may valid_until "validUntil": [text DateTime] read_only;
        /// Time of creation (UTC).
        may created_date "createdDate": [text DateTime] read_only;
        /// Time of the last change (UTC).
        may last_modified_date "lastModifiedDate": [text DateTime] read_only;
        /// Time at which the files will be deleted (UTC).
        may archive_on "archiveOn": [text DateTime] read_only;
        /// Time at which the files were deleted (UTC).
        may archived_on "archivedOn": [text DateTime] read_only;
        /// Attached files, their versions and signature positions.
        may file_references "fileReferences": [list of object FileReference] read_only;
        /// An existing partner.
        may partner_id "partnerId": [text];
        /// Authorization that participants need to open the process.
        may authorization "authorization": [enumeration Authorization] write_only default "CODE" browser;
    }

    /// The signers other than the initiator.
    Invitees {
        /// Plain text in the invitation mails; `\n` breaks lines, HTML tags are removed.
        may personal_message "personalMessage": [text max 8192] browser;
        /// The signers.
        may signers "signers": [list of object Signer] browser;
    }

    /// A key-value pair.
    Property {
        /// Key, unique in the process, case-sensitive.
        must key "key": [text max 64] browser;
        /// Value.
        must value "value": [text max 64] browser;
    }

    /// Response of getStatus.
    ProcessStatusResponse {
        /// Identifier of the process.
        may id "id": [text Uuid] read_only;
        /// State.
        may status "status": [enumeration State] read_only;
    }
}
