//! The error body.

use crate::contract::declare::contract_object;

contract_object! {
    /// Body of an answer that reports a failure. Some answers come without: every 401, some 400,
    /// 403 and 404.
    ErrorBody as "Error" {
        /// Identifier of this failure in the platform's log.
        may id "id": [text Uuid];
        /// When it happened (UTC).
        may timestamp "timestamp": [text DateTime];
        /// Name of the failure; an open set.
        may name "name": [text];
        /// Explanation for developers.
        may message "message": [text];
        /// Path of the request, without `/system`.
        may path "path": [text];
        /// HTTP status.
        may http_status "httpStatus": [integer];
        /// Title that can be shown to a user.
        may client_subject "clientSubject": [text];
        /// Text that can be shown to a user.
        may client_body "clientBody": [text];
    }
}
