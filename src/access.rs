//! Process authorization (guide, "Process Authorization"): how a person who opens a process is
//! let in, as a function of role, stored contact data, account and one-time code.

use crate::contract::Authorization;

/// How long a one-time code can be redeemed, in milliseconds (guide, "Open Request").
pub const ONE_TIME_CODE_LIFETIME_MS: u64 = 30_000;

/// The role in which the process is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Who started the process.
    Initiator,
    /// Who was invited to sign.
    Invitee,
}

/// Contact data that the process stores of the person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoredContact<'a> {
    /// E-mail address.
    pub email: Option<&'a str>,
    /// Mobile number, E.164.
    pub mobile: Option<&'a str>,
}

/// The account with which the visitor is logged in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerifiedAccount<'a> {
    /// Whether the process belongs to this account.
    pub owns_process: bool,
    /// Whether the process belongs to a team of this account's organization that it is a member of.
    pub in_team_of_process: bool,
    /// E-mail address, if the account has verified it.
    pub verified_email: Option<&'a str>,
    /// Mobile number, if the account has verified it.
    pub verified_mobile: Option<&'a str>,
}

/// A one-time code that came with the URL of open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneTimeCode {
    /// Milliseconds since it was issued.
    pub age_ms: u64,
    /// Milliseconds that it lives: [`ONE_TIME_CODE_LIFETIME_MS`] on the platform.
    pub lifetime_ms: u64,
    /// Whether it was redeemed before.
    pub redeemed: bool,
}

impl OneTimeCode {
    /// Whether it still lets its person in: for its lifetime, once.
    pub fn is_valid(self) -> bool {
        !self.redeemed && self.age_ms < self.lifetime_ms
    }
}

/// Everything on which the answer depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessRequest<'a> {
    /// The role in which the process is opened.
    pub role: Role,
    /// What the process demands; `None` is the contract's default, CODE.
    pub authorization: Option<&'a Authorization>,
    /// Contact data that the process stores of the person.
    pub contact: StoredContact<'a>,
    /// The account, when the visitor is logged in.
    pub account: Option<VerifiedAccount<'a>>,
    /// The one-time code, when the URL brought one.
    pub one_time_code: Option<OneTimeCode>,
}

/// How the visitor is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Challenge {
    /// At once.
    None(GrantReason),
    /// After a code that is sent to the stored mobile number.
    SmsCode,
    /// After a code that is sent to the stored e-mail address.
    EmailCode,
    /// After a login with a matching account.
    Login,
    /// Not at all: nothing is stored that a code could be sent to, or the account does not match
    /// and the process takes no code.
    Denied,
}

impl Challenge {
    /// The answer as JavaScript knows it.
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

/// Why a visitor is let in at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantReason {
    /// A valid one-time code.
    OneTimeCode,
    /// The process belongs to the account.
    Ownership,
    /// The process belongs to a team of the account.
    Team,
    /// The account's verified e-mail address is the stored one.
    VerifiedEmail,
    /// The account's verified mobile number is the stored one.
    VerifiedMobile,
}

/// How this visitor is let in. A one-time code comes first; expired or used, it is no error: the
/// standard order applies.
///
/// ```
/// use swisscom_sign::access::{AccessRequest, Challenge, Role, StoredContact, challenge};
///
/// let visit = AccessRequest {
///     role: Role::Invitee,
///     authorization: None,
///     contact: StoredContact { email: Some("john.doe@example.com"), mobile: None },
///     account: None,
///     one_time_code: None,
/// };
/// assert_eq!(challenge(&visit), Challenge::EmailCode);
/// ```
pub fn challenge(visit: &AccessRequest<'_>) -> Challenge {
    if visit.one_time_code.is_some_and(OneTimeCode::is_valid) {
        return Challenge::None(GrantReason::OneTimeCode);
    }
    if let Some(grounds) = visit.account.and_then(|account| match_account(visit, &account)) {
        return Challenge::None(grounds);
    }
    // A demand that this version does not know is read as the stricter of the two.
    let code_accepted = matches!(visit.authorization, None | Some(Authorization::Code));
    match (code_accepted, visit.account, visit.contact) {
        (false, None, _) => Challenge::Login,
        (false, Some(_), _) => Challenge::Denied,
        (true, _, StoredContact { mobile: Some(_), .. }) => Challenge::SmsCode,
        (true, _, StoredContact { email: Some(_), .. }) => Challenge::EmailCode,
        (true, ..) => Challenge::Denied,
    }
}

/// The first of the guide's grounds that the account meets. Ownership and team count for the
/// initiator only.
fn match_account(visit: &AccessRequest<'_>, account: &VerifiedAccount<'_>) -> Option<GrantReason> {
    let initiator = visit.role == Role::Initiator;
    let same_email =
        eq_ignore_case(account.verified_email, visit.contact.email, str::eq_ignore_ascii_case);
    let same_mobile = eq_ignore_case(account.verified_mobile, visit.contact.mobile, |a, b| a == b);
    [
        (initiator && account.owns_process, GrantReason::Ownership),
        (initiator && account.in_team_of_process, GrantReason::Team),
        (same_email, GrantReason::VerifiedEmail),
        (same_mobile, GrantReason::VerifiedMobile),
    ]
    .into_iter()
    .find_map(|(met, grounds)| met.then_some(grounds))
}

fn eq_ignore_case(
    verified: Option<&str>,
    stored: Option<&str>,
    equal: fn(&str, &str) -> bool,
) -> bool {
    verified.zip(stored).is_some_and(|(verified, stored)| equal(verified, stored))
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

    const NOBODY: VerifiedAccount<'_> = VerifiedAccount {
        owns_process: false,
        in_team_of_process: false,
        verified_email: None,
        verified_mobile: None,
    };

    /// The rows of "For Initiators", in their order.
    #[test]
    fn guide_initiators() {
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
        assert_eq!(with(role, NOBODY), Challenge::SmsCode);
    }

    /// The rows of "For Invitees", in their order; ownership and team do not count.
    #[test]
    fn guide_invitees() {
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
    fn guide_code_goes_to_the_mobile_first() {
        for role in [Role::Initiator, Role::Invitee] {
            let stored = |contact| challenge(&AccessRequest { contact, ..visit(role) });
            assert_eq!(stored(BOTH), Challenge::SmsCode);
            assert_eq!(stored(StoredContact { email: None, ..BOTH }), Challenge::SmsCode);
            assert_eq!(stored(StoredContact { mobile: None, ..BOTH }), Challenge::EmailCode);
            assert_eq!(stored(StoredContact::default()), Challenge::Denied);
        }
    }

    #[test]
    fn nothing_stored_matches_nothing_verified() {
        let visit = AccessRequest {
            contact: StoredContact::default(),
            account: Some(NOBODY),
            ..visit(Role::Invitee)
        };
        assert_eq!(challenge(&visit), Challenge::Denied);
    }

    #[test]
    fn account_takes_no_code() {
        for authorization in [Authorization::Account, Authorization::parse("BADGE")] {
            let visit =
                AccessRequest { authorization: Some(&authorization), ..visit(Role::Invitee) };
            assert_eq!(challenge(&visit), Challenge::Login);
            let stranger = AccessRequest { account: Some(NOBODY), ..visit };
            assert_eq!(challenge(&stranger), Challenge::Denied);
            let matching = VerifiedAccount { verified_email: Some(EMAIL), ..NOBODY };
            let matching = AccessRequest { account: Some(matching), ..visit };
            assert_eq!(challenge(&matching), Challenge::None(GrantReason::VerifiedEmail));
        }
    }

    #[test]
    fn one_time_code_for_thirty_seconds_once() {
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
