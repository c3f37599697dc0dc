//! File descriptor limit (RLIMIT_NOFILE). Each accepted connection and each request to the platform
//! uses a descriptor. The connection limit is lowered to what the process may open, so that accepted
//! requests do not fail for lack of descriptors.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::auth::introspect;
use crate::config::RelayConfig;
use crate::lifecycle::ADMIN_CONNECTIONS;
use crate::start_error::StartError;

/// Runtime, listeners, secret files, Redis, DNS lookups, token and JWKS requests.
const OTHERS: usize = 64;

/// Descriptors for everything but the connections of callers.
pub fn reserved_descriptors(config: &RelayConfig) -> usize {
    let issuers = config.auth.issuer.iter();
    let introspected = issuers.filter(|issuer| issuer.introspection_url.is_some()).count();
    // hyper-util's pool opens a connection while it waits for an idle one: up to two for each request.
    let requests = config.upstream.max_concurrent_requests.saturating_mul(2);
    let upstream = requests
        .saturating_add(config.upstream.max_concurrent_uploads)
        .saturating_add(config.upstream.max_concurrent_downloads.saturating_mul(2));
    upstream.saturating_add(
        introspected * introspect::MAX_CONCURRENT_INTROSPECTIONS + ADMIN_CONNECTIONS + OTHERS,
    )
}

/// Raises the soft limit to the hard limit, and lowers `server.max_connections` if necessary: then it
/// returns a warning.
///
/// # Errors
/// If the limit is too low for a single connection.
pub fn raise_limit(config: &mut RelayConfig) -> Result<Option<String>, StartError> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let limit = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        // Some systems reject their own hard limit; then the soft limit applies.
        Err(_) => limit.current,
    };
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    fit_connections(config, limit)
}

fn fit_connections(config: &mut RelayConfig, limit: usize) -> Result<Option<String>, StartError> {
    let (max_connections, reserved) = (config.server.max_connections, reserved_descriptors(config));
    let needed = max_connections.saturating_add(reserved);
    let message = format!(
        "the process may open {limit} file descriptors (RLIMIT_NOFILE: `ulimit -n`, systemd \
         `LimitNOFILE=`, compose `ulimits: nofile`), and server.max_connections = \
         {max_connections} needs {needed}, of which {reserved} are for requests to the platform and \
         the relay's own files"
    );
    match limit.saturating_sub(reserved) {
        available if available >= max_connections => Ok(None),
        0 => Err(message.into()),
        available => {
            config.server.max_connections = available;
            Ok(Some(format!("{message}; connections are limited to {available}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::IssuerConfig;

    #[test]
    fn limits_connections_to_the_available_descriptors() {
        let mut config = RelayConfig::default();
        config.server.max_connections = 1000;
        let reserved = reserved_descriptors(&config);
        assert_eq!(reserved, 2 * 128 + 32 + 2 * 64 + 64 + 64);
        assert_eq!(fit_connections(&mut config, reserved + 1000).unwrap(), None);
        assert_eq!(fit_connections(&mut config, usize::MAX).unwrap(), None);
        assert_eq!(config.server.max_connections, 1000);
        let warning = fit_connections(&mut config, reserved + 999).unwrap().unwrap();
        assert!(warning.contains("1543") && warning.contains("limited to 999"), "{warning}");
        assert_eq!(config.server.max_connections, 999);
        assert!(fit_connections(&mut config, reserved + 1).unwrap().is_some());
        assert!(
            fit_connections(&mut config, reserved).unwrap_err().report().contains("RLIMIT_NOFILE")
        );
        assert!(fit_connections(&mut config, 0).is_err());
    }

    #[test]
    fn reserves_descriptors_for_introspection() {
        let mut config = RelayConfig::default();
        let before = reserved_descriptors(&config);
        let introspection_url = Some("https://issuer.example".into());
        config.auth.issuer.push(IssuerConfig { introspection_url, ..IssuerConfig::default() });
        assert_eq!(
            reserved_descriptors(&config),
            before + introspect::MAX_CONCURRENT_INTROSPECTIONS
        );
    }
}
