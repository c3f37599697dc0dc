//! Faults that a test injects into requests. Pure: the decision uses a description of the request
//! and one lock, so that `nth` and `times` are exact under concurrency. The host carries out the
//! decision, down to the socket.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use swisscom_sign::contract::declare::{ContractEnum, api_object, closed_enum, doc};
use swisscom_sign::contract::{EnumSchema, Operation};
use uuid::Uuid;

use crate::input::read;

/// Properties of a request that rules can match.
#[derive(Debug, Clone, Default)]
pub struct RequestFacts {
    /// Identifier of the operation in the contract, or `token`.
    pub operation: Option<String>,
    /// Client of the request.
    pub client_id: Option<String>,
    /// Organization of the client.
    pub organization_id: Option<Uuid>,
    /// Process in the path.
    pub process_id: Option<Uuid>,
}

/// Names of operations in faults and the journal, for declarations.
#[derive(Debug)]
pub enum OperationName {}

const OPERATION_COUNT: usize = Operation::ALL.len();

#[allow(clippy::indexing_slicing, reason = "evaluated at compile time")]
static OPERATION_NAMES: [&str; OPERATION_COUNT + 1] = {
    let mut names = ["token"; OPERATION_COUNT + 1];
    let mut at = 0;
    while at < OPERATION_COUNT {
        names[at] = Operation::ALL[at].id();
        at += 1;
    }
    names
};

impl ContractEnum for OperationName {
    const ENUMERATION: &'static EnumSchema = {
        static ENUMERATION: EnumSchema = EnumSchema::new(
            "OperationName",
            doc("Operation of the contract, or `token`."),
            &OPERATION_NAMES,
        );
        &ENUMERATION
    };
}

closed_enum! {
    /// Loss or damage of the response.
    ResponseDrop {
        /// The connection is closed before the request has an effect.
        CloseBefore = "closeBefore",
        /// The request has its effect; the connection is closed without a response.
        CloseAfter = "closeAfter",
        /// The connection is reset (TCP RST).
        Reset = "reset",
        /// The connection is closed in the middle of the body.
        Truncate = "truncate",
        /// The body is sent slowly, in chunks.
        Throttle = "throttle",
        /// Bytes that are not HTTP.
        Garbage = "garbage",
    }
}

api_object! {
    /// Filter for requests; all requests if it is empty.
    FaultMatch [closed]: Debug, Clone, Default, PartialEq, Serialize, Deserialize {
        /// Operation of the contract, or `token`.
        may operation "operation" as String: [enumeration OperationName];
        /// Client.
        may client_id "clientId": [text];
        /// Organization.
        may organization_id "organizationId" as Uuid: [text Uuid];
        /// Process.
        may process_id "processId" as Uuid: [text Uuid];
        /// From the nth matching request, counted from 1; once, unless `times` is set.
        may nth "nth" as u64: [integer64 min 1];
        /// Number of affected requests; by default 1 with `nth`, unlimited without.
        may times "times" as u64: [integer64 min 1];
        /// Probability that a matching request is affected.
        may probability "probability": [fraction];
    }

    /// Action of a fault: `latencyMs`, `status` or `drop`.
    FaultAction [closed]: Debug, Clone, Default, PartialEq, Serialize, Deserialize {
        /// Delay in milliseconds before the request is processed; with `throttle`, the duration of the
        /// body.
        may latency_ms "latencyMs" as u64: [integer64 min 0 max 600000];
        /// Status of the response.
        may status "status" as u16: [integer min 400 max 599];
        /// `name` of the error in the body, with `status`.
        may error "error": [text];
        /// `Retry-After` of the response in seconds, with `status`.
        may retry_after "retryAfter" as u32: [integer64 min 0 max 4294967295];
        /// Loss or damage of the response. `closeBefore` (the request is not executed), `closeAfter` (it is),
        /// `reset` and `garbage` leave no response; `truncate` ends it in the middle of the body;
        /// `throttle` sends it slowly.
        may drop "drop": [enumeration ResponseDrop];
        /// Whether the request is executed nevertheless, with `status`, `reset` and `garbage`.
        may execute "execute": [boolean];
    }

    /// Fault rule.
    FaultRule [closed]: Debug, Clone, Default, PartialEq, Deserialize {
        /// Filter; all requests if absent.
        may matching "match": [object FaultMatch];
        /// Action on an affected request.
        must action "action": [object FaultAction];
    }

    /// Active fault rule.
    ActiveFault: Debug, Clone, Serialize {
        /// Identifier.
        must id "id" as u64: [integer64 min 1];
        /// Filter.
        must matching "match": [object FaultMatch];
        /// Action on an affected request.
        must action "action": [object FaultAction];
        /// Number of matching requests.
        must matched "matched" as u64: [integer64 min 0];
        /// Number of affected requests.
        must injected "injected" as u64: [integer64 min 0];
    }
}

