//! Enumerations that several types share.

use crate::contract::declare::contract_enum;

contract_enum! {
    /// State of a signing process (guide, "States").
    State {
        /// The process exists; files can be attached and it can still be configured.
        Created = "CREATED",
        /// The process was released and waits for signatures.
        Pending = "PENDING",
        /// Every required signature was made.
        Completed = "COMPLETED",
        /// The process ended with at least one signature missing.
        Expired = "EXPIRED",
    }

    /// Legal quality of the signatures of a process.
    SignatureLevel {
        /// Simple electronic signature (SES, EES).
        Simple = "SIMPLE",
        /// Advanced electronic signature under Swiss law (AES, FES; ZertES).
        Advanced = "ADVANCED",
        /// Advanced electronic signature under EU law (eIDAS).
        AdvancedEu = "ADVANCED_EU",
        /// Qualified electronic signature under Swiss law (QES; ZertES). The platform's default.
        Qualified = "QUALIFIED",
        /// Qualified electronic signature under EU law (eIDAS).
        QualifiedEu = "QUALIFIED_EU",
    }

    /// How a signer declares the will to sign.
    SignatureMethod {
        /// Mobile ID app.
        App = "APP",
        /// One-time password by SMS.
        Sms = "SMS",
        /// A click, without further authentication; for SIMPLE only.
        Click = "CLICK",
        /// WebAuthn passkey; corporate tenants only.
        Passkey = "PASSKEY",
        /// One-shot signing without a registered device; corporate tenants only.
        Oss = "OSS",
    }

    /// Language of pages and mails (BCP 47).
    Locale {
        /// English.
        EnGb = "en-GB",
        /// German.
        DeCh = "de-CH",
        /// French.
        FrCh = "fr-CH",
        /// Italian.
        ItCh = "it-CH",
    }

    /// Who draws the visible signature.
    StickerProvider {
        /// The platform's own rendering; the default.
        Visual = "VISUAL_SIGNATURE_PROVIDER",
        /// The signer's own drawing.
        CustomVisual = "CUSTOM_VISUAL_SIGNATURE_PROVIDER",
    }
}
