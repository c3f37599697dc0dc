//! Every problem of a configuration: what [`validate()`] reports, and what would otherwise appear only at
//! the start or at the first request.

use std::collections::BTreeSet;

use crate::config::RelayConfig;
use crate::config::validate::validate;
use crate::listen::tls::ReloadingTls;
use crate::policy::{fields, urls};
use crate::redis::RedisClient;
use crate::start_error::report as causes;
use crate::telemetry::log;
use crate::upstream::client::HttpClient;

/// Returns each problem as `key: message`; empty if the relay can start and work.
pub fn problems(config: &RelayConfig) -> Vec<String> {
    let mut problems = validate(config);
    let mut report = |key: &str, why: &str| problems.push(format!("{key}: {why}"));
    check_values(config, &mut report);
    check_server(config, &mut report);
    check_policy(config, &mut report);
    check_unused(config, &mut report);
    if let (Some(cert), Some(key)) = (&config.server.tls_cert_file, &config.server.tls_key_file)
        && let Err(error) = ReloadingTls::load(cert, key)
    {
        report("server.tls_cert_file", &error.report());
    }
    if let Some(file) = &config.upstream.ca_file
        && let Err(error) = HttpClient::check_ca_file(file)
    {
        report("upstream.ca_file", &error.report());
    }
    if let Err(error) = log::filter(&config.log) {
        report("log.filter", &error.report());
    }
    if let Some(redis) = &config.redis
        && redis.url.as_ref().is_some_and(|url| url.read().is_ok())
        && let Err(error) = RedisClient::open(redis)
    {
        report("redis.url", &error.report());
    }
    for (key, secret) in second_secrets(config) {
        if let Err(error) = secret.read() {
            report(&key, &causes(&error));
        }
    }
    problems
}

fn second_secrets(config: &RelayConfig) -> Vec<(String, &crate::secret::SecretSource)> {
    let general = ("oauth.client_secret_next".to_owned(), &config.oauth.client_secret_next);
    let tenants = config.tenant.iter().map(|(name, tenant)| {
        (format!("tenant.{name}.client_secret_next"), &tenant.client_secret_next)
    });
    let all = std::iter::once(general).chain(tenants);
    all.filter_map(|(key, secret)| Some((key, secret.as_ref()?))).collect()
}

/// Values with which no request succeeds.
fn check_values(config: &RelayConfig, report: &mut impl FnMut(&str, &str)) {
    let (server, upstream, limits) = (&config.server, &config.upstream, &config.limits);
    for (key, value, min) in [
        ("server.max_connections", server.max_connections, 1),
        ("server.max_connections_per_ip", server.max_connections_per_ip, 1),
        ("server.max_headers", server.max_headers, 16),
        ("server.max_header_bytes", server.max_header_bytes, 1024),
        ("upstream.max_concurrent_requests", upstream.max_concurrent_requests, 1),
        ("upstream.max_concurrent_uploads", upstream.max_concurrent_uploads, 1),
        ("upstream.max_concurrent_downloads", upstream.max_concurrent_downloads, 1),
        ("limits.uploads_per_user", limits.uploads_per_user, 1),
        ("limits.downloads_per_user", limits.downloads_per_user, 1),
        ("list.max_pages", config.list.max_pages as usize, 1),
        ("idempotency.max_entries", config.idempotency.max_entries, 1),
    ] {
        if value < min {
            report(key, &format!("must be at least {min}, not {value}"));
        }
    }
    for (key, value) in [
        ("server.header_timeout", server.header_timeout),
        ("server.keep_alive_timeout", server.keep_alive_timeout),
        ("server.body_idle_timeout", server.body_idle_timeout),
        ("server.body_timeout", server.body_timeout),
        ("server.tls_reload_interval", server.tls_reload_interval),
        ("upstream.connect_timeout", upstream.connect_timeout),
        ("upstream.response_header_timeout", upstream.response_header_timeout),
        ("oauth.request_timeout", config.oauth.request_timeout),
        ("oauth.first_token_timeout", config.oauth.first_token_timeout),
        ("idempotency.ttl", config.idempotency.ttl),
    ] {
        if value.0.is_zero() {
            report(key, "must be longer than 0s");
        }
    }
}

