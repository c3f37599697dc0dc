//! Requests with their derived data: route, caller and base URL.

use std::sync::Arc;

use crate::directory::OAuthClient;
use crate::faults::Faults;
use crate::http::HttpRequest;
use crate::initial_data::InitialData;
use crate::journal::Journal;
use crate::links::{BaseUrl, InvalidHost, Links};
use crate::platform::Platform;
use crate::route::Route;
use crate::sessions::AdminLogins;
use crate::tokens::Bearer;

/// Request that the gateway has routed and whose token it has decoded.
#[derive(Debug, Clone)]
pub struct RoutedRequest {
    pub(crate) request: HttpRequest,
    pub(crate) route: Route,
    pub(crate) bearer: Bearer,
    /// Client named by the request, not authenticated: for journal, faults and clock.
    pub(crate) client: Option<Arc<OAuthClient>>,
    pub(crate) links: Links,
    pub(crate) invalid_host: Option<InvalidHost>,
}

impl RoutedRequest {
    /// The request.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) request: &'a HttpRequest,
    pub(crate) route: &'a Route,
    pub(crate) bearer: &'a Bearer,
    pub(crate) client: Option<&'a OAuthClient>,
    pub(crate) links: &'a Links,
    pub(crate) base_url: &'a BaseUrl,
    pub(crate) initial_data: &'a InitialData,
    pub(crate) faults: &'a Faults,
    pub(crate) journal: &'a Journal,
    pub(crate) logins: &'a AdminLogins,
}
