//! What the types of the configuration cannot say. Every problem comes at once, with its key.

use secrecy::ExposeSecret;
use swisscom_sign::contract::Scope;
use url::Url;

use super::{IssuerConfig, OwnerKeyConfig, RelayConfig};
use crate::secret::SecretSource;

/// Least bytes of a key for HMAC-SHA256 (RFC 7518 section 3.2).
pub const MIN_KEY_BYTES: usize = 32;
/// Algorithms of tokens that a JWKS may verify.
pub const JWKS_ALGS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// Everything that is wrong, as `key: sentence`. Empty when the relay can start.
pub fn validate(config: &RelayConfig) -> Vec<String> {
    let mut wrong = Vec::new();
    let loopback_http = config.upstream.allow_http_loopback;
    let mut url = |key: &str, text: &str| {
        if let Err(why) = fixed_url(text, loopback_http) {
            wrong.push(format!("{key}: {why}"));
        }
    };
    url("upstream.base", &config.upstream.base);
    url("oauth.token_url", &config.oauth.token_url);
    for (name, tenant) in &config.tenant {
        if let Some(base) = &tenant.base {
            url(&format!("tenant.{name}.base"), base);
        }
        if let Some(token_url) = &tenant.token_url {
            url(&format!("tenant.{name}.token_url"), token_url);
        }
    }
    for (index, issuer) in config.auth.issuer.iter().enumerate() {
        if let Some(jwks) = &issuer.jwks_url {
            url(&format!("auth.issuer[{index}].jwks_url"), jwks);
        }
        if let Some(introspection) = &issuer.introspection_url {
            url(&format!("auth.issuer[{index}].introspection_url"), introspection);
        }
    }
    let mut say = |key: &str, why: &str| wrong.push(format!("{key}: {why}"));
    if config.server.public_hosts.is_empty() {
        say("server.public_hosts", "is empty; name the host under which callers reach the relay");
    }
    if config.server.tls_cert_file.is_some() != config.server.tls_key_file.is_some() {
        say("server.tls_cert_file", "and tls_key_file come together");
    }
    if config.server.xff_hops == 0 {
        say("server.xff_hops", "must be at least 1");
    }
    if config.tickets.lifetime.0 > std::time::Duration::from_secs(300) {
        say("tickets.lifetime", "must be at most 300s");
    }
    for scope in &config.token_mode.scopes {
        match Scope::parse(scope) {
            None => say("token_mode.scopes", &format!("`{scope}` is no scope of the contract")),
            Some(Scope::ReadAll) => {
                say("token_mode.scopes", "sswp:process:read:all is never handed out")
            }
            Some(_) => {}
        }
    }
    for (key, origins) in [
        ("cors.origins", &config.cors.origins),
        ("policy.return_origins", &config.policy.return_origins),
    ] {
        for origin in origins {
            if !is_origin(origin) {
                say(key, &format!("`{origin}` is no origin such as https://app.example.ch"));
            }
        }
    }
    if let Some(redis) = &config.redis {
        match redis.url.as_ref().map(SecretSource::read) {
            None => say("redis.url", "is missing: { file = … } or { env = … }"),
            Some(Err(why)) => say("redis.url", &why),
            Some(Ok(_)) => {}
        }
        if redis.timeout.0.is_zero() || redis.timeout.0 > std::time::Duration::from_secs(1) {
            say("redis.timeout", "must be at most 1s; requests wait so long when Redis is lost");
        }
    }
    credentials(config, &mut say);
    owner_keys("owner.keys", &config.owner.keys, &mut say);
    if config.owner.keys.is_empty() {
        say("owner.keys", "is empty; without a key no process can be bound to its owner");
    }
    let property = &config.owner.property;
    if property.is_empty() || property.len() > 64 || !property.starts_with("relay.") {
        say("owner.property", "must begin with `relay.` and have at most 64 characters");
    }
    for (name, tenant) in &config.tenant {
        owner_keys(&format!("tenant.{name}.owner_keys"), &tenant.owner_keys, &mut say);
    }
    if config.auth.issuer.is_empty() {
        say("auth.issuer", "is empty; nobody could call the relay");
    }
    for (index, issuer) in config.auth.issuer.iter().enumerate() {
        check_issuer(&format!("auth.issuer[{index}]"), issuer, &mut say);
    }
    let mut issuers: Vec<_> = config.auth.issuer.iter().map(|issuer| &issuer.iss).collect();
    issuers.sort_unstable();
    if issuers.windows(2).any(|pair| pair.first() == pair.last()) {
        say("auth.issuer", "has the same `iss` twice");
    }
    if config.auth.issuer.iter().filter(|issuer| issuer.introspection_url.is_some()).count() > 1 {
        say("auth.issuer", "has introspection_url twice; an opaque token does not name its issuer");
    }
    if !config.tenant.is_empty() {
        for (index, issuer) in config.auth.issuer.iter().enumerate() {
            if issuer.tenant_claim.is_none() {
                let key = format!("auth.issuer[{index}].tenant_claim");
                say(&key, "is needed, since there are tenants");
            }
        }
    }
    wrong
}

