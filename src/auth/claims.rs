//! Claims of an access token, for messages. The signature is not verified: the
//! platform does that, and no access decision depends on these claims.

use crate::contract::json::{self, JsonScalar};

/// Claims of an access token (guide, "Authentication").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessTokenClaims {
    /// Issuer (realm).
    pub issuer: Option<String>,
    /// Organization to which access is limited; absent for corporate tenants.
    pub organization_id: Option<String>,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// Time of issue in seconds since 1970.
    pub issued_at_s: Option<i64>,
    /// Expiry in seconds since 1970.
    pub expires_at_s: Option<i64>,
}

/// Parses the claims of a JWT; `None` if the token is not a JWT.
pub fn parse_claims(token: &str) -> Option<AccessTokenClaims> {
    let payload = payload(token)?;
    let text = |name: &str| json::find_string(&payload, &[name]).map(|value| value.into_owned());
    let seconds = |name: &str| match json::find_scalar(&payload, &[name])? {
        JsonScalar::Number(digits) => digits.parse::<i64>().ok(),
        _ => None,
    };
    Some(AccessTokenClaims {
        issuer: text("iss"),
        organization_id: text("organization_id"),
        scopes: text("scope")
            .unwrap_or_default()
            .split_ascii_whitespace()
            .map(Into::into)
            .collect(),
        issued_at_s: seconds("iat"),
        expires_at_s: seconds("exp"),
    })
}

/// Decodes the claims of a JWT as JSON text.
fn payload(token: &str) -> Option<String> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = String::from_utf8(base64url(payload)?).ok()?;
    json::validate(&payload).ok()?;
    Some(payload)
}

/// Decodes Base64url without padding (RFC 4648 section 5).
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut group, mut bits) = (0_u32, 0);
    for byte in text.bytes() {
        let sextet = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        group = (group << 6 | u32::from(sextet)) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits & 0xFF) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_claims() {
        // {"iss":"https://iam.example.com/","scope":"sswp:process:create sswp:process:read",
        //  "organization_id":"7f0b2f2a-1e6e-4b30-9f0c-1c9a9b3d1234","exp":1735660800,"iat":1735657200}
        let token = "e30.eyJpc3MiOiJodHRwczovL2lhbS5leGFtcGxlLmNvbS8iLCJzY29wZSI6InNzd3A6cHJvY2Vzczpjc\
            mVhdGUgc3N3cDpwcm9jZXNzOnJlYWQiLCJvcmdhbml6YXRpb25faWQiOiI3ZjBiMmYyYS0xZTZlLTRiMzAtOWYwYy\
            0xYzlhOWIzZDEyMzQiLCJleHAiOjE3MzU2NjA4MDAsImlhdCI6MTczNTY1NzIwMH0.c2ln";
        let claims = parse_claims(token).unwrap();
        assert_eq!(claims.issuer.as_deref(), Some("https://iam.example.com/"));
        assert_eq!(claims.organization_id.as_deref(), Some("7f0b2f2a-1e6e-4b30-9f0c-1c9a9b3d1234"));
        assert_eq!(claims.scopes, ["sswp:process:create", "sswp:process:read"]);
        assert_eq!(
            (claims.issued_at_s, claims.expires_at_s),
            (Some(1_735_657_200), Some(1_735_660_800))
        );
    }

    #[test]
    fn opaque_and_malformed_tokens_have_no_claims() {
        for token in ["", "opaque", "a.b", "a.!.c", "a.e30", "a.W10.c2ln.x", "..", "é.é.é"] {
            let claims = parse_claims(token);
            assert!(claims.is_none() || claims == Some(AccessTokenClaims::default()), "{token}");
        }
    }
}
