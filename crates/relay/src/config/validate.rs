//! Validates what the types of the configuration cannot express, and reports all problems at once.

use secrecy::ExposeSecret;
use swisscom_sign::contract::Scope;
use url::Url;

use super::{IssuerConfig, OwnerKeyConfig, RelayConfig};
use crate::secret::SecretSource;
use crate::start_error::report as causes;

/// Minimum key length for HMAC-SHA256 (RFC 7518 section 3.2).
pub(crate) const MIN_KEY_BYTES: usize = 32;
const JWKS_ALGS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// Returns each problem as `key: message`; empty if the configuration is valid.
pub fn validate(config: &RelayConfig) -> Vec<String> {
    let mut problems = Vec::new();
    let loopback_http = config.upstream.allow_http_loopback;
    let mut check_url = |key: &str, text: &str, query| {
        if let Err(error) = fixed_url(text, loopback_http, query) {
            problems.push(format!("{key}: {}", causes(&error)));
        }
    };
    let mut url = |key: &str, text: &str| check_url(key, text, UrlQuery::Forbidden);
    url("upstream.base_url", &config.upstream.base_url);
    url("oauth.token_url", &config.oauth.token_url);
    for (name, tenant) in &config.tenant {
        if let Some(base) = &tenant.base_url {
            url(&format!("tenant.{name}.base_url"), base);
        }
        if let Some(token_url) = &tenant.token_url {
            url(&format!("tenant.{name}.token_url"), token_url);
        }
    }
    for (index, issuer) in config.auth.issuer.iter().enumerate() {
        if let Some(jwks) = &issuer.jwks_url {
            check_url(&format!("auth.issuer[{index}].jwks_url"), jwks, UrlQuery::Allowed);
        }
        if let Some(introspection) = &issuer.introspection_url {
            let key = format!("auth.issuer[{index}].introspection_url");
            check_url(&key, introspection, UrlQuery::Forbidden);
        }
    }
    let mut report = |key: &str, why: &str| problems.push(format!("{key}: {why}"));
    if config.server.public_hosts.is_empty() {
        report(
            "server.public_hosts",
            "missing: list the hosts under which callers reach the relay",
        );
    }
    if config.server.tls_cert_file.is_some() != config.server.tls_key_file.is_some() {
        report("server.tls_cert_file", "set both or neither of tls_cert_file and tls_key_file");
    }
    if config.server.trusted_proxy_hops == 0 {
        report("server.trusted_proxy_hops", "must be at least 1");
    }
    if config.tickets.max_ttl.0 > std::time::Duration::from_secs(300) {
        report("tickets.max_ttl", "must be at most 300s");
    }
    for scope in &config.token_route.scopes {
        match Scope::parse(scope) {
            None => report(
                "token_route.scopes",
                &format!(
                    "unknown scope `{scope}`: use a scope of the contract such as `sswp:process:read`"
                ),
            ),
            Some(Scope::ReadAll) => {
                report("token_route.scopes", "`sswp:process:read:all` is not allowed")
            }
            Some(_) => {}
        }
    }
    for (key, origins) in [
        ("cors.allowed_origins", &config.cors.allowed_origins),
        ("policy.allowed_return_origins", &config.policy.allowed_return_origins),
    ] {
        for origin in origins {
            if !is_origin(origin) {
                report(
                    key,
                    &format!(
                        "invalid origin `{origin}`: expected a value such as https://app.example.ch"
                    ),
                );
            }
        }
    }
    if let Some(redis) = &config.redis {
        match redis.url.as_ref().map(SecretSource::read) {
            None => report("redis.url", "missing: set { file = … } or { env = … }"),
            Some(Err(error)) => report("redis.url", &causes(&error)),
            Some(Ok(_)) => {}
        }
        if redis.command_timeout.0.is_zero()
            || redis.command_timeout.0 > std::time::Duration::from_secs(1)
        {
            report(
                "redis.command_timeout",
                "must be at most 1s: requests wait this long if Redis is unavailable",
            );
        }
    }
    credentials(config, &mut report);
    owner_keys("owner.keys", &config.owner.keys, &mut report);
    if config.owner.keys.is_empty() {
        report(
            "owner.keys",
            "missing: add at least one key, which signs the owner tags of processes",
        );
    }
    let property = &config.owner.property;
    if property.is_empty() || property.len() > 64 || !property.starts_with("relay.") {
        report("owner.property", "must start with `relay.` and have at most 64 characters");
    }
    for (name, tenant) in &config.tenant {
        owner_keys(&format!("tenant.{name}.owner_keys"), &tenant.owner_keys, &mut report);
    }
    if config.auth.issuer.is_empty() {
        report("auth.issuer", "no issuer configured: add at least one `[[auth.issuer]]`");
    }
    for (index, issuer) in config.auth.issuer.iter().enumerate() {
        check_issuer(&format!("auth.issuer[{index}]"), issuer, &mut report);
    }
    let mut issuers: Vec<_> = config.auth.issuer.iter().map(|issuer| &issuer.iss).collect();
    issuers.sort_unstable();
    if issuers.windows(2).any(|pair| pair.first() == pair.last()) {
        report("auth.issuer", "duplicate `iss`");
    }
    if config.auth.issuer.iter().filter(|issuer| issuer.introspection_url.is_some()).count() > 1 {
        report(
            "auth.issuer",
            "only one issuer can have introspection_url: an opaque token does not name its issuer",
        );
    }
    if !config.tenant.is_empty() {
        for (index, issuer) in config.auth.issuer.iter().enumerate() {
            if issuer.tenant_claim.is_none() {
                let key = format!("auth.issuer[{index}].tenant_claim");
                report(&key, "missing: it is required because tenants are configured");
            }
        }
    }
    problems
}

