//! Entry point of all requests: routes, injects faults, checks access to the control API and the console,
//! dispatches, and writes the journal.

use crate::api_error::{self, ApiError};
use crate::call::{Call, RoutedRequest};
use crate::directory::Directory;
use crate::domain::process::parse_uuid;
use crate::domain::{DomainError, ErrorName};
use crate::faults::{FaultAction, Faults, RequestFacts, ResponseDrop};
use crate::http::{HttpRequest, HttpResponse, server_header};
use crate::ids::{IdGenerator, SeededIds};
use crate::initial_data::{self, InitialData};
use crate::journal::{Journal, JournalEntry, JournalFilter};
use crate::links::{BaseUrl, InvalidHost};
use crate::platform::{CommandError, Platform, PlatformParts};
use crate::route::Route;
use crate::sessions::AdminLogins;
use crate::tokens::Bearer;
use crate::tokens::keys::LazyKeyPair;
use crate::{access, api, control, pages, realm};
use secrecy::SecretString;
use swisscom_sign::contract::Operation;

/// Dependencies and settings of a [`Gateway`].
#[derive(Debug)]
pub struct GatewayParts {
    /// Dependencies of the platform.
    pub platform: PlatformParts,
    /// Base URL of generated links.
    pub base_url: BaseUrl,
    /// Token of the control API; open to local callers without it.
    pub admin_token: Option<SecretString>,
    /// Initial data, restored on reset.
    pub initial_data: InitialData,
}

impl GatewayParts {
    /// In-memory sandbox on the system clock, without signatures; `public_url` has scheme, host and port,
    /// without a trailing slash.
    pub fn new(
        public_url: String,
        directory: Directory,
        keys: LazyKeyPair,
        ids: SeededIds,
    ) -> Self {
        Self {
            platform: PlatformParts::new(directory, keys, ids),
            base_url: BaseUrl::fixed(public_url),
            admin_token: None,
            initial_data: InitialData::None,
        }
    }
}

/// The sandbox without a host: HTTP request in, HTTP response out.
#[derive(Debug)]
pub struct Gateway {
    platform: Platform,
    base_url: BaseUrl,
    initial_data: InitialData,
    faults: Faults,
    journal: Journal,
    logins: AdminLogins,
}

impl Gateway {
    /// Assembles a sandbox.
    pub fn new(parts: GatewayParts) -> Self {
        let GatewayParts { mut platform, base_url, admin_token, initial_data } = parts;
        Self {
            faults: Faults::new(platform.ids.next()),
            platform: Platform::new(platform),
            base_url,
            initial_data,
            journal: Journal::default(),
            logins: AdminLogins::new(admin_token),
        }
    }

    /// Platform.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Base URL of generated links.
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// Recorded requests.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Loads what the store holds, or seeds an empty store with the initial data.
    ///
    /// # Errors
    /// The store or the seed failed; the store has not changed.
    pub fn load_or_seed(&self) -> Result<(), CommandError> {
        initial_data::load_or_seed(&self.platform, self.base_url.configured(), &self.initial_data)
    }

    /// Resets everything to the initial data; faults and journal are cleared.
    ///
    /// # Errors
    /// The store or the seed failed; nothing has changed.
    pub fn reset(&self) -> Result<(), CommandError> {
        initial_data::reset(&self.platform, self.base_url.configured(), &self.initial_data)?;
        self.faults.reset();
        self.journal.clear(&JournalFilter::default());
        Ok(())
    }

    /// Determines route, client and base URL of a request.
    pub fn route(&self, request: HttpRequest) -> RoutedRequest {
        let (links, invalid_host) = match self.base_url.links(&request) {
            Ok(links) => (links, None),
            Err(invalid) => (self.base_url.configured().clone(), Some(invalid)),
        };
        let (route, bearer) = (Route::of(&request), Bearer::of(&request));
        let by_form = matches!(route, Route::Token).then(|| realm::client_id(&request)).flatten();
        let id = by_form.as_deref().or(bearer.client_id());
        let client = id.and_then(|id| self.platform.directory().client(id));
        RoutedRequest { request, route, bearer, client, links, invalid_host }
    }

    fn call<'a>(&'a self, routed: &'a RoutedRequest) -> Call<'a> {
        Call {
            platform: &self.platform,
            request: &routed.request,
            route: &routed.route,
            bearer: &routed.bearer,
            client: routed.client.as_deref(),
            links: &routed.links,
            base_url: &self.base_url,
            initial_data: &self.initial_data,
            faults: &self.faults,
            journal: &self.journal,
            logins: &self.logins,
        }
    }

    /// Answers a request, without faults.
    pub fn handle(&self, request: &HttpRequest) -> HttpResponse {
        // Without a fault there is always a response.
        self.handle_with(&self.route(request.clone()), None)
            .unwrap_or_else(|| HttpResponse::empty(500))
    }

    /// Fault that hits a request, for the host to apply: it waits, calls [`Gateway::handle_with`],
    /// and drops or damages the response. Counts the request, so call it once per request.
    ///
    /// # Errors
    /// The response to an invalid `Sandbox-Fault` header.
    pub fn fault(&self, routed: &RoutedRequest) -> Result<Option<FaultAction>, HttpResponse> {
        let header = routed.request.header("sandbox-fault");
        if header.is_none() && self.faults.is_empty() {
            return Ok(None);
        }
        let facts = facts(routed);
        if facts.operation.is_none() {
            return Ok(None);
        }
        let own = header
            .map(FaultAction::parse)
            .transpose()
            .map_err(|why| self.invalid_header(routed, &format!("Sandbox-Fault: {why}")))?;
        Ok(self.faults.decide(&facts, own))
    }

