//! A relay for a developer's machine: the sandbox behind it, two users whose tokens it prints, and
//! loopback pages let in. Unsafe anywhere else, so it binds to loopback only.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

use crate::config::{IssuerConfig, LogFormat, OwnerKeyConfig, Rate, RelayConfig};
use crate::secret::SecretSource;

/// Issuer of the users' tokens.
const ISSUER: &str = "urn:swisscom-sign:relay:dev";
const AUDIENCE: &str = "swisscom-sign-relay";
/// How long the users' tokens live, in seconds.
const LIFETIME_S: u64 = 12 * 3600;
/// The platform of this repository.
pub const SANDBOX: &str = "http://127.0.0.1:8480/system";
/// Variables with the credentials, as the sandbox prints them.
const CREDENTIALS: [&str; 2] = ["SWISSCOM_SIGN_CLIENT_ID", "SWISSCOM_SIGN_CLIENT_SECRET"];

/// A user of the development relay.
#[derive(Debug)]
pub struct DevUser {
    /// Name; also the `sub` claim, and so the externalIdentifier that makes a participant theirs.
    pub name: &'static str,
    /// Token.
    pub token: String,
}

/// What the command line says.
#[derive(Debug, Clone)]
pub struct DevOptions {
    /// Where the relay listens.
    pub address: SocketAddr,
    /// Base URL of the platform.
    pub upstream: String,
    /// Token endpoint; absent, that of the sandbox on the same host.
    pub token_url: Option<String>,
}

/// The configuration and its users. A key is made for each start.
///
/// # Errors
/// A sentence, for an address that is not loopback and for credentials that are missing.
pub fn configure(options: &DevOptions) -> Result<(RelayConfig, Vec<DevUser>), String> {
    if !options.address.ip().is_loopback() {
        return Err(format!("--dev listens on loopback only, not on {}", options.address));
    }
    for name in CREDENTIALS {
        SecretSource::env(name).read().map_err(|why| {
            format!("{why}; --dev takes the credentials from {}", CREDENTIALS.join(" and "))
        })?;
    }
    let [client_id, client_secret] = CREDENTIALS.map(SecretSource::env);
    let (key, owner_key) = (random()?, random()?);
    let port = options.address.port();
    let mut config = RelayConfig { dev: true, ..RelayConfig::default() };
    config.server.listen = options.address;
    config.server.admin = SocketAddr::from(([127, 0, 0, 1], 0));
    config.server.public_hosts =
        vec![options.address.to_string(), format!("localhost:{port}"), format!("127.0.0.1:{port}")];
    config.upstream.base = options.upstream.clone();
    config.upstream.allow_http_loopback = true;
    config.oauth.token_url = match &options.token_url {
        Some(url) => url.clone(),
        None => realm_of(&options.upstream)?,
    };
    config.oauth.client_id = Some(client_id);
    config.oauth.client_secret = Some(client_secret);
    config.auth.issuer = vec![IssuerConfig {
        iss: ISSUER.into(),
        aud: AUDIENCE.into(),
        hs256_secret: Some(SecretSource::value(key.clone())),
        ..IssuerConfig::default()
    }];
    config.owner.keys = vec![OwnerKeyConfig { kid: 1, secret: SecretSource::value(owner_key) }];
    config.list.enabled = true;
    let rate = Rate { interval: std::time::Duration::from_millis(1), burst: 1000 };
    config.limits.ip = rate;
    config.limits.user = rate;
    config.limits.create = rate;
    config.log.format = LogFormat::Text;
    let users = ["anna", "berta"]
        .into_iter()
        .map(|name| Ok(DevUser { name, token: token(name, &key)? }))
        .collect::<Result<_, String>>()?;
    Ok((config, users))
}

fn random() -> Result<String, String> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "no randomness".to_owned())?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The sandbox has its realm beside its API.
fn realm_of(upstream: &str) -> Result<String, String> {
    let url = url::Url::parse(upstream).map_err(|error| format!("--upstream: {error}"))?;
    let origin = url.origin().ascii_serialization();
    Ok(format!("{origin}/realms/swisscom-public/protocol/openid-connect/token"))
}

fn token(name: &str, key: &str) -> Result<String, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let claims = json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": name,
        "email": format!("{name}@example.com"),
        "email_verified": true,
        "iat": now,
        "exp": now + LIFETIME_S,
    });
    let key = EncodingKey::from_secret(key.as_bytes());
    jsonwebtoken::encode(&Header::default(), &claims, &key).map_err(|error| error.to_string())
}

/// What is said on standard error, before anything else.
pub const WARNING: &str = "\
*** swisscom-sign-relay --dev is UNSAFE ***
It prints the tokens of its users, makes new keys at each start (processes of an earlier start have
no owner any more) and lets any page of this machine call it. Use `serve --config FILE` for anything
that others can reach.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_only() {
        let options = DevOptions {
            address: "0.0.0.0:8490".parse().unwrap(),
            upstream: SANDBOX.into(),
            token_url: None,
        };
        assert!(configure(&options).unwrap_err().contains("loopback"));
    }

    #[test]
    fn the_realm_stands_beside_the_api() {
        assert_eq!(
            realm_of(SANDBOX).unwrap(),
            "http://127.0.0.1:8480/realms/swisscom-public/protocol/openid-connect/token"
        );
    }
}