impl FaultAction {
    /// Whether the request has its effect.
    pub fn has_effect(&self) -> bool {
        match self.drop {
            Some(ResponseDrop::CloseBefore) => false,
            Some(ResponseDrop::CloseAfter) => true,
            Some(ResponseDrop::Reset | ResponseDrop::Garbage) => self.execute.unwrap_or(false),
            _ => self.status.is_none() || self.execute.unwrap_or(false),
        }
    }

    /// Checks the rules between fields.
    ///
    /// # Errors
    /// Returns a message if the action is invalid.
    pub fn check(&self) -> Result<(), String> {
        if *self == Self::default() {
            return Err("action: latencyMs, status or drop is required".into());
        }
        if self.status.is_none() && (self.error.is_some() || self.retry_after.is_some()) {
            return Err("action.status: is required with error and retryAfter".into());
        }
        if self.execute.is_some()
            && self.status.is_none()
            && !matches!(self.drop, Some(ResponseDrop::Reset | ResponseDrop::Garbage))
        {
            return Err("action.execute: only for status, reset and garbage".into());
        }
        Ok(())
    }

    /// Parses the header `Sandbox-Fault`: `name=value` pairs, separated by semicolons, such as
    /// `status=503; retryAfter=1`.
    ///
    /// # Errors
    /// Returns a message if the header is invalid.
    pub fn parse(header: &str) -> Result<Self, String> {
        let mut object = serde_json::Map::new();
        for pair in header.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| format!("invalid pair `{pair}`: expected `name=value`"))?;
            let (name, value) = (name.trim(), value.trim());
            let text = matches!(name, "error" | "drop");
            let value = if text { value.into() } else { value.parse().unwrap_or(value.into()) };
            if object.insert(name.to_owned(), value).is_some() {
                return Err(format!("duplicate name `{name}`"));
            }
        }
        let action: Self = read(&Value::Object(object).to_string(), "header")?;
        action.check()?;
        Ok(action)
    }
}

impl ActiveFault {
    fn fits(&self, facts: &RequestFacts) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
            wanted.is_none() || wanted == found
        }
        let FaultMatch { operation, client_id, organization_id, process_id, .. } = &self.matching;
        is(operation.as_ref(), facts.operation.as_ref())
            && is(client_id.as_ref(), facts.client_id.as_ref())
            && is(organization_id.as_ref(), facts.organization_id.as_ref())
            && is(process_id.as_ref(), facts.process_id.as_ref())
    }

    /// Counts a request and returns whether the rule affects it. `dice` returns a random number in
    /// [0, 1) for a rule and one of its requests.
    fn strikes(
        &mut self,
        facts: &RequestFacts,
        taken: bool,
        dice: impl Fn(u64, u64) -> f64,
    ) -> bool {
        if !self.fits(facts) {
            return false;
        }
        self.matched += 1;
        let FaultMatch { nth, times, probability, .. } = self.matching;
        let times = times.or(nth.map(|_| 1)).unwrap_or(u64::MAX);
        let strikes = !taken
            && self.matched >= nth.unwrap_or(1)
            && self.injected < times
            && probability.is_none_or(|probability| dice(self.id, self.matched) < probability);
        self.injected += u64::from(strikes);
        strikes
    }
}