fn credentials(config: &RelayConfig, report: &mut impl FnMut(&str, &str)) {
    let mut pair = |key: &str, id: &Option<SecretSource>, secret: &Option<SecretSource>| {
        for (name, source) in [("client_id", id), ("client_secret", secret)] {
            match source.as_ref().map(SecretSource::read) {
                None => {
                    report(&format!("{key}.{name}"), "missing: set { file = … } or { env = … }")
                }
                Some(Err(error)) => report(&format!("{key}.{name}"), &causes(&error)),
                Some(Ok(_)) => {}
            }
        }
    };
    if config.tenant.is_empty() {
        pair("oauth", &config.oauth.client_id, &config.oauth.client_secret);
    }
    for (name, tenant) in &config.tenant {
        pair(&format!("tenant.{name}"), &tenant.client_id, &tenant.client_secret);
    }
}

fn owner_keys(key: &str, keys: &[OwnerKeyConfig], report: &mut impl FnMut(&str, &str)) {
    let mut kids: Vec<_> = keys.iter().map(|key| key.kid).collect();
    kids.sort_unstable();
    if kids.windows(2).any(|pair| pair.first() == pair.last()) {
        report(key, "duplicate kid");
    }
    for (index, owner) in keys.iter().enumerate() {
        check_key_length(&format!("{key}[{index}].secret"), &owner.secret, report);
    }
}

fn check_key_length(key: &str, source: &SecretSource, report: &mut impl FnMut(&str, &str)) {
    match source.read() {
        Ok(secret) if secret.expose_secret().len() < MIN_KEY_BYTES => {
            report(key, &format!("too short: at least {MIN_KEY_BYTES} bytes are required"));
        }
        Ok(_) => {}
        Err(error) => report(key, &causes(&error)),
    }
}

fn check_issuer(key: &str, issuer: &IssuerConfig, report: &mut impl FnMut(&str, &str)) {
    for (name, value) in [("iss", &issuer.iss), ("aud", &issuer.aud)] {
        if value.is_empty() {
            report(&format!("{key}.{name}"), "missing");
        }
    }
    if issuer.clock_skew.0 > std::time::Duration::from_secs(300) {
        report(&format!("{key}.clock_skew"), "must be at most 300s");
    }
    match (&issuer.jwks_url, &issuer.hs256_secret, &issuer.introspection_url) {
        (None, None, Some(_)) => {
            if !issuer.algs.is_empty() {
                report(&format!("{key}.algs"), "not allowed with `introspection_url`: remove it");
            }
            if issuer.cache_ttl.0 > std::time::Duration::from_secs(60) {
                report(&format!("{key}.cache_ttl"), "must be at most 60s");
            }
            let client =
                [("client_id", &issuer.client_id), ("client_secret", &issuer.client_secret)];
            for (name, source) in client {
                match source.as_ref().map(SecretSource::read) {
                    None => {
                        report(
                            &format!("{key}.{name}"),
                            "missing: set { file = … } or { env = … }",
                        );
                    }
                    Some(Err(error)) => report(&format!("{key}.{name}"), &causes(&error)),
                    Some(Ok(_)) => {}
                }
            }
        }
        (Some(_), None, None) => {
            if issuer.algs.is_empty() {
                report(
                    &format!("{key}.algs"),
                    "missing: set the allowed algorithms, such as [\"RS256\"]",
                );
            }
            for alg in &issuer.algs {
                if !JWKS_ALGS.contains(&alg.as_str()) {
                    let known = JWKS_ALGS.join(", ");
                    report(
                        &format!("{key}.algs"),
                        &format!("unknown algorithm `{alg}`: expected one of {known}"),
                    );
                }
            }
        }
        (None, Some(secret), None) => {
            if issuer.algs.iter().any(|alg| alg != "HS256") {
                report(&format!("{key}.algs"), "must be [\"HS256\"] with a shared secret");
            }
            check_key_length(&format!("{key}.hs256_secret"), secret, report);
        }
        _ => report(key, ONE_VERIFICATION_METHOD),
    }
}

pub(crate) const ONE_VERIFICATION_METHOD: &str =
    "set exactly one of jwks_url, hs256_secret and introspection_url";

