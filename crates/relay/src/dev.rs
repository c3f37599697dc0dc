//! Development mode (`--dev`): the sandbox as platform, two users whose tokens are printed, and CORS
//! for loopback pages. Unsafe anywhere else, so it binds to loopback only.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

use crate::config::{IssuerConfig, LogFormat, OwnerKeyConfig, Rate, RelayConfig};
use crate::secret::SecretSource;
use crate::start_error::StartError;

const ISSUER: &str = "urn:swisscom-sign:relay:dev";
const AUDIENCE: &str = "swisscom-sign-relay";
const LIFETIME_S: u64 = 12 * 3600;
pub const SANDBOX: &str = "http://127.0.0.1:8480/system";
/// Environment variables with the credentials that the sandbox prints.
const CREDENTIALS: [&str; 2] = ["SWISSCOM_SIGN_CLIENT_ID", "SWISSCOM_SIGN_CLIENT_SECRET"];

#[derive(Debug)]
pub struct DevUser {
    /// Also the `sub` claim, which is compared with the externalIdentifier of participants.
    pub name: &'static str,
    pub token: String,
}

#[derive(Debug, Clone)]
pub struct DevOptions {
    pub address: SocketAddr,
    pub upstream: String,
    /// Default: the token endpoint of a sandbox at the host of `upstream`.
    pub token_url: Option<String>,
}

/// Configuration and users, with new keys at each start.
pub fn configure(options: &DevOptions) -> Result<(RelayConfig, Vec<DevUser>), StartError> {
    if !options.address.ip().is_loopback() {
        let address = options.address;
        return Err(format!("--dev listens on loopback only, not on {address}").into());
    }
    for name in CREDENTIALS {
        SecretSource::env(name).read().map_err(|why| {
            format!("{why}; --dev reads the credentials from {}", CREDENTIALS.join(" and "))
        })?;
    }
    let [client_id, client_secret] = CREDENTIALS.map(SecretSource::env);
    let (key, owner_key) = (random()?, random()?);
    let port = options.address.port();
    let mut config = RelayConfig { dev: true, ..RelayConfig::default() };
    config.server.listen = options.address;
    config.server.admin_listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.server.public_hosts =
        vec![options.address.to_string(), format!("localhost:{port}"), format!("127.0.0.1:{port}")];
    config.upstream.base_url = options.upstream.clone();
    config.upstream.allow_http_loopback = true;
    config.oauth.token_url = match &options.token_url {
        Some(url) => url.clone(),
        None => sandbox_token_url(&options.upstream)?,
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
    config.limits.per_ip = rate;
    config.limits.per_user = rate;
    config.limits.create_per_user = rate;
    config.log.format = LogFormat::Text;
    let users = ["anna", "berta"]
        .into_iter()
        .map(|name| Ok(DevUser { name, token: token(name, &key)? }))
        .collect::<Result<_, StartError>>()?;
    Ok((config, users))
}

fn random() -> Result<String, StartError> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "the random number generator failed")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn sandbox_token_url(upstream: &str) -> Result<String, StartError> {
    let url = url::Url::parse(upstream)
        .map_err(|error| StartError::with_source("invalid --upstream", error))?;
    let origin = url.origin().ascii_serialization();
    Ok(format!("{origin}/realms/swisscom-public/protocol/openid-connect/token"))
}

fn token(name: &str, key: &str) -> Result<String, StartError> {
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
    jsonwebtoken::encode(&Header::default(), &claims, &key)
        .map_err(|error| StartError::with_source("cannot sign a token", error))
}

pub const WARNING: &str = "\
*** swisscom-sign-relay --dev is UNSAFE ***
It prints the tokens of its users, creates new keys at each start (processes of an earlier start are
not accessible any more) and accepts requests from any page of this machine. Use `serve --config FILE`
for anything that others can reach.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_addresses_other_than_loopback() {
        let options = DevOptions {
            address: "0.0.0.0:8490".parse().unwrap(),
            upstream: SANDBOX.into(),
            token_url: None,
        };
        assert!(configure(&options).unwrap_err().report().contains("loopback"));
    }

    #[test]
    fn derives_the_token_url_of_the_sandbox() {
        assert_eq!(
            sandbox_token_url(SANDBOX).unwrap(),
            "http://127.0.0.1:8480/realms/swisscom-public/protocol/openid-connect/token"
        );
    }
}