#[derive(Debug, Default)]
struct FaultsState {
    rules: Vec<ActiveFault>,
    last_id: u64,
}

/// Active fault rules.
#[derive(Debug, Default)]
pub struct Faults {
    inner: Mutex<FaultsState>,
    seed: [u8; 32],
}

impl Faults {
    /// Creates an empty set of rules. The random numbers derive from the seed.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { inner: Mutex::default(), seed }
    }

    fn inner(&self) -> MutexGuard<'_, FaultsState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a rule.
    pub fn add(&self, rule: FaultRule) -> ActiveFault {
        let mut inner = self.inner();
        inner.last_id += 1;
        let FaultRule { matching, action } = rule;
        let matching = matching.unwrap_or_default();
        let added = ActiveFault { id: inner.last_id, matching, action, matched: 0, injected: 0 };
        inner.rules.push(added.clone());
        added
    }

    /// Rules with their counters; if an organization is given, only those that name it.
    pub fn list(&self, organization: Option<Uuid>) -> Vec<ActiveFault> {
        self.inner().rules.iter().filter(|rule| of(rule, organization)).cloned().collect()
    }

    /// Removes all rules; if an organization is given, only those that name it.
    pub fn clear(&self, organization: Option<Uuid>) {
        self.inner().rules.retain(|rule| !of(rule, organization));
    }

    /// Removes the rules that name an organization, one of its clients or one of its processes.
    pub fn clear_organization(
        &self,
        organization: Uuid,
        clients: &HashSet<String>,
        processes: &HashSet<Uuid>,
    ) {
        self.inner().rules.retain(|ActiveFault { matching, .. }| {
            let by_client = matching.client_id.as_ref().is_some_and(|id| clients.contains(id));
            let by_process = matching.process_id.is_some_and(|id| processes.contains(&id));
            matching.organization_id != Some(organization) && !by_client && !by_process
        });
    }

    /// Removes all rules and restarts the numbering.
    pub fn reset(&self) {
        *self.inner() = FaultsState::default();
    }

    /// Whether no rule is active.
    pub fn is_empty(&self) -> bool {
        self.inner().rules.is_empty()
    }

    /// Removes a rule; returns whether it existed.
    pub fn remove(&self, id: u64) -> bool {
        let mut inner = self.inner();
        let before = inner.rules.len();
        inner.rules.retain(|rule| rule.id != id);
        inner.rules.len() < before
    }

    /// Selects the fault of a request. Every matching rule counts the request. A fault of the
    /// request itself takes precedence; otherwise the first rule that is due applies.
    pub fn decide(&self, facts: &RequestFacts, own: Option<FaultAction>) -> Option<FaultAction> {
        let mut inner = self.inner();
        let mut found = own;
        for rule in &mut inner.rules {
            if rule.strikes(facts, found.is_some(), |rule, request| self.dice(rule, request)) {
                found = Some(rule.action.clone());
            }
        }
        found
    }

    /// Separate random sequence per rule, so that unrelated requests do not change the result.
    fn dice(&self, rule: u64, request: u64) -> f64 {
        let hash = Sha256::new().chain_update(self.seed).chain_update(rule.to_be_bytes());
        let hash = hash.chain_update(request.to_be_bytes()).finalize();
        let number = hash.iter().take(4).fold(0_u32, |n, byte| (n << 8) | u32::from(*byte));
        f64::from(number) / (f64::from(u32::MAX) + 1.0)
    }
}

