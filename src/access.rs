//! Process authorization (guide, "Process Authorization"): the challenge for a person who opens a
//! process, by role, stored contact data, account and one-time code.

use crate::contract::Authorization;

/// Lifetime of a one-time code in milliseconds (guide, "Open Request").
pub const ONE_TIME_CODE_LIFETIME_MS: u64 = 30_000;

/// Role of the person in the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Initiator of the process.
    Initiator,
    /// Invited signer.
    Invitee,
}

/// Contact data of the person in the process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoredContact<'a> {
    /// E-mail address.
    pub email: Option<&'a str>,
    /// Mobile number, E.164.
    pub mobile: Option<&'a str>,
}

/// Account of a visitor who is logged in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerifiedAccount<'a> {
    /// Whether the process belongs to this account.
    pub owns_process: bool,
    /// Whether the account is a member of the team to which the process belongs.
    pub in_team_of_process: bool,
    /// Verified e-mail address.
    pub verified_email: Option<&'a str>,
    /// Verified mobile number.
    pub verified_mobile: Option<&'a str>,
}

/// One-time code in a URL of open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneTimeCode {
    /// Milliseconds since it was issued.
    pub age_ms: u64,
    /// Lifetime in milliseconds: [`ONE_TIME_CODE_LIFETIME_MS`] on the platform.
    pub lifetime_ms: u64,
    /// Whether it was already redeemed.
    pub redeemed: bool,
}

impl OneTimeCode {
    /// Whether it is neither expired nor redeemed.
    pub fn is_valid(self) -> bool {
        !self.redeemed && self.age_ms < self.lifetime_ms
    }
}

/// Input of an access decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessRequest<'a> {
    /// Role of the person.
    pub role: Role,
    /// Authorization that the process requires; `None` is the contract's default, CODE.
    pub authorization: Option<&'a Authorization>,
    /// Contact data of the person in the process.
    pub contact: StoredContact<'a>,
    /// The account, if the visitor is logged in.
    pub account: Option<VerifiedAccount<'a>>,
    /// The one-time code, if the URL contains one.
    pub one_time_code: Option<OneTimeCode>,
}

/// Challenge that the visitor must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Challenge {
    /// None: access is granted.
    None(GrantReason),
    /// Code sent to the stored mobile number.
    SmsCode,
    /// Code sent to the stored e-mail address.
    EmailCode,
    /// Login with a matching account.
    Login,
    /// Access is denied: no contact data is stored to send a code to, or the account does not match
    /// and the process does not accept codes.
    Denied,
}

impl Challenge {
    /// Name of the challenge in JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None(_) => "none",
            Self::SmsCode => "sms-code",
            Self::EmailCode => "email-code",
            Self::Login => "login",
            Self::Denied => "denied",
        }
    }
}

/// Reason for access without a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantReason {
    /// A valid one-time code.
    OneTimeCode,
    /// The process belongs to the account.
    Ownership,
    /// The process belongs to a team of the account.
    Team,
    /// The account's verified e-mail address equals the stored one.
    VerifiedEmail,
    /// The account's verified mobile number equals the stored one.
    VerifiedMobile,
}

/// Challenge for a visitor. A valid one-time code takes precedence; an expired or redeemed one is
/// ignored.
///
/// ```
/// use swisscom_sign::access::{AccessRequest, Challenge, Role, StoredContact, challenge};
///
/// let request = AccessRequest {
///     role: Role::Invitee,
///     authorization: None,
///     contact: StoredContact { email: Some("john.doe@example.com"), mobile: None },
///     account: None,
///     one_time_code: None,
/// };
/// assert_eq!(challenge(&request), Challenge::EmailCode);
/// ```
pub fn challenge(request: &AccessRequest<'_>) -> Challenge {
    if request.one_time_code.is_some_and(OneTimeCode::is_valid) {
        return Challenge::None(GrantReason::OneTimeCode);
    }
    if let Some(reason) = request.account.and_then(|account| match_account(request, &account)) {
        return Challenge::None(reason);
    }
    // Treat an unknown `authorization` value as ACCOUNT: a newer contract must never make access
    // easier in an older client.
    let code_accepted = matches!(request.authorization, None | Some(Authorization::Code));
    match (code_accepted, request.account, request.contact) {
        (false, None, _) => Challenge::Login,
        (false, Some(_), _) => Challenge::Denied,
        (true, _, StoredContact { mobile: Some(_), .. }) => Challenge::SmsCode,
        (true, _, StoredContact { email: Some(_), .. }) => Challenge::EmailCode,
        // Without an address for a code, an initiator can still own the process or be in its team
        // (guide, "For Initiators", 1 and 2).
        (true, None, _) if request.role == Role::Initiator => Challenge::Login,
        (true, ..) => Challenge::Denied,
    }
}

