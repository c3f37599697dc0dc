//! People with an account on the platform, as the login page offers them. Seeded, so that there is
//! one for each way to be let in (guide, "Process Authorization").

use swisscom_sign::access;
use uuid::{Uuid, uuid};

use crate::directory::{ORGANIZATION_A, ORGANIZATION_B};
use crate::domain::process::uuid_of;
use crate::domain::{Owner, Process, Tenant};

/// An account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Identifier, as the login form sends it.
    pub id: &'static str,
    /// Name.
    pub name: &'static str,
    /// E-mail address, where the account has verified it.
    pub verified_email: Option<&'static str>,
    /// Mobile number, where the account has verified it.
    pub verified_mobile: Option<&'static str>,
    /// Whose processes belong to this account.
    pub owns: Option<Owner>,
    /// Teams that it is a member of.
    pub teams: &'static [Uuid],
}

const fn public(organization: Uuid) -> Option<Owner> {
    Some(Owner { tenant: Tenant::Public, organization: Some(organization) })
}

const NOTHING: Account = Account {
    id: "",
    name: "",
    verified_email: None,
    verified_mobile: None,
    owns: None,
    teams: &[],
};

/// The accounts.
pub static ACCOUNTS: [Account; 7] = [
    Account { id: "anna", name: "Anna Ammann", verified_email: Some("anna@example.ch"), ..NOTHING },
    Account { id: "beat", name: "Beat Brunner", verified_mobile: Some("+41790000002"), ..NOTHING },
    Account { id: "carla", name: "Carla Conti", ..NOTHING },
    Account { id: "dora", name: "Dora Dubois", owns: public(ORGANIZATION_A), ..NOTHING },
    Account {
        id: "emil",
        name: "Emil Egger",
        teams: &[uuid!("a0000000-0000-4000-8000-0000000000a1")],
        ..NOTHING
    },
    Account { id: "fabio", name: "Fabio Ferrari", owns: public(ORGANIZATION_B), ..NOTHING },
    Account {
        id: "gina",
        name: "Gina Grand",
        owns: Some(Owner { tenant: Tenant::Corporate, organization: None }),
        ..NOTHING
    },
];

/// The account of that identifier.
pub fn find(id: &str) -> Option<&'static Account> {
    ACCOUNTS.iter().find(|account| account.id == id)
}

impl Account {
    /// The account before this process, as the core judges it.
    pub fn facing(&self, process: &Process) -> access::Account<'static> {
        let team = uuid_of(process.request.team_id.as_deref());
        access::Account {
            owns_process: self.owns == Some(process.owner),
            in_team_of_process: team.is_some_and(|team| self.teams.contains(&team)),
            verified_email: self.verified_email,
            verified_mobile: self.verified_mobile,
        }
    }
}
