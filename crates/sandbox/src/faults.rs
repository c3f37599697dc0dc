//! Faults that a test asks for: what goes wrong with which request. Pure: a request is described,
//! and the decision is made under one lock, so that `nth` and `times` are exact however many
//! requests come at once. The host carries the decision out, down to the socket.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Longest delay, in milliseconds.
pub const MAX_LATENCY: u64 = 600_000;

/// A request, as far as rules look at it.
#[derive(Debug, Clone, Default)]
pub struct RequestFacts {
    /// Identifier of the operation in the contract, or `token`.
    pub operation: Option<String>,
    /// The client.
    pub client_id: Option<String>,
    /// Its organization.
    pub organization_id: Option<Uuid>,
    /// The process in the path.
    pub process_id: Option<Uuid>,
}

/// Which requests.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FaultMatch {
    /// Identifier of an operation in the contract, or `token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// A client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// An organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<Uuid>,
    /// A process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_id: Option<Uuid>,
    /// From the nth fitting request on, counted from 1; from the first when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// For so many requests; without `nth` for ever when absent, with `nth` once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// For each of them with this probability, above 0 up to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

/// How the answer is lost or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ResponseDrop {
    /// The connection is closed before the request has an effect.
    Before,
    /// The request has its effect; the connection is closed instead of an answer.
    After,
    /// The connection is reset (TCP RST).
    Reset,
    /// The connection is closed in the middle of the body.
    Truncate,
    /// The body trickles.
    Dribble,
    /// Bytes that are no HTTP.
    Garbage,
}

/// What goes wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FaultAction {
    /// Milliseconds before the request is looked at; with `dribble`, those that the body takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// The answer has this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// `name` of the error in its body, or `error` at the token endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// `Retry-After` of the answer, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// How the answer is lost or damaged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop: Option<ResponseDrop>,
    /// Whether the request has its effect all the same, for `status`, `reset` and `garbage`; it
    /// has none when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<bool>,
}

impl FaultAction {
    /// Whether the request has its effect.
    pub fn has_effect(&self) -> bool {
        match self.drop {
            Some(ResponseDrop::Before) => false,
            Some(ResponseDrop::After) => true,
            Some(ResponseDrop::Reset | ResponseDrop::Garbage) => self.effect.unwrap_or(false),
            _ => self.status.is_none() || self.effect.unwrap_or(false),
        }
    }

    fn check(&self) -> Result<(), String> {
        if *self == Self::default() {
            return Err("action: must name latencyMs, status or drop".into());
        }
        if self.latency_ms.is_some_and(|ms| ms > MAX_LATENCY) {
            return Err(format!("action.latencyMs: must be at most {MAX_LATENCY}"));
        }
        if self.status.is_some_and(|status| !(400..=599).contains(&status)) {
            return Err("action.status: must be from 400 to 599".into());
        }
        if self.status.is_none() && (self.error.is_some() || self.retry_after.is_some()) {
            return Err("action.status: must be given with error and retryAfter".into());
        }
        if self.effect.is_some()
            && self.status.is_none()
            && !matches!(self.drop, Some(ResponseDrop::Reset | ResponseDrop::Garbage))
        {
            return Err("action.effect: only for status, reset and garbage".into());
        }
        Ok(())
    }

    /// From the header `Sandbox-Fault`: `name=value` pairs, separated by semicolons, such as
    /// `status=503; retryAfter=1`.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
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
        let action: Self = serde_json::from_value(object.into()).map_err(|e| e.to_string())?;
        action.check()?;
        Ok(action)
    }
}

/// A rule, as it is asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultRule {
    /// Which requests; all of them when absent.
    #[serde(rename = "match", default)]
    pub matching: FaultMatch,
    /// What goes wrong.
    pub action: FaultAction,
}

impl FaultRule {
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn check(&self, operations: &[&str]) -> Result<(), String> {
        self.action.check()?;
        let FaultMatch { operation, nth, times, probability, .. } = &self.matching;
        if let Some(operation) = operation
            && !operations.contains(&operation.as_str())
        {
            return Err(format!("match.operation: must be one of {}", operations.join(", ")));
        }
        if *nth == Some(0) || *times == Some(0) {
            return Err("match: nth and times count from 1".into());
        }
        if probability.is_some_and(|p| !(p > 0.0 && p <= 1.0)) {
            return Err("match.probability: must be above 0, and at most 1".into());
        }
        Ok(())
    }

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
}

/// A rule that is in force.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveFault {
    /// Identifier.
    pub id: u64,
    /// The rule.
    #[serde(flatten)]
    pub rule: FaultRule,
    /// Fitting requests so far.
    pub seen: u64,
    /// Requests that it struck.
    pub fired: u64,
}

