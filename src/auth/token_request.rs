//! Token request.

use secrecy::{ExposeSecret, SecretString};

use crate::contract::Scope;
use crate::error::{Error, ErrorKind, Result};

/// Client authentication (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// In the form, as documented by the vendor (`client_secret_post`).
    #[default]
    Post,
    /// In the `Authorization` header (`client_secret_basic`).
    Basic,
}

/// Client credentials, from the Swisscom Sign cockpit or corporate onboarding. `Debug` does not print
/// the secret; it is zeroized when dropped.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    /// Client ID.
    pub client_id: String,
    /// Client secret.
    pub client_secret: SecretString,
    /// Scopes to request; empty requests the default scopes of the client.
    pub scopes: Vec<Scope>,
    /// Client authentication.
    pub authentication: ClientAuthentication,
}

/// Form to post to the token endpoint with `content-type: application/x-www-form-urlencoded` and
/// `accept: application/json`.
#[derive(Debug)]
pub struct TokenRequest {
    /// Value of the `authorization` header, for [`ClientAuthentication::Basic`].
    pub authorization: Option<SecretString>,
    /// The form.
    pub body: SecretString,
}

/// Builds the token request. Client ID and secret are form-encoded in both places, as RFC 6749
/// requires and Keycloak expects.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] for an empty client ID or secret.
pub fn build_token_request(credentials: &ClientCredentials) -> Result<TokenRequest> {
    let secret = credentials.client_secret.expose_secret();
    if credentials.client_id.is_empty() || secret.is_empty() {
        let message = "empty credentials: both clientId and clientSecret are required";
        return Err(Error::new(ErrorKind::InvalidArgument, message));
    }
    let mut body = String::from("grant_type=client_credentials");
    if !credentials.scopes.is_empty() {
        let scopes: Vec<_> = credentials.scopes.iter().map(|scope| scope.as_str()).collect();
        body.push_str("&scope=");
        form_encode(&mut body, &scopes.join(" "));
    }
    let authorization = match credentials.authentication {
        ClientAuthentication::Post => {
            body.push_str("&client_id=");
            form_encode(&mut body, &credentials.client_id);
            body.push_str("&client_secret=");
            form_encode(&mut body, secret);
            None
        }
        ClientAuthentication::Basic => {
            let mut pair = String::new();
            form_encode(&mut pair, &credentials.client_id);
            pair.push(':');
            form_encode(&mut pair, secret);
            let mut value = String::from("Basic ");
            base64(&mut value, pair.as_bytes());
            Some(SecretString::from(value))
        }
    };
    Ok(TokenRequest { authorization, body: SecretString::from(body) })
}

/// `application/x-www-form-urlencoded` (RFC 6749 appendix B).
fn form_encode(out: &mut String, text: &str) {
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            out.push('+');
        }
        let mut encoded = String::with_capacity(word.len());
        crate::request::path::percent_encode(&mut encoded, word);
        // `~` is unreserved in a URI but not in a form.
        out.push_str(&encoded.replace('~', "%7E"));
    }
}

/// Base64 with padding (RFC 4648 section 4).
fn base64(out: &mut String, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for sextet in 0..4 {
            let index = (group >> (18 - 6 * sextet)) & 63;
            let letter = ALPHABET.get(index as usize).copied().unwrap_or(b'A');
            out.push(if sextet <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: &str, secret: &str, authentication: ClientAuthentication) -> TokenRequest {
        let credentials = ClientCredentials {
            client_id: id.into(),
            client_secret: SecretString::from(secret),
            scopes: vec![Scope::Create, Scope::Read],
            authentication,
        };
        build_token_request(&credentials).unwrap()
    }

    #[test]
    fn encodes_reserved_characters_of_secrets() {
        let post = request("a b", "+:%&= ü~", ClientAuthentication::Post);
        assert_eq!(
            post.body.expose_secret(),
            "grant_type=client_credentials&scope=sswp%3Aprocess%3Acreate+sswp%3Aprocess%3Aread\
             &client_id=a+b&client_secret=%2B%3A%25%26%3D+%C3%BC%7E"
        );
        assert!(post.authorization.is_none());
        // printf 'a+b:%%2B%%3A' | base64
        let basic = request("a b", "+:", ClientAuthentication::Basic);
        assert_eq!(basic.authorization.unwrap().expose_secret(), "Basic YStiOiUyQiUzQQ==");
        assert!(!basic.body.expose_secret().contains("client_id"));
    }

    #[test]
    fn encodes_base64_with_padding() {
        for (bytes, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            let mut out = String::new();
            base64(&mut out, bytes.as_bytes());
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn debug_does_not_print_the_secret() {
        let credentials = ClientCredentials {
            client_id: "id".into(),
            client_secret: SecretString::from("s3cret-canary"),
            scopes: vec![],
            authentication: ClientAuthentication::Basic,
        };
        let request = build_token_request(&credentials).unwrap();
        let printed = format!("{credentials:?} {request:?}");
        assert!(!printed.contains("canary"), "{printed}");
    }

    #[test]
    fn rejects_empty_credentials() {
        let credentials = ClientCredentials {
            client_id: "id".into(),
            client_secret: SecretString::from(""),
            scopes: vec![],
            authentication: ClientAuthentication::Post,
        };
        assert_eq!(build_token_request(&credentials).unwrap_err().kind, ErrorKind::InvalidArgument);
    }
}
