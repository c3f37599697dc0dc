//! Who there is: organizations with their teams, partners, and API clients. Seeded, so that a
//! test has a client for each kind of access.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use swisscom_sign::contract::Scope;
use uuid::{Uuid, uuid};

use crate::domain::{Owner, Tenant};

/// Organization A: its client may do everything.
pub const ORGANIZATION_A: Uuid = uuid!("a0000000-0000-4000-8000-000000000001");
/// Organization B: its client may not list.
pub const ORGANIZATION_B: Uuid = uuid!("b0000000-0000-4000-8000-000000000001");
/// A partner.
pub const PARTNER: Uuid = uuid!("d0000000-0000-4000-8000-000000000001");

/// Teams with their organization; `None` is the corporate tenant.
pub static TEAMS: [(Uuid, Option<Uuid>); 6] = [
    (uuid!("a0000000-0000-4000-8000-0000000000a1"), Some(ORGANIZATION_A)),
    (uuid!("a0000000-0000-4000-8000-0000000000a2"), Some(ORGANIZATION_A)),
    (uuid!("b0000000-0000-4000-8000-0000000000b1"), Some(ORGANIZATION_B)),
    (uuid!("b0000000-0000-4000-8000-0000000000b2"), Some(ORGANIZATION_B)),
    (uuid!("c0000000-0000-4000-8000-0000000000c1"), None),
    (uuid!("c0000000-0000-4000-8000-0000000000c2"), None),
];

/// Identifier of organization A's client.
pub const CLIENT_A: &str = "sandbox-org-a";
/// Identifier of organization B's client.
pub const CLIENT_B: &str = "sandbox-org-b";
/// Identifier of the corporate client.
pub const CLIENT_CORPORATE: &str = "sandbox-corporate";
/// Identifier of organization A's client that may only read.
pub const CLIENT_READ_ONLY: &str = "sandbox-read-only";

/// A client of the API.
#[derive(Debug)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    secret: SecretString,
    /// On whose behalf.
    pub owner: Owner,
    /// Scopes of every token.
    pub default_scopes: &'static [Scope],
    /// Scopes of a token that asks for them.
    pub optional_scopes: &'static [Scope],
}

impl Client {
    /// Whether this is the secret; takes the same time whatever it is.
    pub fn has_secret(&self, secret: &str) -> bool {
        self.secret.expose_secret().as_bytes().ct_eq(secret.as_bytes()).into()
    }

    /// The secret, for the ready line and for tests.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }
}

/// All of them.
pub struct Directory {
    clients: Vec<Client>,
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("clients", &self.clients.len()).finish()
    }
}

impl Directory {
    /// The seeded clients. `first` overrides identifier and secret of organization A's client;
    /// every other secret comes from `new_secret`.
    pub fn seeded(
        id: Option<String>,
        secret: Option<SecretString>,
        mut new_secret: impl FnMut() -> String,
    ) -> Self {
        const READ: &[Scope] = &[Scope::Read];
        const BOTH: &[Scope] = &[Scope::Create, Scope::Read];
        const ALL: &[Scope] = &[Scope::ReadAll];
        let public =
            |organization| Owner { tenant: Tenant::Public, organization: Some(organization) };
        let corporate = Owner { tenant: Tenant::Corporate, organization: None };
        let mut client = |id: &str, owner, default_scopes, optional_scopes| Client {
            id: id.to_owned(),
            secret: SecretString::from(new_secret()),
            owner,
            default_scopes,
            optional_scopes,
        };
        let mut clients = vec![
            client(CLIENT_A, public(ORGANIZATION_A), BOTH, ALL),
            client(CLIENT_B, public(ORGANIZATION_B), BOTH, &[]),
            client(CLIENT_CORPORATE, corporate, BOTH, ALL),
            client(CLIENT_READ_ONLY, public(ORGANIZATION_A), READ, &[]),
        ];
        if let Some(first) = clients.first_mut() {
            first.id = id.unwrap_or_else(|| CLIENT_A.to_owned());
            if let Some(secret) = secret {
                first.secret = secret;
            }
        }
        Self { clients }
    }

    /// Every client; organization A's comes first.
    pub fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// The client of that identifier.
    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// Whether a team exists for this owner.
    pub fn has_team(&self, owner: &Owner, team: Uuid) -> bool {
        TEAMS.iter().any(|(id, organization)| *id == team && *organization == owner.organization)
    }

    /// Whether a partner exists.
    pub fn has_partner(&self, partner: &str) -> bool {
        crate::domain::process::uuid_of(Some(partner)) == Some(PARTNER)
    }
}
