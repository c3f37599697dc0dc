//! Release: what goes out to whom, until when.

use super::{Locale, SignatureMethod, State};
use crate::contract::declare::{contract_enum, contract_object};

contract_enum! {
    /// A kind of mail that can be suppressed.
    NotificationType {
        /// Every kind.
        All = "ALL",
        /// The mail that invites to sign.
        Invite = "INVITE",
        /// The mail after the last signature.
        Completion = "COMPLETION",
    }
}

contract_object! {
    /// Options of release. With none of them no mail is sent.
    ProcessReleaseRequest {
        /// When the process expires; 30 days from now when absent.
        may valid_until "validUntil": [text DateTime] browser;
        /// Former way to ask for mails; `notification.locale` wins over it.
        may language "language": [enumeration Locale] deprecated browser;
        /// Mails to the participants.
        may notification "notification": [object NotificationSettings] browser;
        /// The methods that signers may use; the tenant's defaults when absent.
        may signature_methods "signatureMethods": [list unique of enumeration SignatureMethod] browser;
    }

    /// Which mails go out, and in which language.
    NotificationSettings {
        /// Language of the mails.
        must locale "locale": [enumeration Locale] browser;
        /// Kinds of mail that do not go out.
        may suppress "suppress": [list unique of enumeration NotificationType] browser;
        /// Automatic reminders.
        may reminder "reminder": [object ReminderSettings] browser;
    }

    /// Automatic reminders to signers who are awaited.
    ReminderSettings {
        /// Time between reminders, P1D to P30D.
        may interval "interval": [text Duration] browser;
        /// Times before expiry, each P1D to P30D.
        may before_expiry "beforeExpiry": [list of text Duration] browser;
    }

    /// Answer of release, the first time (200) and again (208).
    ReleaseResponse {
        /// The process.
        may id "id": [text Uuid] read_only;
        /// Its state now.
        may status "status": [enumeration State] read_only;
        /// The participants and their permanent URLs.
        may participants "participants": [list of object ReleasedParticipant] read_only;
    }

    /// A participant after release.
    ReleasedParticipant {
        /// Identifier that the platform assigned.
        may id "id": [text Uuid] read_only;
        /// Your own reference.
        may external_identifier "externalIdentifier": [text max 128 Identifier] read_only;
        /// Permanent URL of this participant; a credential, to be handled as one.
        may url "url": [text max 2048] read_only;
    }
}
