//! Directory of organizations, teams, partners, accounts and API clients. Seeded with a client for
//! each kind of access; more entries can be added at any time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq;
use swisscom_sign::access;
use swisscom_sign::contract::Scope;
use swisscom_sign::contract::declare::api_object;
use uuid::{Uuid, uuid};

use crate::domain::process::parse_uuid;
use crate::domain::{ProcessAggregate, ProcessOwner, Tenant};

/// Organization A: its client has all scopes.
pub const ORGANIZATION_A: Uuid = uuid!("a0000000-0000-4000-8000-000000000001");
/// Organization B: its client has no scope to list processes.
pub const ORGANIZATION_B: Uuid = uuid!("b0000000-0000-4000-8000-000000000001");
/// Seeded partner.
pub const PARTNER: Uuid = uuid!("d0000000-0000-4000-8000-000000000001");

/// Seeded teams with their organization; `None` is the corporate tenant.
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
/// Identifier of organization A's client with read access only.
pub const CLIENT_READ_ONLY: &str = "sandbox-read-only";

/// API client.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OAuthClient {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    #[serde(serialize_with = "expose", deserialize_with = "conceal")]
    secret: SecretString,
    /// Owner of the client's processes.
    pub owner: ProcessOwner,
    /// Default scopes of a token.
    #[serde(serialize_with = "scope_names", deserialize_with = "scopes_named")]
    pub default_scopes: Vec<Scope>,
    /// Scopes of a token that are only granted on request.
    #[serde(serialize_with = "scope_names", deserialize_with = "scopes_named")]
    pub optional_scopes: Vec<Scope>,
}

// Only for stores and exports, which have to restore the client.
fn expose<S: Serializer>(secret: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose_secret())
}

fn conceal<'de, D: Deserializer<'de>>(from: D) -> Result<SecretString, D::Error> {
    String::deserialize(from).map(SecretString::from)
}

fn scope_names<S: Serializer>(scopes: &[Scope], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(scopes.iter().map(|scope| scope.as_str()))
}

fn scopes_named<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Scope>, D::Error> {
    let names: Vec<String> = Vec::deserialize(from)?;
    names
        .iter()
        .map(|name| {
            Scope::parse(name)
                .ok_or_else(|| serde::de::Error::custom(format!("`{name}` is no scope")))
        })
        .collect()
}

