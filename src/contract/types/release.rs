//! Release: expiry, notifications and signature methods.

use super::{Locale, SignatureMethod, State};
use crate::contract::declare::{contract_enum, contract_object};

contract_enum! {
    /// A mail that can be suppressed.
    NotificationType {
        /// All mails.
        All = "ALL",
        /// The invitation to sign.
        Invite = "INVITE",
        /// The mail after the last signature.
        Completion = "COMPLETION",
    }
}

contract_object! {
    /// Options of release. Without `notification` or `language` no mail is sent.
    ProcessReleaseRequest {
        /// Expiry of the process; 30 days from now if absent.
        may valid_until "validUntil": [text DateTime] browser;
        /// Use `notification.locale`, which takes precedence.
        may language "language": [enumeration Locale] deprecated browser;
        /// Mails to the participants.
        may notification "notification": [object NotificationSettings] browser;
        /// Allowed signature methods; the tenant's defaults if absent.
        may signature_methods "signatureMethods": [list unique of enumeration SignatureMethod] browser;
    }

    /// Mails to the participants.
    NotificationSettings {
        /// Language of the mails.
        must locale "locale": [enumeration Locale] browser;
        /// Suppressed mails.
        may suppress "suppress": [list unique of enumeration NotificationType] browser;
        /// Automatic reminders.
        may reminder "reminder": [object ReminderSettings] browser;
    }

    /// Automatic reminders to signers who have not signed.
    ReminderSettings {
        /// Time between reminders, P1D to P30D.
        may interval "interval": [text Duration] browser;
        /// Times before expiry, each P1D to P30D.
        may before_expiry "beforeExpiry": [list of text Duration] browser;
    }

    /// Response of release, both the first (200) and later ones (208).
    ReleaseResponse {
        /// Identifier of the process.
        may id "id": [text Uuid] read_only;
        /// State.
        may status "status": [enumeration State] read_only;
        /// Participants with their permanent URLs.
        may participants "participants": [list of object ReleasedParticipant] read_only;
    }

    /// A participant of a released process.
    ReleasedParticipant {
        /// Identifier assigned by the platform.
        may id "id": [text Uuid] read_only;
        /// Your reference.
        may external_identifier "externalIdentifier": [text max 128 Identifier] read_only;
        /// Permanent URL of this participant. It is a credential: keep it secret.
        may url "url": [secret max 2048] read_only;
    }
}
