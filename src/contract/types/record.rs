//! Audit records.

use crate::contract::declare::{contract_enum, contract_object};

contract_enum! {
    /// Result of an audited action.
    RecordStatus {
        /// Started.
        Initialize = "INITIALIZE",
        /// Aborted.
        Abort = "ABORT",
        /// Failed.
        Fail = "FAIL",
        /// Succeeded.
        Success = "SUCCESS",
        /// The result is unknown to the platform; not the same as the Rust variant `Unknown`.
        Undetermined = "UNKNOWN",
    }
}

contract_object! {
    /// Audit record of an action.
    AuditRecord {
        /// Identifier of the record.
        may id "id": [text Uuid];
        /// Time of the record (UTC).
        may created_date "createdDate": [text DateTime];
        /// Action: `sign`, `email`, `payment`, `identification`, `transaction`, or another label.
        may action "action": [text];
        /// Result of the action.
        may status "status": [enumeration RecordStatus];
        /// Further data, by action.
        may extras "extras": [string_map];
    }

    /// Response of getRecords.
    AuditSuccessRecordResponse {
        /// The records, newest first.
        may records "records": [list of object AuditRecord];
    }
}
