use super::*;
use crate::error::RelayErrorKind;
use crate::secret::SecretSource;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use bytes::Bytes;
use jsonwebtoken::{EncodingKey, Header as JwtHeader};
use serde_json::json;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn claims() -> Value {
    json!({
        "iss": "https://issuer.example", "aud": "relay", "sub": "anna", "iat": now(), "exp": now() + 300,
        "email": "anna@example.ch", "email_verified": true, "org": "acme",
    })
}

fn config() -> IssuerConfig {
    IssuerConfig {
        iss: "https://issuer.example".into(),
        aud: "relay".into(),
        hs256_secret: Some(SecretSource::value(SECRET)),
        tenant_claim: Some("org".into()),
        ..IssuerConfig::default()
    }
}

fn shared() -> JwtVerifier {
    JwtVerifier::new(vec![TokenIssuer::new(config(), None).unwrap()])
}

fn sign(claims: &Value, key: &str) -> String {
    let key = EncodingKey::from_secret(key.as_bytes());
    jsonwebtoken::encode(&JwtHeader::default(), claims, &key).unwrap()
}

/// Token with any header, signed with the shared secret.
fn with_header(header: &str, claims: &Value) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

async fn kind(verifier: &JwtVerifier, token: &str) -> Option<RelayErrorKind> {
    verifier.verify(token).await.err().map(|error| error.kind)
}