fn of(rule: &ActiveFault, organization: Option<Uuid>) -> bool {
    organization.is_none() || rule.matching.organization_id == organization
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(matching: FaultMatch) -> FaultRule {
        let matching = Some(matching);
        FaultRule { matching, action: FaultAction { status: Some(503), ..FaultAction::default() } }
    }

    fn strikes(faults: &Faults, requests: usize) -> Vec<usize> {
        let facts = RequestFacts { operation: Some("create".into()), ..RequestFacts::default() };
        (1..=requests).filter(|_| faults.decide(&facts, None).is_some()).collect()
    }

    #[test]
    fn nth_and_times() {
        for (nth, times, expected) in [
            (None, None, vec![1, 2, 3, 4, 5]),
            (None, Some(2), vec![1, 2]),
            (Some(3), None, vec![3]),
            (Some(2), Some(3), vec![2, 3, 4]),
        ] {
            let faults = Faults::default();
            faults.add(rule(FaultMatch { nth, times, ..FaultMatch::default() }));
            assert_eq!(strikes(&faults, 5), expected, "{nth:?} {times:?}");
            assert_eq!(faults.list(None)[0].matched, 5);
        }
    }

    #[test]
    fn every_rule_counts_and_the_first_strikes() {
        let faults = Faults::default();
        faults.add(rule(FaultMatch { nth: Some(2), ..FaultMatch::default() }));
        faults.add(rule(FaultMatch { nth: Some(2), times: Some(2), ..FaultMatch::default() }));
        assert_eq!(strikes(&faults, 5), [2, 3, 4]);
    }

    #[test]
    fn a_request_with_a_fault_of_its_own_counts() {
        let faults = Faults::default();
        faults.add(rule(FaultMatch { nth: Some(2), ..FaultMatch::default() }));
        let own = FaultAction { latency_ms: Some(1), ..FaultAction::default() };
        let decided = faults.decide(&RequestFacts::default(), Some(own.clone()));
        assert_eq!(decided, Some(own.clone()));
        assert_eq!((faults.list(None)[0].matched, faults.list(None)[0].injected), (1, 0));
        // The second rule is due, but the fault of the request takes precedence; the third rule is
        // therefore delayed by one request.
        assert_eq!(faults.decide(&RequestFacts::default(), Some(own.clone())), Some(own));
        assert_eq!(faults.decide(&RequestFacts::default(), None).and_then(|a| a.status), Some(503));
        assert_eq!((faults.list(None)[0].matched, faults.list(None)[0].injected), (3, 1));
    }

    #[test]
    fn only_what_fits() {
        let faults = Faults::default();
        let organization = Some(Uuid::from_u128(1));
        faults.add(rule(FaultMatch { organization_id: organization, ..FaultMatch::default() }));
        assert!(strikes(&faults, 3).is_empty());
        let facts = RequestFacts { organization_id: organization, ..RequestFacts::default() };
        assert!(faults.decide(&facts, None).is_some());
        faults.clear(Some(Uuid::from_u128(2)));
        assert_eq!(faults.list(organization).len(), 1);
        faults.clear(organization);
        assert!(faults.decide(&facts, None).is_none());
    }

    #[test]
    fn probability_follows_from_the_seed() {
        let run = |seed| {
            let faults = Faults::new([seed; 32]);
            faults.add(rule(FaultMatch { probability: Some(0.25), ..FaultMatch::default() }));
            strikes(&faults, 4000)
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        assert!((800..1200).contains(&run(1).len()), "{}", run(1).len());
    }

    #[test]
    fn the_header() {
        let action = FaultAction::parse("status=503; retryAfter=2;error=Busy").expect("an action");
        assert_eq!((action.status, action.retry_after), (Some(503), Some(2)));
        assert_eq!(action.error.as_deref(), Some("Busy"));
        assert_eq!(
            FaultAction::parse("drop=reset").expect("an action").drop,
            Some(ResponseDrop::Reset)
        );
        let wrong = [
            "",
            "status=200",
            "drop=gently",
            "latencyMs=-1",
            "colour=blue",
            "status=503;status=500",
            "retryAfter=1",
            "execute=true",
            "drop",
        ];
        for wrong in wrong {
            assert!(FaultAction::parse(wrong).is_err(), "{wrong}");
        }
    }
}