fn check_server(config: &RelayConfig, report: &mut impl FnMut(&str, &str)) {
    let server = &config.server;
    if server.listen.port() != 0 && server.listen.port() == server.admin_listen.port() {
        report("server.admin_listen", "must have another port than server.listen");
    }
    let is_host = |host: &str| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
    };
    for host in server.public_hosts.iter().filter(|host| !is_host(host)) {
        let why = format!("invalid host `{host}`: expected a value such as `relay.example.ch`");
        report("server.public_hosts", &why);
    }
    let bases = std::iter::once(("upstream.base_url".to_owned(), &config.upstream.base_url)).chain(
        config.tenant.iter().filter_map(|(name, tenant)| {
            Some((format!("tenant.{name}.base_url"), tenant.base_url.as_ref()?))
        }),
    );
    for (key, base) in bases {
        if base.trim_end_matches('/').ends_with("/api") {
            report(&key, &format!("`{base}` must not end with /api, which the relay appends"));
        }
    }
    // RFC 6265 section 4.1.1: a token (RFC 9110 section 5.6.2).
    let is_token = |name: &str| {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        !name.is_empty() && name.bytes().all(is_token)
    };
    if let Some(name) = config.auth.cookie_name.as_ref().filter(|name| !is_token(name)) {
        report("auth.cookie_name", &format!("invalid cookie name `{name}`"));
    }
}

fn check_policy(config: &RelayConfig, report: &mut impl FnMut(&str, &str)) {
    let known = fields::paths();
    for path in config.policy.allow_fields.iter().filter(|path| !known.contains(path.as_str())) {
        let similar: BTreeSet<_> =
            known.iter().filter(|known| known.eq_ignore_ascii_case(path)).collect();
        let hint = match similar.first() {
            Some(similar) => format!("use `{similar}`"),
            None => "use the path of a field of the contract such as `teamId`".to_owned(),
        };
        report("policy.allow_fields", &format!("unknown field `{path}`: {hint}"));
    }
    let origins = &config.policy.allowed_return_origins;
    for origin in origins {
        if let Err(why) = urls::check_return_url(&format!("{origin}/"), origins, false) {
            let why = format!("`{origin}`: the relay rejects all its URLs: {why}");
            report("policy.allowed_return_origins", &why);
        }
    }
}