fn plain<S: Serializer>(clients: &[Arc<OAuthClient>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(clients.iter().map(Arc::as_ref))
}

fn shared<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Arc<OAuthClient>>, D::Error> {
    Ok(Vec::<OAuthClient>::deserialize(from)?.into_iter().map(Arc::new).collect())
}

impl OAuthClient {
    /// Creates a client.
    pub fn new(id: String, secret: SecretString, owner: ProcessOwner) -> Self {
        let default_scopes = vec![Scope::Create, Scope::Read];
        Self { id, secret, owner, default_scopes, optional_scopes: vec![Scope::ReadAll] }
    }

    /// Compares the secret in constant time.
    pub fn has_secret(&self, secret: &str) -> bool {
        self.secret.expose_secret().as_bytes().ct_eq(secret.as_bytes()).into()
    }

    /// Secret, for the ready line and for tests.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }
}

api_object! {
    /// Team of an organization.
    Team: Debug, Clone, PartialEq, Eq, Serialize, Deserialize {
        /// Identifier.
        must id "id" as Uuid: [text Uuid];
        /// Name.
        must name "name": [text];
        /// Organization of the team; null in the corporate tenant.
        null organization_id "organizationId" as Uuid: [text Uuid];
    }

    /// Partner on whose behalf an organization creates processes.
    Partner: Debug, Clone, PartialEq, Eq, Serialize, Deserialize {
        /// Identifier.
        must id "id" as Uuid: [text Uuid];
        /// Name.
        must name "name": [text];
        /// Organization that can use the partner; null for all.
        null organization_id "organizationId" as Uuid: [text Uuid];
    }

    /// Account with which a person can log in.
    Account: Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize {
        /// Identifier, as sent by the login form.
        must id "id": [text];
        /// Name on the login page.
        must name "name": [text];
        /// Verified e-mail address.
        null verified_email "verifiedEmail": [text];
        /// Verified mobile number (E.164).
        null verified_mobile "verifiedMobile": [text];
        /// Owner whose processes this account may access.
        null owner "owner": [object ProcessOwner] #[serde(alias = "owns")];
        /// Teams of the account.
        must teams "teams" as Vec<Uuid>: [list of text Uuid];
    }
}

impl Account {
    /// Account with its rights on this process, in the form that the core evaluates.
    pub fn verified_account_for(&self, process: &ProcessAggregate) -> access::VerifiedAccount<'_> {
        let team = parse_uuid(process.request.team_id.as_deref());
        access::VerifiedAccount {
            owns_process: self.owner == Some(process.owner),
            in_team_of_process: team.is_some_and(|team| self.teams.contains(&team)),
            verified_email: self.verified_email.as_deref(),
            verified_mobile: self.verified_mobile.as_deref(),
        }
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DirectoryEntries {
    organizations: BTreeMap<Uuid, String>,
    #[serde(serialize_with = "plain", deserialize_with = "shared")]
    clients: Vec<Arc<OAuthClient>>,
    teams: Vec<Team>,
    partners: Vec<Partner>,
    accounts: Vec<Account>,
}

/// Error: an entry with this identifier exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DuplicateId;

/// Directory.
pub struct Directory {
    seeded: DirectoryEntries,
    /// Whether organization A's client was configured rather than generated.
    given: bool,
    entries: RwLock<DirectoryEntries>,
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("clients", &self.read().clients.len()).finish()
    }
}

impl Directory {
    /// Creates the seeded entries. `id` and `secret` override those of organization A's client; all
    /// other secrets come from `new_secret`.
    pub fn with_seed(
        id: Option<String>,
        secret: Option<SecretString>,
        mut new_secret: impl FnMut() -> String,
    ) -> Self {
        let given = id.is_some() || secret.is_some();
        let public = |organization| ProcessOwner {
            tenant: Tenant::Public,
            organization: Some(organization),
        };
        let corporate = ProcessOwner { tenant: Tenant::Corporate, organization: None };
        let mut client = |id: &str, owner| {
            OAuthClient::new(id.to_owned(), SecretString::from(new_secret()), owner)
        };
        let mut first = client(CLIENT_A, public(ORGANIZATION_A));
        first.id = id.unwrap_or_else(|| CLIENT_A.to_owned());
        if let Some(secret) = secret {
            first.secret = secret;
        }
        let mut of_b = client(CLIENT_B, public(ORGANIZATION_B));
        of_b.optional_scopes.clear();
        let corporate = client(CLIENT_CORPORATE, corporate);
        let mut read_only = client(CLIENT_READ_ONLY, public(ORGANIZATION_A));
        read_only.default_scopes = vec![Scope::Read];
        read_only.optional_scopes.clear();
        let clients = [first, of_b, corporate, read_only].into_iter().map(Arc::new).collect();
        let teams = TEAMS.iter().enumerate().map(|(index, (id, organization_id))| Team {
            id: *id,
            name: format!("Team {}", index + 1),
            organization_id: *organization_id,
        });
        let partner = Partner { id: PARTNER, name: "Partner".into(), organization_id: None };
        let entries = DirectoryEntries {
            organizations: BTreeMap::from([
                (ORGANIZATION_A, "Organization A".to_owned()),
                (ORGANIZATION_B, "Organization B".to_owned()),
            ]),
            clients,
            teams: teams.collect(),
            partners: vec![partner],
            accounts: accounts(),
        };
        Self { seeded: entries.clone(), given, entries: RwLock::new(entries) }
    }

    fn read(&self) -> RwLockReadGuard<'_, DirectoryEntries> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, DirectoryEntries> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// All clients, organization A's first.
    pub fn clients(&self) -> Vec<Arc<OAuthClient>> {
        self.read().clients.clone()
    }

    /// Client by identifier.
    pub fn client(&self, id: &str) -> Option<Arc<OAuthClient>> {
        self.read().clients.iter().find(|client| client.id == id).cloned()
    }

    /// Organization names by identifier.
    pub fn organizations(&self) -> BTreeMap<Uuid, String> {
        self.read().organizations.clone()
    }

    /// Teams.
    pub fn teams(&self) -> Vec<Team> {
        self.read().teams.clone()
    }

    /// Partners.
    pub fn partners(&self) -> Vec<Partner> {
        self.read().partners.clone()
    }

    /// Accounts.
    pub fn accounts(&self) -> Vec<Account> {
        self.read().accounts.clone()
    }

    /// Account by identifier.
    pub fn account(&self, id: &str) -> Option<Account> {
        self.read().accounts.iter().find(|account| account.id == id).cloned()
    }

    /// All possible owners of processes.
    pub fn owners(&self) -> BTreeSet<ProcessOwner> {
        let entries = self.read();
        let public = |id: &Uuid| ProcessOwner { tenant: Tenant::Public, organization: Some(*id) };
        let organizations = entries.organizations.keys().map(public);
        organizations.chain(entries.clients.iter().map(|client| client.owner)).collect()
    }

    /// Whether an organization exists.
    pub fn has_organization(&self, id: Uuid) -> bool {
        let entries = self.read();
        entries.organizations.contains_key(&id)
            || entries.clients.iter().any(|client| client.owner.organization == Some(id))
    }

    /// Whether a team exists for this owner.
    pub fn has_team(&self, owner: &ProcessOwner, team: Uuid) -> bool {
        self.read().teams.iter().any(|t| t.id == team && t.organization_id == owner.organization)
    }

    /// Whether a partner exists for this owner.
    pub fn has_partner(&self, owner: &ProcessOwner, partner: &str) -> bool {
        let id = parse_uuid(Some(partner));
        self.read().partners.iter().any(|partner| {
            Some(partner.id) == id
                && (partner.organization_id.is_none()
                    || partner.organization_id == owner.organization)
        })
    }

    /// Adds or renames an organization.
    pub fn upsert_organization(&self, id: Uuid, name: String) {
        self.write().organizations.insert(id, name);
    }

    /// Adds a client.
    ///
    /// # Errors
    /// Returns an error if the identifier exists already.
    pub fn add_client(&self, client: OAuthClient) -> Result<(), DuplicateId> {
        let mut entries = self.write();
        if entries.clients.iter().any(|known| known.id == client.id) {
            return Err(DuplicateId);
        }
        entries.clients.push(Arc::new(client));
        Ok(())
    }

    /// Adds or replaces a team.
    pub fn upsert_team(&self, team: Team) {
        put(&mut self.write().teams, team, |team| team.id);
    }

    /// Adds or replaces a partner.
    pub fn upsert_partner(&self, partner: Partner) {
        put(&mut self.write().partners, partner, |partner| partner.id);
    }

    /// Adds or replaces an account.
    pub fn upsert_account(&self, account: Account) {
        put(&mut self.write().accounts, account, |account| account.id.clone());
    }

    /// Restores the seeded entries.
    pub fn reset(&self) {
        *self.write() = self.seeded.clone();
    }

    /// Exports all entries, secrets included.
    pub fn export(&self) -> serde_json::Value {
        serde_json::to_value(&*self.read()).unwrap_or_default()
    }

    /// Imports exported entries. A configured client of organization A keeps its configuration.
    ///
    /// # Errors
    /// Returns a message if the JSON is invalid or contains a duplicate client.
    pub fn import(&self, stored: serde_json::Value) -> Result<(), String> {
        let mut entries: DirectoryEntries =
            serde_json::from_value(stored).map_err(|error| error.to_string())?;
        let mut ids = BTreeSet::new();
        if let Some(twice) = entries.clients.iter().find(|client| !ids.insert(&client.id)) {
            return Err(format!("duplicate client {}", twice.id));
        }
        if let (true, Some(first)) = (self.given, self.seeded.clients.first()) {
            entries.clients.retain(|client| client.id != first.id);
            entries.clients.insert(0, Arc::clone(first));
        }
        *self.write() = entries;
        Ok(())
    }

    /// Restores the directory of a previous run at startup. The seeded secrets of the first start
    /// remain, also after a reset.
    ///
    /// # Errors
    /// Returns a message if the JSON is invalid.
    pub fn resume(&mut self, stored: serde_json::Value) -> Result<(), String> {
        self.import(stored)?;
        // Contains the configured client of organization A.
        let entries = self.entries.get_mut().unwrap_or_else(PoisonError::into_inner);
        for client in &mut self.seeded.clients {
            if let Some(stored) = entries.clients.iter().find(|c| c.id == client.id) {
                *client = Arc::clone(stored);
            }
        }
        Ok(())
    }
}

fn put<T, I: PartialEq>(list: &mut Vec<T>, item: T, id: impl Fn(&T) -> I) {
    match list.iter_mut().find(|known| id(known) == id(&item)) {
        Some(known) => *known = item,
        None => list.push(item),
    }
}

/// One account for each kind of authorization (guide, "Process Authorization"): verified e-mail,
/// verified mobile, neither, owner of organization A's processes, member of a team, other owner.
fn accounts() -> Vec<Account> {
    let account = |id: &str, name: &str| Account {
        id: id.to_owned(),
        name: name.to_owned(),
        ..Account::default()
    };
    let public =
        |organization| ProcessOwner { tenant: Tenant::Public, organization: Some(organization) };
    let [(team, _), ..] = TEAMS;
    vec![
        Account {
            verified_email: Some("anna@example.ch".to_owned()),
            ..account("anna", "Anna Ammann")
        },
        Account {
            verified_mobile: Some("+41790000002".to_owned()),
            ..account("beat", "Beat Brunner")
        },
        account("carla", "Carla Conti"),
        Account { owner: Some(public(ORGANIZATION_A)), ..account("dora", "Dora Dubois") },
        Account { teams: vec![team], ..account("emil", "Emil Egger") },
        Account { owner: Some(public(ORGANIZATION_B)), ..account("fabio", "Fabio Ferrari") },
        Account {
            owner: Some(ProcessOwner { tenant: Tenant::Corporate, organization: None }),
            ..account("gina", "Gina Grand")
        },
    ]
}