/// First matching reason in the order of the guide. Ownership and team apply to the initiator only.
fn match_account(
    request: &AccessRequest<'_>,
    account: &VerifiedAccount<'_>,
) -> Option<GrantReason> {
    let initiator = request.role == Role::Initiator;
    let (email, mobile) = (request.contact.email, request.contact.mobile);
    let same_email =
        account.verified_email.zip(email).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b));
    let same_mobile = account.verified_mobile.is_some() && account.verified_mobile == mobile;
    [
        (initiator && account.owns_process, GrantReason::Ownership),
        (initiator && account.in_team_of_process, GrantReason::Team),
        (same_email, GrantReason::VerifiedEmail),
        (same_mobile, GrantReason::VerifiedMobile),
    ]
    .into_iter()
    .find_map(|(applies, reason)| applies.then_some(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMAIL: &str = "anna@example.ch";
    const MOBILE: &str = "+41791234567";
    const BOTH: StoredContact<'_> = StoredContact { email: Some(EMAIL), mobile: Some(MOBILE) };

    fn visit(role: Role) -> AccessRequest<'static> {
        AccessRequest {
            role,
            authorization: None,
            contact: BOTH,
            account: None,
            one_time_code: None,
        }
    }

    fn with(role: Role, account: VerifiedAccount<'static>) -> Challenge {
        challenge(&AccessRequest { account: Some(account), ..visit(role) })
    }

    const UNVERIFIED: VerifiedAccount<'_> = VerifiedAccount {
        owns_process: false,
        in_team_of_process: false,
        verified_email: None,
        verified_mobile: None,
    };

    /// The rows of "For Initiators", in their order.
    #[test]
    fn challenges_initiators_as_in_the_guide() {
        let all = VerifiedAccount {
            owns_process: true,
            in_team_of_process: true,
            verified_email: Some(EMAIL),
            verified_mobile: Some(MOBILE),
        };
        let role = Role::Initiator;
        assert_eq!(with(role, all), Challenge::None(GrantReason::Ownership));
        let all = VerifiedAccount { owns_process: false, ..all };
        assert_eq!(with(role, all), Challenge::None(GrantReason::Team));
        let all = VerifiedAccount { in_team_of_process: false, ..all };
        assert_eq!(with(role, all), Challenge::None(GrantReason::VerifiedEmail));
        let all = VerifiedAccount { verified_email: Some("other@example.ch"), ..all };
        assert_eq!(with(role, all), Challenge::None(GrantReason::VerifiedMobile));
        assert_eq!(with(role, UNVERIFIED), Challenge::SmsCode);
    }

    /// The rows of "For Invitees", in their order; ownership and team do not count.
    #[test]
    fn challenges_invitees_as_in_the_guide() {
        let role = Role::Invitee;
        let all = VerifiedAccount {
            owns_process: true,
            in_team_of_process: true,
            verified_email: Some("ANNA@example.ch"),
            verified_mobile: Some(MOBILE),
        };
        assert_eq!(with(role, all), Challenge::None(GrantReason::VerifiedEmail));
        let all = VerifiedAccount { verified_email: None, ..all };
        assert_eq!(with(role, all), Challenge::None(GrantReason::VerifiedMobile));
        let all = VerifiedAccount { verified_mobile: None, ..all };
        assert_eq!(with(role, all), Challenge::SmsCode);
    }

    #[test]
    fn sends_codes_to_the_mobile_number_first() {
        for role in [Role::Initiator, Role::Invitee] {
            let stored = |contact| challenge(&AccessRequest { contact, ..visit(role) });
            assert_eq!(stored(BOTH), Challenge::SmsCode);
            assert_eq!(stored(StoredContact { email: None, ..BOTH }), Challenge::SmsCode);
            assert_eq!(stored(StoredContact { mobile: None, ..BOTH }), Challenge::EmailCode);
            let login = role == Role::Initiator;
            let expected = if login { Challenge::Login } else { Challenge::Denied };
            assert_eq!(stored(StoredContact::default()), expected);
        }
    }

    #[test]
    fn denies_access_without_stored_or_verified_contact_data() {
        let visit = AccessRequest {
            contact: StoredContact::default(),
            account: Some(UNVERIFIED),
            ..visit(Role::Invitee)
        };
        assert_eq!(challenge(&visit), Challenge::Denied);
    }

    #[test]
    fn account_authorization_accepts_no_code() {
        for authorization in [Authorization::Account, Authorization::parse("BADGE")] {
            let visit =
                AccessRequest { authorization: Some(&authorization), ..visit(Role::Invitee) };
            assert_eq!(challenge(&visit), Challenge::Login);
            let stranger = AccessRequest { account: Some(UNVERIFIED), ..visit };
            assert_eq!(challenge(&stranger), Challenge::Denied);
            let matching = VerifiedAccount { verified_email: Some(EMAIL), ..UNVERIFIED };
            let matching = AccessRequest { account: Some(matching), ..visit };
            assert_eq!(challenge(&matching), Challenge::None(GrantReason::VerifiedEmail));
        }
    }

    #[test]
    fn one_time_code_expires_and_is_redeemed_once() {
        let with = |age_ms, redeemed| {
            let lifetime_ms = ONE_TIME_CODE_LIFETIME_MS;
            let one_time_code = Some(OneTimeCode { age_ms, lifetime_ms, redeemed });
            challenge(&AccessRequest { one_time_code, ..visit(Role::Invitee) })
        };
        assert_eq!(with(29_999, false), Challenge::None(GrantReason::OneTimeCode));
        assert_eq!(with(30_000, false), Challenge::SmsCode);
        assert_eq!(with(0, true), Challenge::SmsCode);
        let account = AccessRequest {
            authorization: Some(&Authorization::Account),
            one_time_code: Some(OneTimeCode { age_ms: 0, lifetime_ms: 1, redeemed: false }),
            ..visit(Role::Initiator)
        };
        assert_eq!(challenge(&account), Challenge::None(GrantReason::OneTimeCode));
    }
}