/// Settings without effect.
fn check_unused(config: &RelayConfig, report: &mut impl FnMut(&str, &str)) {
    if config.tenant.is_empty() {
        return;
    }
    let oauth = &config.oauth;
    for (key, secret) in [
        ("oauth.client_id", &oauth.client_id),
        ("oauth.client_secret", &oauth.client_secret),
        ("oauth.client_secret_next", &oauth.client_secret_next),
    ] {
        if secret.is_some() {
            report(key, "has no effect because tenants are configured: move it to [tenant.NAME]");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::parse;

    #[test]
    fn reports_what_would_fail_at_the_start_or_at_the_first_request() {
        for (file, key) in [
            ("[server]\ntls_cert_file = \"/no\"\ntls_key_file = \"/no\"", "server.tls_cert_file"),
            ("[upstream]\nca_file = \"/nowhere.pem\"", "upstream.ca_file"),
            ("[upstream]\nbase_url = \"https://sign.example/system/api\"", "upstream.base_url"),
            ("[log]\nfilter = \"relay=loud\"", "log.filter"),
            ("[log]\nfilter = \"inof\"", "log.filter"),
            ("[redis]\nurl = { env = \"PATH\" }", "redis.url"),
            (
                "[server]\nlisten = \"0.0.0.0:1\"\nadmin_listen = \"127.0.0.1:1\"",
                "server.admin_listen",
            ),
            ("[server]\npublic_hosts = [\"https://relay.example\"]", "server.public_hosts"),
            ("[server]\npublic_hosts = [\"relay.example \"]", "server.public_hosts"),
            ("[server]\nmax_connections = 0", "server.max_connections"),
            ("[server]\nmax_connections_per_ip = 0", "server.max_connections_per_ip"),
            ("[server]\nmax_headers = 0", "server.max_headers"),
            ("[server]\nmax_header_bytes = 1", "server.max_header_bytes"),
            ("[server]\nbody_timeout = \"0s\"", "server.body_timeout"),
            ("[server]\nbody_idle_timeout = \"0s\"", "server.body_idle_timeout"),
            ("[server]\nheader_timeout = \"0s\"", "server.header_timeout"),
            ("[server]\nkeep_alive_timeout = \"0s\"", "server.keep_alive_timeout"),
            ("[server]\ntls_reload_interval = \"0s\"", "server.tls_reload_interval"),
            ("[upstream]\nmax_concurrent_requests = 0", "upstream.max_concurrent_requests"),
            ("[upstream]\nmax_concurrent_uploads = 0", "upstream.max_concurrent_uploads"),
            ("[upstream]\nmax_concurrent_downloads = 0", "upstream.max_concurrent_downloads"),
            ("[upstream]\nconnect_timeout = \"0s\"", "upstream.connect_timeout"),
            ("[upstream]\nresponse_header_timeout = \"0s\"", "upstream.response_header_timeout"),
            ("[oauth]\nrequest_timeout = \"0s\"", "oauth.request_timeout"),
            ("[oauth]\nfirst_token_timeout = \"0s\"", "oauth.first_token_timeout"),
            ("[limits]\nuploads_per_user = 0", "limits.uploads_per_user"),
            ("[limits]\ndownloads_per_user = 0", "limits.downloads_per_user"),
            ("[list]\nmax_pages = 0", "list.max_pages"),
            ("[idempotency]\nmax_entries = 0", "idempotency.max_entries"),
            ("[idempotency]\nttl = \"0s\"", "idempotency.ttl"),
            ("[policy]\nallow_fields = [\"teamID\"]", "policy.allow_fields"),
            ("[policy]\nallow_fields = [\"x.y\"]", "policy.allow_fields"),
            (
                "[policy]\nallowed_return_origins = [\"http://app.example\"]",
                "policy.allowed_return_origins",
            ),
            (
                "[oauth]\nclient_secret_next = { file = \"/nowhere\" }",
                "oauth.client_secret_next: cannot read /nowhere",
            ),
            (
                "[tenant.acme]\nclient_secret_next = { file = \"/nowhere\" }",
                "tenant.acme.client_secret_next",
            ),
            ("[auth]\ncookie_name = \"a b;c\"", "auth.cookie_name"),
            ("[oauth]\nclient_id = { env = \"PATH\" }\n[tenant.acme]", "oauth.client_id: has no"),
        ] {
            let found = problems(&parse(file, []).unwrap());
            assert!(found.iter().any(|line| line.starts_with(key)), "{file}: {found:?}");
        }
        let hint = problems(&parse("[policy]\nallow_fields = [\"teamID\"]", []).unwrap());
        assert!(hint.iter().any(|line| line.contains("use `teamId`")), "{hint:?}");
    }

    #[test]
    fn accepts_the_defaults_and_every_field_of_the_contract() {
        let file = "[policy]\n\
            allowed_return_origins = [\"http://127.0.0.1:5173\", \"https://app.example\"]\n\
            allow_fields = [\"teamId\", \"initiator.verification\", \"scope\"]\n\
            [log]\nfilter = \"info,swisscom_sign_relay=debug,hyper=off\"\n\
            [server]\npublic_hosts = [\"relay.example.ch\", \"[::1]:8490\"]";
        let found = problems(&parse(file, []).unwrap());
        // What has no default: credentials, owner keys and issuers.
        let missing = ["oauth.client_id", "oauth.client_secret", "owner.keys", "auth.issuer"];
        for line in found {
            assert!(missing.iter().any(|key| line.starts_with(key)), "{line}");
        }
    }
}