    /// Answers a request that a fault may hit; `None` if there is no response.
    pub fn handle_with(
        &self,
        routed: &RoutedRequest,
        fault: Option<&FaultAction>,
    ) -> Option<HttpResponse> {
        if let Some(InvalidHost(why)) = routed.invalid_host {
            return Some(self.invalid_header(routed, &format!("Host: {why}")));
        }
        let answered = match fault {
            Some(fault) if !fault.has_effect() => None,
            _ => Some(self.dispatch(routed)),
        };
        let response = match fault {
            Some(FaultAction { status: Some(status), error, retry_after, .. }) => {
                let mut response = self.fault_response(routed, *status, error.as_deref());
                if let Some(seconds) = retry_after {
                    response = response.header("retry-after", seconds.to_string());
                }
                Some(response.header("sandbox", server_header()))
            }
            _ => answered,
        };
        let is_dropped = fault.and_then(|fault| fault.drop).is_some_and(|drop| {
            matches!(
                drop,
                ResponseDrop::CloseBefore
                    | ResponseDrop::CloseAfter
                    | ResponseDrop::Reset
                    | ResponseDrop::Garbage
            )
        });
        let response = response.filter(|_| !is_dropped);
        self.record_in_journal(routed, response.as_ref(), fault);
        if response.as_ref().is_none_or(|response| !response.is_nothing_yet()) {
            self.platform.notify_change();
        }
        response
    }

    /// Response to a request whose handler panicked: an internal error of the sandbox, recorded in the
    /// journal.
    #[cfg(feature = "host")]
    pub(crate) fn panic_response(&self, routed: &RoutedRequest) -> HttpResponse {
        let HttpRequest { method, path, .. } = &routed.request;
        let error = ApiError::from(CommandError::Internal(format!("a panic at {method} {path}")));
        let response = api_error::response(&self.call(routed), None, &error);
        let response = response.header("sandbox", server_header());
        self.record_in_journal(routed, Some(&response), None);
        response
    }

    /// Whether the response takes less time than a thread switch: a poll of a process in memory that
    /// has no due event, with a key that is ready.
    pub fn is_non_blocking(&self, routed: &RoutedRequest) -> bool {
        if self.platform.store().is_durable() || !self.platform.keys().are_ready() {
            return false;
        }
        routed.route.operation().is_some_and(|route| {
            route.operation == Operation::GetStatus
                && parse_uuid(route.parameter("processId"))
                    .is_some_and(|id| !self.platform.is_due(id))
        })
    }

    fn dispatch(&self, routed: &RoutedRequest) -> HttpResponse {
        let call = self.call(routed);
        let response = access::refusal(&call).unwrap_or_else(|| match call.route {
            Route::Api(found) => api::handle(&call, found),
            Route::Token | Route::Realm => realm::handle(&call),
            Route::Control => control::handle(&call),
            Route::Page => pages::handle(&call),
            Route::WrongBasePath(path) => {
                api_error::response(&call, None, &ApiError::WrongBasePath(path.clone()))
            }
        });
        let response = match self.platform.persist_visits() {
            Ok(()) => response,
            Err(error) => {
                eprintln!("error: {error}");
                HttpResponse::empty(500)
            }
        };
        response.header("sandbox", server_header())
    }

    fn invalid_header(&self, routed: &RoutedRequest, why: &str) -> HttpResponse {
        let error = ApiError::from(DomainError::new(ErrorName::Validation, why));
        let response = api_error::response(&self.call(routed), None, &error);
        response.header("sandbox", server_header())
    }

    /// Response of a reverse proxy in front of the platform, or of the platform in trouble.
    fn fault_response(
        &self,
        routed: &RoutedRequest,
        status: u16,
        error: Option<&str>,
    ) -> HttpResponse {
        let is_token = matches!(routed.route, Route::Token);
        if status == 401 && !is_token {
            return HttpResponse::empty(401);
        }
        let error = error.unwrap_or("SandboxFault");
        if is_token {
            return HttpResponse::json(status, &serde_json::json!({ "error": error }));
        }
        api_error::fault(&self.call(routed), status, error)
    }

    fn record_in_journal(
        &self,
        routed: &RoutedRequest,
        response: Option<&HttpResponse>,
        fault: Option<&FaultAction>,
    ) {
        if matches!(routed.route, Route::Control) {
            return;
        }
        let RequestFacts { operation, client_id, organization_id, process_id } = facts(routed);
        #[derive(serde::Deserialize)]
        struct ErrorBodyName {
            name: Option<String>,
            error: Option<String>,
        }
        let failed = response.filter(|response| response.status >= 400);
        let error = failed
            .and_then(|response| serde_json::from_slice::<ErrorBodyName>(&response.body).ok())
            .and_then(|body| body.name.or(body.error));
        self.journal.write(JournalEntry {
            sequence: 0,
            at: self.platform.clocks().now(organization_id),
            method: routed.request.method.clone(),
            path: routed.request.path.clone(),
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

/// What faults and the journal match requests by. Only operations and token requests have an
/// `operation`.
fn facts(routed: &RoutedRequest) -> RequestFacts {
    let mut facts = RequestFacts::default();
    match (&routed.route, routed.route.operation()) {
        (Route::Token, _) => facts.operation = Some("token".to_owned()),
        (_, Some(route)) => {
            facts.operation = Some(route.operation.to_string());
            facts.process_id = parse_uuid(route.parameter("processId"));
        }
        _ => return facts,
    }
    if let Some(client) = &routed.client {
        facts.client_id = Some(client.id.clone());
        facts.organization_id = client.owner.organization;
    }
    facts
}