fn credentials(config: &RelayConfig, say: &mut impl FnMut(&str, &str)) {
    let mut pair = |key: &str, id: &Option<SecretSource>, secret: &Option<SecretSource>| {
        for (name, source) in [("client_id", id), ("client_secret", secret)] {
            match source.as_ref().map(SecretSource::read) {
                None => say(&format!("{key}.{name}"), "is missing: { file = … } or { env = … }"),
                Some(Err(why)) => say(&format!("{key}.{name}"), &why),
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

fn owner_keys(key: &str, keys: &[OwnerKeyConfig], say: &mut impl FnMut(&str, &str)) {
    let mut kids: Vec<_> = keys.iter().map(|key| key.kid).collect();
    kids.sort_unstable();
    if kids.windows(2).any(|pair| pair.first() == pair.last()) {
        say(key, "has the same kid twice");
    }
    for (index, owner) in keys.iter().enumerate() {
        check_key_length(&format!("{key}[{index}].secret"), &owner.secret, say);
    }
}

fn check_key_length(key: &str, source: &SecretSource, say: &mut impl FnMut(&str, &str)) {
    match source.read() {
        Ok(secret) if secret.expose_secret().len() < MIN_KEY_BYTES => {
            say(key, &format!("has less than {MIN_KEY_BYTES} bytes"));
        }
        Ok(_) => {}
        Err(why) => say(key, &why),
    }
}

fn check_issuer(key: &str, issuer: &IssuerConfig, say: &mut impl FnMut(&str, &str)) {
    for (name, value) in [("iss", &issuer.iss), ("aud", &issuer.aud)] {
        if value.is_empty() {
            say(&format!("{key}.{name}"), "is missing");
        }
    }
    if issuer.leeway_s > 300 {
        say(&format!("{key}.leeway_s"), "must be at most 300");
    }
    match (&issuer.jwks_url, &issuer.hs256_secret, &issuer.introspection_url) {
        (None, None, Some(_)) => {
            if !issuer.algs.is_empty() {
                say(&format!("{key}.algs"), "are of JWTs, not of opaque tokens");
            }
            if issuer.remember.0 > std::time::Duration::from_secs(60) {
                say(&format!("{key}.remember"), "must be at most 60s");
            }
            let client =
                [("client_id", &issuer.client_id), ("client_secret", &issuer.client_secret)];
            for (name, source) in client {
                match source.as_ref().map(SecretSource::read) {
                    None => {
                        say(&format!("{key}.{name}"), "is missing: { file = … } or { env = … }");
                    }
                    Some(Err(why)) => say(&format!("{key}.{name}"), &why),
                    Some(Ok(_)) => {}
                }
            }
        }
        (Some(_), None, None) => {
            if issuer.algs.is_empty() {
                say(&format!("{key}.algs"), "is missing, such as [\"RS256\"]");
            }
            for alg in &issuer.algs {
                if !JWKS_ALGS.contains(&alg.as_str()) {
                    let known = JWKS_ALGS.join(", ");
                    say(&format!("{key}.algs"), &format!("`{alg}` is none of {known}"));
                }
            }
        }
        (None, Some(secret), None) => {
            if issuer.algs.iter().any(|alg| alg != "HS256") {
                say(&format!("{key}.algs"), "can only be [\"HS256\"] with a shared secret");
            }
            check_key_length(&format!("{key}.hs256_secret"), secret, say);
        }
        _ => say(key, ONE_VERIFICATION_METHOD),
    }
}

/// Tokens of an issuer are verified in one way.
pub const ONE_VERIFICATION_METHOD: &str =
    "wants exactly one of jwks_url, hs256_secret and introspection_url";

/// An address that the relay itself calls: fixed at the start, https.
fn fixed_url(text: &str, loopback_http: bool) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("`{text}` is no URL: {error}"))?;
    let loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback && loopback_http => {}
        "http" if loopback => {
            return Err("http needs upstream.allow_http_loopback, for the sandbox only".into());
        }
        _ => return Err("must be https".into()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold credentials".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a query or a fragment".into());
    }
    Ok(())
}

/// Whether this is an origin as a browser writes it (RFC 6454 section 6.2).
pub fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "https" | "http") && url.origin().ascii_serialization() == text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::parse;

    #[test]
    fn an_empty_configuration_is_explained_whole() {
        let wrong = validate(&parse("", []).unwrap());
        for key in [
            "server.public_hosts",
            "oauth.client_id",
            "oauth.client_secret",
            "owner.keys",
            "auth.issuer",
        ] {
            assert!(wrong.iter().any(|line| line.starts_with(key)), "{key}: {wrong:?}");
        }
    }

    #[test]
    fn what_is_dangerous_is_refused() {
        for (file, key) in [
            ("[upstream]\nbase = \"http://sign.example\"", "upstream.base"),
            ("[upstream]\nbase = \"http://127.0.0.1:1\"", "upstream.base"),
            ("[upstream]\nbase = \"https://u:p@sign.example\"", "upstream.base"),
            ("[token_mode]\nscopes = [\"sswp:process:read:all\"]", "token_mode.scopes"),
            ("[tickets]\nlifetime = \"301s\"", "tickets.lifetime"),
            ("[cors]\norigins = [\"*\"]", "cors.origins"),
            ("[cors]\norigins = [\"https://a.example/\"]", "cors.origins"),
            ("[cors]\norigins = [\"null\"]", "cors.origins"),
            ("[owner]\nproperty = \"x\"", "owner.property"),
            ("[redis]", "redis.url"),
            ("[redis]\ntimeout = \"2s\"", "redis.timeout"),
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
                "[[auth.issuer]]\nintrospection_url = \"https://i.example\"\nremember = \"61s\"",
                "auth.issuer[0].remember",
            ),
            (
                "[[auth.issuer]]\nintrospection_url = \"https://i.example\"\njwks_url = \"https://i.example\"",
                "auth.issuer[0]: wants",
            ),
            (
                "[[auth.issuer]]\niss = \"i\"\naud = \"a\"\nhs256_secret = { env = \"PATH_THAT_IS_NOT_SET\" }",
                "auth.issuer[0].hs256_secret",
            ),
        ] {
            let wrong = validate(&parse(file, []).unwrap());
            assert!(wrong.iter().any(|line| line.starts_with(key)), "{key}: {wrong:?}");
        }
        let config =
            parse("[upstream]\nbase = \"http://127.0.0.1:1\"\nallow_http_loopback = true", []);
        assert!(!validate(&config.unwrap()).iter().any(|line| line.starts_with("upstream")));
    }

    #[test]
    fn short_keys_are_refused() {
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
