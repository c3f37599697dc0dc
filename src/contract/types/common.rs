//! Enumerations that several types share.

use crate::contract::declare::contract_enum;

contract_enum! {
    /// State of a signing process (guide, "States").
    State {
        /// The process can be configured and files can be attached.
        Created = "CREATED",
        /// The process was released and waits for signatures.
        Pending = "PENDING",
        /// All signers have signed.
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

    /// How a signer approves a signature.
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

    /// Source of the visible signature.
    StickerProvider {
        /// Rendered by the platform; the default.
        Visual = "VISUAL_SIGNATURE_PROVIDER",
        /// Drawn by the signer.
        CustomVisual = "CUSTOM_VISUAL_SIGNATURE_PROVIDER",
    }
}