/// Why the relay does not request a URL.
#[derive(Debug, thiserror::Error)]
enum UrlError {
    #[error("invalid URL `{0}`")]
    Invalid(String, #[source] url::ParseError),
    #[error("http requires upstream.allow_http_loopback (for the sandbox only)")]
    HttpLoopback,
    #[error("must be https")]
    NotHttps,
    #[error("must not contain credentials")]
    Credentials,
    #[error("must not have a query")]
    Query,
    #[error("must not have a fragment")]
    Fragment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UrlQuery {
    Allowed,
    /// A path is appended to the URL, or the query would be sent twice.
    Forbidden,
}

/// A URL that the relay itself requests.
fn fixed_url(text: &str, loopback_http: bool, query: UrlQuery) -> Result<(), UrlError> {
    let url = Url::parse(text).map_err(|error| UrlError::Invalid(text.to_owned(), error))?;
    let loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback && loopback_http => {}
        "http" if loopback => return Err(UrlError::HttpLoopback),
        _ => return Err(UrlError::NotHttps),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlError::Credentials);
    }
    if url.query().is_some() && query == UrlQuery::Forbidden {
        return Err(UrlError::Query);
    }
    if url.fragment().is_some() {
        return Err(UrlError::Fragment);
    }
    Ok(())
}

/// Serialized origin, as a browser sends it (RFC 6454 section 6.2).
fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "https" | "http") && url.origin().ascii_serialization() == text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::parse;

    #[test]
    fn reports_all_problems_of_an_empty_configuration() {
        let problems = validate(&parse("", []).unwrap());
        for key in [
            "server.public_hosts",
            "oauth.client_id",
            "oauth.client_secret",
            "owner.keys",
            "auth.issuer",
        ] {
            assert!(problems.iter().any(|line| line.starts_with(key)), "{key}: {problems:?}");
        }
    }

    #[test]
    fn rejects_unsafe_values() {
        for (file, key) in [
            ("[upstream]\nbase_url = \"http://sign.example\"", "upstream.base_url"),
            ("[upstream]\nbase_url = \"http://127.0.0.1:1\"", "upstream.base_url"),
            ("[upstream]\nbase_url = \"https://u:p@sign.example\"", "upstream.base_url"),
            ("[token_route]\nscopes = [\"sswp:process:read:all\"]", "token_route.scopes"),
            ("[tickets]\nmax_ttl = \"301s\"", "tickets.max_ttl"),
            ("[cors]\nallowed_origins = [\"*\"]", "cors.allowed_origins"),
            ("[cors]\nallowed_origins = [\"https://a.example/\"]", "cors.allowed_origins"),
            ("[cors]\nallowed_origins = [\"null\"]", "cors.allowed_origins"),
            ("[owner]\nproperty = \"x\"", "owner.property"),
            ("[redis]", "redis.url"),
            ("[redis]\ncommand_timeout = \"2s\"", "redis.command_timeout"),
            (
                "[[auth.issuer]]\niss = \"i\"\naud = \"a\"\njwks_url = \"https://i.example\"\nalgs = [\"HS256\"]",
                "auth.issuer[0].algs",
            ),
            (
                "[[auth.issuer]]\niss = \"i\"\naud = \"a\"\njwks_url = \"https://i.example\"\nalgs = [\"none\"]",
                "auth.issuer[0].algs",
            ),
            ("[[auth.issuer]]\niss = \"i\"", "auth.issuer[0].aud"),
            (
                "[[auth.issuer]]\nintrospection_url = \"http://i.example\"",
                "auth.issuer[0].introspection_url",
            ),
            (
                "[[auth.issuer]]\nintrospection_url = \"https://i.example\"",
                "auth.issuer[0].client_secret",
            ),
            (
                "[[auth.issuer]]\nintrospection_url = \"https://i.example\"\ncache_ttl = \"61s\"",
                "auth.issuer[0].cache_ttl",
            ),
            (
                "[[auth.issuer]]\nintrospection_url = \"https://i.example\"\njwks_url = \"https://i.example\"",
                "auth.issuer[0]: set exactly one",
            ),
            (
                "[[auth.issuer]]\niss = \"i\"\naud = \"a\"\nhs256_secret = { env = \"PATH_THAT_IS_NOT_SET\" }",
                "auth.issuer[0].hs256_secret",
            ),
        ] {
            let problems = validate(&parse(file, []).unwrap());
            assert!(problems.iter().any(|line| line.starts_with(key)), "{key}: {problems:?}");
        }
        let config =
            parse("[upstream]\nbase_url = \"http://127.0.0.1:1\"\nallow_http_loopback = true", []);
        assert!(!validate(&config.unwrap()).iter().any(|line| line.starts_with("upstream")));
    }

    #[test]
    fn rejects_short_keys() {
        let path = std::env::temp_dir().join(format!("relay-key-{}", std::process::id()));
        std::fs::write(&path, "x".repeat(31)).unwrap();
        let file = format!("[owner]\nkeys = [{{ kid = 1, secret = {{ file = {path:?} }} }}]");
        let of = |config: &str| {
            validate(&parse(config, []).unwrap()).iter().any(|l| l.starts_with("owner.keys[0]"))
        };
        assert!(of(&file));
        std::fs::write(&path, "x".repeat(32)).unwrap();
        assert!(!of(&file));
        std::fs::remove_file(path).unwrap();
    }
}
