//! The error body.

use crate::contract::declare::contract_object;

contract_object! {
    /// Error body. Some error responses have no body: every 401, some 400, 403 and 404.
    ErrorBody as "Error" {
        /// Identifier of this error in the platform's log.
        may id "id": [text Uuid];
        /// Time of the error (UTC).
        may timestamp "timestamp": [text DateTime];
        /// Name of the error; an open set.
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
