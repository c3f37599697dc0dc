//! Audit records.

use crate::contract::declare::{contract_enum, contract_object};

contract_enum! {
    /// Result of an audited action.
    RecordStatus {
        /// Begun.
        Initialize = "INITIALIZE",
        /// Broken off.
        Abort = "ABORT",
        /// Failed.
        Fail = "FAIL",
        /// Done.
        Success = "SUCCESS",
        /// Not known to the platform itself; unlike the Rust variant of that name below.
        Undetermined = "UNKNOWN",
    }
}

contract_object! {
    /// One audited action.
    AuditRecord {
        /// Identifier of the record.
        may id "id": [text Uuid];
        /// When it was written (UTC).
        may created_date "createdDate": [text DateTime];
        /// What happened: `sign`, `email`, `payment`, `identification`, `transaction`, or a label
        /// that is not listed.
        may action "action": [text];
        /// With which result.
        may status "status": [enumeration RecordStatus];
        /// More about it, by action.
        may extras "extras": [string_map];
    }

    /// Answer of getRecords.
    AuditSuccessRecordResponse {
        /// The records, newest first.
        may records "records": [list of object AuditRecord];
    }
}
