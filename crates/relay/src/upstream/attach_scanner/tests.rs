use super::*;

const GOOD: &str = r#"{"name":"a.pdf","contentType":"application/pdf","content":"JVBERi0xLjc="}"#;

fn scan(text: &[u8], cut: usize) -> RelayResult<()> {
    let mut scanner = AttachScanner::default();
    for piece in text.chunks(cut) {
        scanner.push(piece)?;
    }
    scanner.finish()
}

fn kind(text: &str) -> Option<RelayErrorKind> {
    let whole = scan(text.as_bytes(), text.len().max(1)).err().map(|error| error.kind);
    for cut in 1..12 {
        let cut = scan(text.as_bytes(), cut).err().map(|error| error.kind);
        assert_eq!(cut, whole, "the result depends on the chunk size: {text}");
    }
    whole
}

#[test]
fn accepts_fields_in_any_order_and_spelling() {
    for text in [
        GOOD,
        r#" { "content" : "JVBERi0xLjc=" , "contentType":"application/pdf", "name" : "a\"}.pdf" } "#,
        r#"{"cont\u0065nt":"JVBERi0xLjc=","name":"a","contentType":"application/pdf"}"#,
        r#"{"content":"ab\/\u002B","name":"a","contentType":"application/pdf"}"#,
        r#"{"content":"","name":"a","contentType":"application/pdf"}"#,
        r#"{"name":"a","contentType":"application/pdf","externalIdentifier":null,"content":"QUJD",
            "signaturePositions":[{"signer":"]}\"","pageNumber":0,"positionX":1,"positionY":2}]}"#,
    ] {
        assert_eq!(kind(text), None, "{text}");
    }
}

#[test]
fn rejects_invalid_bodies() {
    use RelayErrorKind::{BadJson, ValidationFailed};
    for (text, wanted) in [
        ("", BadJson),
        ("{", BadJson),
        ("[]", BadJson),
        ("null", BadJson),
        (&GOOD[..GOOD.len() - 1], BadJson),
        (&format!("{GOOD} x"), BadJson),
        (&format!("{GOOD}{GOOD}"), BadJson),
        (&GOOD.replace("content\":", "content\" "), BadJson),
        (&GOOD.replace("JVBERi0xLjc=", "JVBERi0xLjc"), BadJson),
        (&GOOD.replace("JVBERi0xLjc=", "JVBE=i0x"), BadJson),
        (&GOOD.replace("JVBERi0xLjc=", "J==="), BadJson),
        (&GOOD.replace("JVBERi0xLjc=", "JVBE Ri0"), BadJson),
        (&GOOD.replace("JVBERi0xLjc=", r"JVB\n"), BadJson),
        (&GOOD.replace("JVBERi0xLjc=", r"JVB\u00e9"), BadJson),
        (&GOOD.replace("\"name\"", "\"content\":\"QUJD\",\"name\""), BadJson),
        (&GOOD.replace("\"name\"", "\"name\":\"b\",\"name\""), BadJson),
        (&GOOD.replace("\"name\"", "\"content\":1,\"name\""), BadJson),
        (r#"{"name":"a","contentType":"application/pdf","content":1}"#, ValidationFailed),
        (&GOOD.replace("\"name\"", "\"id\":\"x\",\"name\""), ValidationFailed),
        (&GOOD.replace("\"name\"", "\"nam\""), ValidationFailed),
        (&GOOD.replace("application/pdf", "text/html"), ValidationFailed),
        (r#"{"name":"a"}"#, ValidationFailed),
        (r#"{}"#, ValidationFailed),
        (r#"{,"name":"a"}"#, BadJson),
        (r#"{"name":}"#, BadJson),
        (r#"{"name":"a",}"#, BadJson),
    ] {
        assert_eq!(kind(text), Some(wanted), "{text}");
    }
}

#[test]
fn rejects_an_invalid_field_before_the_file() {
    let mut scanner = AttachScanner::default();
    let begun = br#"{"name":"a","contentType":"text/html","content":""#;
    assert_eq!(scanner.push(begun).unwrap_err().kind, RelayErrorKind::ValidationFailed);
}

#[test]
fn limits_content_to_the_contracts_length() {
    let mut scanner = AttachScanner::default();
    scanner.push(br#"{"content":""#).unwrap();
    let piece = vec![b'A'; 1 << 20];
    let mut taken = 0;
    let error = loop {
        match scanner.push(&piece) {
            Ok(()) => taken += piece.len(),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind, RelayErrorKind::TooLarge);
    assert_eq!(taken, 53 << 20);
    assert!(scanner.envelope.len() < 100, "the file is not buffered");
}

#[test]
fn limits_the_size_of_other_fields() {
    let mut scanner = AttachScanner::default();
    scanner.push(br#"{"name":""#).unwrap();
    let error = scanner.push(&vec![b'x'; MAX_ENVELOPE_BYTES]).unwrap_err();
    assert_eq!(error.kind, RelayErrorKind::TooLarge);
}

#[test]
fn recognizes_the_base64_alphabet_at_every_position() {
    let wanted = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    for byte in 0..=u8::MAX {
        assert_eq!(is_base64(byte), wanted(byte), "{byte}");
        for at in 0..2 * COMPARE_BLOCK_BYTES + 3 {
            let mut text = [b'Q'; 2 * COMPARE_BLOCK_BYTES + 3];
            text[at] = byte;
            let run = if wanted(byte) { text.len() } else { at };
            assert_eq!(base64_run(&text), run, "{byte} {at}");
        }
    }
}