impl ActiveFault {
    /// Counts a request, and tells whether the rule strikes it. `dice` gives what is thrown for a rule
    /// and one of its requests: at least 0, below 1.
    fn strikes(
        &mut self,
        facts: &RequestFacts,
        taken: bool,
        dice: impl Fn(u64, u64) -> f64,
    ) -> bool {
        if !self.rule.fits(facts) {
            return false;
        }
        self.seen += 1;
        let FaultMatch { nth, times, probability, .. } = self.rule.matching;
        let times = times.or(nth.map(|_| 1)).unwrap_or(u64::MAX);
        let strikes = !taken
            && self.seen >= nth.unwrap_or(1)
            && self.fired < times
            && probability.is_none_or(|probability| dice(self.id, self.seen) < probability);
        self.fired += u64::from(strikes);
        strikes
    }
}

#[derive(Debug, Default)]
struct FaultsState {
    rules: Vec<ActiveFault>,
    last_id: u64,
}

/// The rules in force.
#[derive(Debug, Default)]
pub struct Faults {
    inner: Mutex<FaultsState>,
    seed: [u8; 32],
}

impl Faults {
    /// No rules. The dice follow from the seed.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { inner: Mutex::default(), seed }
    }

    fn inner(&self) -> MutexGuard<'_, FaultsState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a rule in force, after the others.
    pub fn add(&self, rule: FaultRule) -> ActiveFault {
        let mut inner = self.inner();
        inner.last_id += 1;
        let standing = ActiveFault { id: inner.last_id, rule, seen: 0, fired: 0 };
        inner.rules.push(standing.clone());
        standing
    }

    /// The rules, with their counts; those that name an organization only, where one is given.
    pub fn list(&self, organization: Option<Uuid>) -> Vec<ActiveFault> {
        self.inner().rules.iter().filter(|rule| of(rule, organization)).cloned().collect()
    }

    /// Lifts the rules; those that name an organization only, where one is given.
    pub fn clear(&self, organization: Option<Uuid>) {
        self.inner().rules.retain(|rule| !of(rule, organization));
    }

    /// Lifts the rules that name an organization, one of its clients or one of its processes.
    pub fn clear_organization(
        &self,
        organization: Uuid,
        clients: &HashSet<String>,
        processes: &HashSet<Uuid>,
    ) {
        self.inner().rules.retain(|ActiveFault { rule: FaultRule { matching, .. }, .. }| {
            let by_client = matching.client_id.as_ref().is_some_and(|id| clients.contains(id));
            let by_process = matching.process_id.is_some_and(|id| processes.contains(&id));
            matching.organization_id != Some(organization) && !by_client && !by_process
        });
    }

    /// As at the start: the next rule is the first.
    pub fn reset(&self) {
        *self.inner() = FaultsState::default();
    }

    /// Whether nothing can go wrong.
    pub fn is_empty(&self) -> bool {
        self.inner().rules.is_empty()
    }

    /// Lifts a rule; whether there was one.
    pub fn remove(&self, id: u64) -> bool {
        let mut inner = self.inner();
        let before = inner.rules.len();
        inner.rules.retain(|rule| rule.id != id);
        inner.rules.len() < before
    }

    /// What goes wrong with a request, which may bring its own fault. Every fitting rule counts it;
    /// the first that is due strikes, where the request brought none.
    pub fn decide(&self, facts: &RequestFacts, own: Option<FaultAction>) -> Option<FaultAction> {
        let mut inner = self.inner();
        let mut found = own;
        for rule in &mut inner.rules {
            if rule.strikes(facts, found.is_some(), |rule, request| self.dice(rule, request)) {
                found = Some(rule.rule.action.clone());
            }
        }
        found
    }

    /// Thrown for each rule alone, so that nobody else's requests change what strikes.
    fn dice(&self, rule: u64, request: u64) -> f64 {
        let hash = Sha256::new().chain_update(self.seed).chain_update(rule.to_be_bytes());
        let hash = hash.chain_update(request.to_be_bytes()).finalize();
        let number = hash.iter().take(4).fold(0_u32, |n, byte| (n << 8) | u32::from(*byte));
        f64::from(number) / (f64::from(u32::MAX) + 1.0)
    }
}

fn of(rule: &ActiveFault, organization: Option<Uuid>) -> bool {
    organization.is_none() || rule.rule.matching.organization_id == organization
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(matching: FaultMatch) -> FaultRule {
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
            assert_eq!(faults.list(None)[0].seen, 5);
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
        assert_eq!((faults.list(None)[0].seen, faults.list(None)[0].fired), (1, 0));
        // The second is due, and leaves it to the request; the third is late by one.
        assert_eq!(faults.decide(&RequestFacts::default(), Some(own.clone())), Some(own));
        assert_eq!(faults.decide(&RequestFacts::default(), None).and_then(|a| a.status), Some(503));
        assert_eq!((faults.list(None)[0].seen, faults.list(None)[0].fired), (3, 1));
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
            "effect=true",
            "drop",
        ];
        for wrong in wrong {
            assert!(FaultAction::parse(wrong).is_err(), "{wrong}");
        }
    }
}
