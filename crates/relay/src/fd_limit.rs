//! File descriptors: each connection holds one, and so does each request to the platform. A relay
//! that runs out of them refuses calls that it has already let in, so the limit of connections keeps
//! to what the process may open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::auth::introspect;
use crate::config::RelayConfig;
use crate::lifecycle::ADMIN_CONNECTIONS;

/// For the runtime, listeners, files of secrets, Redis, names being looked up, tokens and keys.
const OTHERS: usize = 64;

/// Descriptors that are needed reserved those of callers' connections.
pub fn reserved_descriptors(config: &RelayConfig) -> usize {
    let issuers = config.auth.issuer.iter();
    let asked = issuers.filter(|issuer| issuer.introspection_url.is_some()).count();
    // Whole answers and streamed ones have pools of their own: one may be idle while the other is busy.
    let requests = config.upstream.max_concurrent.saturating_mul(2);
    let upstream = requests.saturating_add(config.upstream.max_uploads);
    upstream.saturating_add(
        asked * introspect::MAX_CONCURRENT_INTROSPECTIONS + ADMIN_CONNECTIONS + OTHERS,
    )
}

/// Raises the soft limit of the process to the hard one, and lowers `server.max_connections` to
/// what fits. Returns a warning when it had to.
///
/// # Errors
/// A sentence, when there is no room for a single connection.
pub fn raise_limit(config: &mut RelayConfig) -> Result<Option<String>, String> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let limit = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        // Some systems take less than their own hard limit; then the soft one counts.
        Err(_) => limit.current,
    };
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    fit_connections(config, limit)
}

fn fit_connections(config: &mut RelayConfig, limit: usize) -> Result<Option<String>, String> {
    let (wanted, reserved) = (config.server.max_connections, reserved_descriptors(config));
    let needed = wanted.saturating_add(reserved);
    let how = format!(
        "the process may open {limit} file descriptors (RLIMIT_NOFILE: `ulimit -n`, systemd \
         `LimitNOFILE=`, compose `ulimits: nofile`), and server.max_connections = {wanted} needs \
         {needed}: {reserved} are for calls to the platform and the relay's own files"
    );
    match limit.saturating_sub(reserved) {
        room if room >= wanted => Ok(None),
        0 => Err(how),
        room => {
            config.server.max_connections = room;
            Ok(Some(format!("{how}; connections are limited to {room}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::IssuerConfig;

    #[test]
    fn connections_keep_to_the_limit() {
        let mut config = RelayConfig::default();
        config.server.max_connections = 1000;
        let reserved = reserved_descriptors(&config);
        assert_eq!(reserved, 2 * 128 + 32 + 64 + 64);
        assert_eq!(fit_connections(&mut config, reserved + 1000), Ok(None));
        assert_eq!(fit_connections(&mut config, usize::MAX), Ok(None));
        assert_eq!(config.server.max_connections, 1000);
        let warning = fit_connections(&mut config, reserved + 999).unwrap().unwrap();
        assert!(warning.contains("1415") && warning.contains("limited to 999"), "{warning}");
        assert_eq!(config.server.max_connections, 999);
        assert!(fit_connections(&mut config, reserved + 1).unwrap().is_some());
        assert!(fit_connections(&mut config, reserved).unwrap_err().contains("RLIMIT_NOFILE"));
        assert!(fit_connections(&mut config, 0).is_err());
    }

    #[test]
    fn questions_to_an_issuer_count() {
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
