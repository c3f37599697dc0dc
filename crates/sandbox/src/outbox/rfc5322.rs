//! Raw messages: a mail as an Internet message (RFC 5322, RFC 2045), for clients that use a mail
//! parser; an SMS as its text.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

use super::{MessageChannel, OutboxMessage};

/// Bytes per encoded word before encoding, so that it fits into a header line of 76 characters (RFC
/// 2047 section 2).
const WORD: usize = 39;
/// Length of a Base64 line (RFC 2045 section 6.8).
const LINE: usize = 76;
/// Reserved domain (RFC 2606).
const DOMAIN: &str = "sandbox.invalid";

/// Media type and bytes.
pub fn raw(message: &OutboxMessage) -> (&'static str, String) {
    match message.channel {
        MessageChannel::Sms => ("text/plain; charset=utf-8", message.text.clone()),
        MessageChannel::Mail => ("message/rfc822", mail(message)),
    }
}

fn mail(message: &OutboxMessage) -> String {
    let date = message.at.to_zoned_datetime(TimeZone::UTC);
    let date = rfc2822::to_string(&date).unwrap_or_default();
    let head = [
        ("From", format!("Swisscom Sign sandbox <noreply@{DOMAIN}>")),
        ("To", message.to.chars().filter(|c| !c.is_control()).collect()),
        ("Subject", encoded_words(&message.subject)),
        ("Date", date),
        ("Message-ID", format!("<{}@{DOMAIN}>", message.id)),
        ("MIME-Version", "1.0".to_owned()),
        ("Content-Language", message.locale.to_string()),
        ("Content-Type", "text/plain; charset=utf-8".to_owned()),
        ("Content-Transfer-Encoding", "base64".to_owned()),
    ];
    let mut mail: String =
        head.into_iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let body = STANDARD.encode(message.text.replace('\n', "\r\n"));
    for (index, character) in body.chars().enumerate() {
        if index % LINE == 0 {
            mail.push_str("\r\n");
        }
        mail.push(character);
    }
    mail.push_str("\r\n");
    mail
}

/// RFC 2047: an encoded word must not split a character.
fn encoded_words(text: &str) -> String {
    let mut words = vec![String::new()];
    for character in text.chars() {
        match words.last_mut() {
            Some(word) if word.len() + character.len_utf8() <= WORD => word.push(character),
            _ => words.push(character.to_string()),
        }
    }
    let words = words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word)));
    words.collect::<Vec<_>>().join("\r\n ")
}
