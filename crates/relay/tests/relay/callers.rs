//! Callers of an issuer with public keys (JWKS over HTTP).

use super::support::{RelayHarness, claims};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

struct CallerKey(EcdsaKeyPair);

impl CallerKey {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn set(&self, kid: &str) -> String {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": kid, "x": x, "y": y }] }).to_string()
    }

    fn bearer(&self, kid: &str, user: &str) -> String {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed =
            format!("{}.{}", part(json!({ "alg": "ES256", "kid": kid })), part(claims(user)));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("Bearer {signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

#[tokio::test]
async fn fetches_keys_from_the_issuer() {
    let issuer = super::support::Keycloak::start().await;
    let url = format!("http://{}/certs", issuer.address);
    let world = RelayHarness::with(|config| {
        let of = &mut config.auth.issuer[0];
        of.hs256_secret = None;
        of.jwks_url = Some(url);
        of.algs = vec!["ES256".into()];
    })
    .await;
    let (key, stranger) = (CallerKey::new(), CallerKey::new());
    let ask = async |auth: String| {
        world.request("GET", "/relay/session", &[("authorization", &auth)], "").await
    };
    // Without keys the token cannot be verified, which is not the caller's fault: 503, not 401.
    let reply = ask(key.bearer("one", "anna")).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "issuer_unavailable"));
    issuer.set(|state| state.jwks = key.set("one"));
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    let reply = ask(key.bearer("one", "anna")).await;
    assert_eq!((reply.status, reply.json()["sub"].clone()), (200, json!("anna")));
    assert_eq!(ask(stranger.bearer("one", "anna")).await.code(), "invalid_token");
    // Directly after a fetch, an unknown key cannot be looked up: the issuer may have rotated since.
    let reply = ask(key.bearer("two", "anna")).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "issuer_unavailable"));
    assert_eq!(reply.headers["retry-after"], "5");
    tokio::time::sleep(std::time::Duration::from_millis(5100)).await;
    assert_eq!(ask(key.bearer("two", "anna")).await.code(), "invalid_token");
    assert_eq!(ask(super::support::bearer("anna")).await.code(), "invalid_token", "HS256");
}