#[tokio::test]
async fn accepts_a_valid_token() {
    let (principal, left) = shared().verify(&sign(&claims(), SECRET)).await.unwrap();
    assert_eq!(principal.subject, "anna");
    assert_eq!(principal.tenant.as_deref(), Some("acme"));
    assert_eq!(principal.verified_email.as_deref(), Some("anna@example.ch"));
    assert!(left.as_secs() <= 330);
    let many = with(json!({ "aud": ["other", "relay"] }));
    assert_eq!(kind(&shared(), &sign(&many, SECRET)).await, None);
    assert_eq!(
        kind(&shared(), &with_header(r#"{"alg":"HS256","typ":"at+jwt"}"#, &claims())).await,
        None
    );
}

fn with(changes: Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

#[test]
fn accepts_a_distant_expiry() {
    for exp in [json!(1e300), json!(u64::MAX), json!(now() + 400 * 24 * 3600)] {
        let claims = with(json!({ "exp": exp }));
        let (_, left) = principal(&config(), claims.as_object().unwrap()).unwrap();
        assert_eq!(left.as_secs(), 24 * 3600, "{exp}");
    }
}

#[tokio::test]
async fn rejects_invalid_claims() {
    for (changes, why) in [
        (json!({ "exp": now() - 60 }), "expired"),
        (json!({ "exp": null }), "no expiry"),
        (json!({ "exp": "soon" }), "an expiry that is not a number"),
        (json!({ "nbf": now() + 120 }), "not valid yet"),
        (json!({ "iat": now() + 120 }), "issued in the future"),
        (json!({ "iat": "now" }), "an issue time that is not a number"),
        (json!({ "aud": "other" }), "another audience"),
        (json!({ "aud": null }), "no audience"),
        (json!({ "iss": "https://issuer.example/" }), "another issuer"),
        (json!({ "iss": null }), "no issuer"),
        (json!({ "sub": null }), "no subject"),
        (json!({ "sub": "" }), "an empty subject"),
        (json!({ "sub": 7 }), "a subject that is not a string"),
        (json!({ "org": null }), "no tenant"),
    ] {
        let token = sign(&with(changes), SECRET);
        assert_eq!(kind(&shared(), &token).await, Some(RelayErrorKind::InvalidToken), "{why}");
    }
}

#[tokio::test]
async fn ignores_an_unverified_number() {
    let number = json!("+41791234567");
    for (changes, expected) in [
        (json!({ "phone_number": number, "phone_number_verified": true }), Some("+41791234567")),
        (json!({ "phone_number": number, "phone_number_verified": false }), None),
        (json!({ "phone_number": number, "phone_number_verified": "true" }), None),
        (json!({ "phone_number": number }), None),
    ] {
        let (principal, _) = shared().verify(&sign(&with(changes), SECRET)).await.unwrap();
        assert_eq!(principal.verified_phone.as_deref(), expected);
    }
}

#[tokio::test]
async fn ignores_an_unverified_address() {
    for changes in [
        json!({ "email_verified": false }),
        json!({ "email_verified": null }),
        json!({ "email_verified": "true" }),
    ] {
        let (principal, _) = shared().verify(&sign(&with(changes), SECRET)).await.unwrap();
        assert_eq!(principal.verified_email, None);
    }
}

#[tokio::test]
async fn rejects_forged_tokens_and_headers() {
    let good = sign(&claims(), SECRET);
    let (signed, _) = good.rsplit_once('.').unwrap();
    let none = |alg: &str| {
        let header = format!(r#"{{"alg":"{alg}"}}"#);
        let payload = URL_SAFE_NO_PAD.encode(claims().to_string());
        format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(header))
    };
    let tokens = [
        sign(&claims(), "another-secret-of-thirty-two-byt"),
        format!("{signed}."),
        format!("{signed}.AAAA"),
        none("none"),
        none("None"),
        none("NONE"),
        none(""),
        none("HS256"),
        with_header(r#"{"alg":"HS384"}"#, &claims()),
        with_header(r#"{"alg":"hs256"}"#, &claims()),
        with_header(r#"{"alg":"HS256","crit":["exp"],"exp":1}"#, &claims()),
        with_header(r#"{"alg":"HS256","crit":[]}"#, &claims()),
        with_header(r#"{"alg":"HS256","alg":"HS256"}"#, &claims()),
        with_header(r#"{"alg":"HS256","\u0061lg":"HS256"}"#, &claims()),
        with_header(r#"{"alg":["HS256"]}"#, &claims()),
        with_header(r#"{"typ":"JWT"}"#, &claims()),
        with_header(r#"{"alg":"HS256","zip":"DEF"}"#, &claims()),
        with_header("[]", &claims()),
        with_header("", &claims()),
        format!("{good}.{good}"),
        format!("{good}.x.y"),
        good.replace('.', ""),
        format!(".{good}"),
        "..".into(),
        String::new(),
        "é.é.é".into(),
    ];
    for token in tokens {
        assert_eq!(kind(&shared(), &token).await, Some(RelayErrorKind::InvalidToken), "{token}");
    }
}

struct Ec {
    pair: EcdsaKeyPair,
}

impl Ec {
    fn new() -> Self {
        Self { pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    fn jwk(&self, kid: &str) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "kid": kid, "use": "sig",
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        })
    }

    fn sign(&self, header: &str, claims: &Value) -> String {
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let random = aws_lc_rs::rand::SystemRandom::new();
        let signature = self.pair.sign(&random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

fn public(keys: Value, algs: &[&str]) -> JwtVerifier {
    let set = json!({ "keys": keys }).to_string();
    let jwks = JwksCache::new(Box::new(move || {
        let set = set.clone();
        Box::pin(async move { Ok(Bytes::from(set)) })
    }));
    let config = IssuerConfig {
        jwks_url: Some("https://issuer.example/jwks".into()),
        hs256_secret: None,
        algs: algs.iter().map(|alg| (*alg).into()).collect(),
        ..config()
    };
    JwtVerifier::new(vec![TokenIssuer::new(config, Some(Arc::new(jwks))).unwrap()])
}

#[tokio::test]
async fn verifies_only_with_keys_of_the_issuer() {
    let (known, stranger) = (Ec::new(), Ec::new());
    let verifier = || public(json!([known.jwk("one")]), &["ES256"]);
    let header = r#"{"alg":"ES256","kid":"one"}"#;
    assert_eq!(kind(&verifier(), &known.sign(header, &claims())).await, None);
    let no_kid = r#"{"alg":"ES256"}"#;
    assert_eq!(kind(&verifier(), &known.sign(no_kid, &claims())).await, None);
    let own_key = format!(r#"{{"alg":"ES256","kid":"two","jwk":{}}}"#, stranger.jwk("two"));
    let public_point = URL_SAFE_NO_PAD.encode(known.pair.public_key().as_ref());
    for token in [
        stranger.sign(header, &claims()),
        known.sign(r#"{"alg":"ES256","kid":"two"}"#, &claims()),
        known.sign(r#"{"alg":"ES256","kid":1}"#, &claims()),
        known.sign(r#"{"alg":"ES384","kid":"one"}"#, &claims()),
        known.sign(r#"{"alg":"RS256","kid":"one"}"#, &claims()),
        stranger.sign(&own_key, &claims()),
        // The public key as a shared secret: algorithm confusion.
        sign(&claims(), &public_point),
        sign(&claims(), &known.jwk("one").to_string()),
        with_header(r#"{"alg":"HS256","kid":"one"}"#, &claims()),
    ] {
        assert_eq!(kind(&verifier(), &token).await, Some(RelayErrorKind::InvalidToken), "{token}");
    }
    // Two keys match, and the token names none.
    let two = public(json!([known.jwk("one"), stranger.jwk("two")]), &["ES256"]);
    assert_eq!(
        kind(&two, &known.sign(no_kid, &claims())).await,
        Some(RelayErrorKind::InvalidToken)
    );
    assert_eq!(kind(&two, &known.sign(header, &claims())).await, None);
    // The configured algorithm does not match the key.
    let other = public(json!([known.jwk("one")]), &["RS256"]);
    assert_eq!(
        kind(&other, &known.sign(header, &claims())).await,
        Some(RelayErrorKind::InvalidToken)
    );
}

#[test]
fn rejects_a_short_shared_secret() {
    let short = IssuerConfig { hs256_secret: Some(SecretSource::value("short")), ..config() };
    assert!(TokenIssuer::new(short, None).is_err());
}
