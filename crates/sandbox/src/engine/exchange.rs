//! A request, what goes wrong with it, its answer, and its note in the journal.

use swisscom_sign::contract::Operation;

#[cfg(feature = "host")]
use super::CommandError;
use super::base::InvalidHost;
use super::{Platform, signature};
use crate::api::route::{self, RouteMatch};
use crate::domain::process::uuid_of;
use crate::domain::{DomainError, ErrorName};
use crate::faults::{FaultAction, RequestFacts, ResponseDrop};
use crate::http::{HttpRequest, HttpResponse};
use crate::journal::JournalEntry;
use crate::{admin, api, pages, realm};

impl Platform {
    /// Answers a request, without faults.
    pub fn handle(&self, request: &HttpRequest) -> HttpResponse {
        // Without a fault there is an answer.
        self.handle_with(request, None).unwrap_or_else(|| HttpResponse::empty(500))
    }

    /// What goes wrong with a request, for the host to carry out: it waits, has the request
    /// answered by [`Engine::handle_with`], and loses or damages what comes back. Counts the
    /// request: to be asked once for each.
    ///
    /// # Errors
    /// The answer to a request whose own fault (`Sandbox-Fault`) cannot be read.
    pub fn fault(&self, request: &HttpRequest) -> Result<Option<FaultAction>, HttpResponse> {
        let header = request.header("sandbox-fault");
        if header.is_none() && self.faults.is_empty() {
            return Ok(None);
        }
        let facts = self.facts(request);
        if facts.operation.is_none() {
            return Ok(None);
        }
        let own = header.map(FaultAction::parse).transpose().map_err(|why| {
            let error = DomainError::new(ErrorName::Validation, format!("Sandbox-Fault: {why}"));
            let refusal = api::error::ApiError::from(error);
            api::error::response(self, request, None, &refusal).header("sandbox", signature())
        })?;
        Ok(self.faults.decide(&facts, own))
    }

    /// Answers a request that a fault may have struck; `None` when there is to be no answer.
    pub fn handle_with(
        &self,
        request: &HttpRequest,
        fault: Option<&FaultAction>,
    ) -> Option<HttpResponse> {
        self.under_host(request, || self.handle_here(request, fault)).unwrap_or_else(
            |InvalidHost(why)| {
                let error = DomainError::new(ErrorName::Validation, format!("Host: {why}"));
                let refusal = api::error::ApiError::from(error);
                let response = api::error::response(self, request, None, &refusal);
                Some(response.header("sandbox", signature()))
            },
        )
    }

    /// The answer to a request in the middle of which the engine panicked: a mistake of the sandbox
    /// that must not look like one of the client or of what stands between.
    #[cfg(feature = "host")]
    pub(crate) fn panicked(&self, request: &HttpRequest) -> HttpResponse {
        let failure =
            CommandError::Internal(format!("a panic at {} {}", request.method, request.path));
        let refusal = api::error::ApiError::from(failure);
        let response = api::error::response(self, request, None, &refusal);
        let response = response.header("sandbox", signature());
        self.note(request, Some(&response), None);
        response
    }

    fn handle_here(
        &self,
        request: &HttpRequest,
        fault: Option<&FaultAction>,
    ) -> Option<HttpResponse> {
        let answered = match fault {
            Some(fault) if !fault.has_effect() => None,
            _ => Some(self.answer(request)),
        };
        let response = match fault {
            Some(FaultAction { status: Some(status), error, retry_after, .. }) => {
                let mut response = faulty(self, request, *status, error.as_deref());
                if let Some(seconds) = retry_after {
                    response = response.header("retry-after", seconds.to_string());
                }
                Some(response.header("sandbox", signature()))
            }
            _ => answered,
        };
        let lost = fault.and_then(|fault| fault.drop).is_some_and(|drop| {
            matches!(
                drop,
                ResponseDrop::Before
                    | ResponseDrop::After
                    | ResponseDrop::Reset
                    | ResponseDrop::Garbage
            )
        });
        let response = response.filter(|_| !lost);
        self.note(request, response.as_ref(), fault);
        if response.as_ref().is_none_or(|response| response.get(admin::NOTHING_YET).is_none()) {
            self.wake();
        }
        response
    }

    /// Whether a request is answered in less time than it takes to hand it to another thread: a poll,
    /// by a token whose key is there, of what is kept in memory and has nothing due.
    pub fn is_brief(&self, request: &HttpRequest) -> bool {
        if self.store.is_durable() || !self.keys.are_ready() {
            return false;
        }
        let RouteMatch::Found(route) = route::find(request) else { return false };
        route.operation == Operation::GetStatus
            && uuid_of(route.parameter("processId")).is_some_and(|id| !self.is_due(id))
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let response = if under(request, api::PREFIX) {
            api::handle(self, request)
        } else if under(request, "/realms") {
            realm::handle(self, request)
        } else if under(request, admin::PREFIX) {
            admin::handle(self, request)
        } else if pages::stands_at(request) {
            pages::handle(self, request)
        } else {
            api::misplaced(self, request).unwrap_or_else(|| pages::handle(self, request))
        };
        let response = match self.keep_visits() {
            Ok(()) => response,
            Err(error) => {
                eprintln!("error: {error}");
                HttpResponse::empty(500)
            }
        };
        response.header("sandbox", signature())
    }

    /// A request, as far as faults and the journal look at it. Only operations and tokens have an
    /// `operation`.
    fn facts(&self, request: &HttpRequest) -> RequestFacts {
        let mut facts = RequestFacts::default();
        if realm::is_token(request) {
            facts.operation = Some("token".to_owned());
        } else if let RouteMatch::Found(route) = route::find(request) {
            facts.operation = Some(route.operation.to_string());
            facts.process_id = uuid_of(route.parameter("processId"));
        } else {
            return facts;
        }
        if let Some(client) = api::caller::named(self, request) {
            facts.client_id = Some(client.id.clone());
            facts.organization_id = client.owner.organization;
        }
        facts
    }

    fn note(
        &self,
        request: &HttpRequest,
        response: Option<&HttpResponse>,
        fault: Option<&FaultAction>,
    ) {
        if under(request, admin::PREFIX) {
            return;
        }
        let RequestFacts { operation, client_id, organization_id, process_id } =
            self.facts(request);
        #[derive(serde::Deserialize)]
        struct ErrorBodyName {
            name: Option<String>,
            error: Option<String>,
        }
        let failed = response.filter(|response| response.status >= 400);
        let error = failed
            .and_then(|response| serde_json::from_slice::<ErrorBodyName>(&response.body).ok())
            .and_then(|named| named.name.or(named.error));
        self.journal.write(JournalEntry {
            sequence: 0,
            at: self.timeline.now(organization_id),
            method: request.method.clone(),
            path: request.path.clone(),
            operation,
            client_id,
            organization_id,
            process_id,
            status: response.map(|response| response.status),
            error,
            warnings: response.map(|response| response.warnings.clone()).unwrap_or_default(),
            fault: fault.cloned(),
        });
    }
}

fn under(request: &HttpRequest, prefix: &str) -> bool {
    request.path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The answer of something in front of the platform, or of the platform in trouble.
fn faulty(
    engine: &Platform,
    request: &HttpRequest,
    status: u16,
    error: Option<&str>,
) -> HttpResponse {
    if status == 401 && !realm::is_token(request) {
        return HttpResponse::empty(401);
    }
    let error = error.unwrap_or("SandboxFault");
    if realm::is_token(request) {
        return HttpResponse::json(status, &serde_json::json!({ "error": error }));
    }
    api::error::fault(engine, request, status, error)
}
