//! The process itself.

use super::{FileReference, Participant, SignatureLevel, Signer, State};
use crate::contract::declare::{contract_enum, contract_object};

contract_enum! {
    /// What a participant must show to be let in.
    Authorization {
        /// A matching account or a code.
        Code = "CODE",
        /// A matching account; no code replaces it.
        Account = "ACCOUNT",
    }
}

contract_object! {
    /// A signing process: one or more signers over one or more files.
    Process {
        /// Identifier that the platform assigned.
        may id "id": [text Uuid] read_only;
        /// State of the process.
        may status "status": [enumeration State] read_only;
        /// Legal quality of the signatures.
        may signature_level "signatureLevel": [enumeration SignatureLevel] default "QUALIFIED" browser;
        /// Who starts the process: a system, a person, or a person who also signs.
        must initiator "initiator": [union Participant] browser;
        /// The further signers; an initiator who signs is not repeated here.
        may invitees "invitees": [object Invitees] browser;
        /// Team, made in the cockpit, whose members see the process; fixed at creation.
        may team_id "teamId": [text Uuid];
        /// Your own key-value pairs; keys are unique.
        may properties "properties": [list max 8 of object Property] browser;
        /// Your own opaque text, for correlation and audit.
        may payload "payload": [text max 8192] browser;
        /// When the process expires; set by release.
        may valid_until "validUntil": [text DateTime] read_only;
        /// When the process was created (UTC).
        may created_date "createdDate": [text DateTime] read_only;
        /// When the process last changed (UTC).
        may last_modified_date "lastModifiedDate": [text DateTime] read_only;
        /// When the files will be deleted (UTC).
        may archive_on "archiveOn": [text DateTime] read_only;
        /// When the files were deleted (UTC).
        may archived_on "archivedOn": [text DateTime] read_only;
        /// The attached files, their versions and where they are signed.
        may file_references "fileReferences": [list of object FileReference] read_only;
        /// An existing partner.
        may partner_id "partnerId": [text];
        /// What a participant must show to be let in.
        may authorization "authorization": [enumeration Authorization] write_only default "CODE" browser;
    }

    /// The signers beside the initiator.
    Invitees {
        /// Plain text in the invitation mails; `\n` breaks lines, HTML tags are removed.
        may personal_message "personalMessage": [text max 8192] browser;
        /// The signers.
        may signers "signers": [list of object Signer] browser;
    }

    /// A key-value pair of the caller.
    Property {
        /// Key, unique in the process, case-sensitive.
        must key "key": [text max 64] browser;
        /// Value.
        must value "value": [text max 64] browser;
    }

    /// Answer of getStatus.
    ProcessStatusResponse {
        /// The process.
        may id "id": [text Uuid] read_only;
        /// Its state.
        may status "status": [enumeration State] read_only;
    }
}
