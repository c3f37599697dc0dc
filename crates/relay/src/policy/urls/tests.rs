use super::*;

fn origins() -> Vec<String> {
    ["https://app.example.ch", "https://app.example.ch:8443", "http://localhost:3000"]
        .map(str::to_owned)
        .to_vec()
}

#[test]
fn normalizes_allowed_urls() {
    for (raw, written) in [
        ("https://app.example.ch", "https://app.example.ch/"),
        ("https://app.example.ch/done?x=1", "https://app.example.ch/done?x=1"),
        ("https://APP.example.ch/Done", "https://app.example.ch/Done"),
        ("https://app.example.ch:443/", "https://app.example.ch/"),
        ("https://app.example.ch:8443/a", "https://app.example.ch:8443/a"),
        ("https://app.example.ch/a/../b", "https://app.example.ch/b"),
        (
            "https://app.example.ch/?next=https://evil.example",
            "https://app.example.ch/?next=https://evil.example",
        ),
        ("http://localhost:3000/done", "http://localhost:3000/done"),
        (
            "https://app.example.ch/p/{processId}?who={personId}",
            "https://app.example.ch/p/{processId}?who={personId}",
        ),
    ] {
        assert_eq!(check_return_url(raw, &origins(), false).as_deref(), Ok(written), "{raw}");
    }
}

/// Combinations of prefixes, hosts and separators that are known from open redirects.
#[test]
fn rejects_a_corpus_of_open_redirects() {
    const EVIL: [&str; 7] = [
        "evil.example",
        "evil.example:443",
        "127.0.0.1",
        "0x7f000001",
        "[::1]",
        "169.254.169.254",
        "evil。example",
    ];
    const GOOD: &str = "app.example.ch";
    let begins = [
        "https://",
        "http://",
        "HTTPS://",
        "//",
        "///",
        "////",
        "/\\",
        "\\\\",
        "/",
        "https:",
        "https:/",
        "https:///",
        "https:\\\\",
        "https:/\\",
        "https:\\/",
        "http:\\\\",
        "javascript:",
        "javascript://",
        "data:text/html,",
        "ftp://",
        "ws://",
        "wss://",
        "blob:https://",
        "view-source:https://",
        " https://",
        "\thttps://",
        "\u{0}https://",
        "ht\ntps://",
        "https:\t//",
        "h\u{200b}ttps://",
        "%68ttps://",
        "https%3A//",
        "https://%20",
        "https://.",
        "https://,",
    ];
    let leaves: [fn(&str) -> String; 26] = [
        |evil| evil.to_owned(),
        |evil| format!("{GOOD}.{evil}"),
        |evil| format!("{GOOD}@{evil}"),
        |evil| format!("{GOOD}:x@{evil}"),
        |evil| format!("{GOOD}%40{evil}"),
        |evil| format!("{evil}#{GOOD}"),
        |evil| format!("{evil}#@{GOOD}"),
        |evil| format!("{evil}?{GOOD}"),
        |evil| format!("{evil}/{GOOD}"),
        |evil| format!("{evil}\\{GOOD}"),
        |evil| format!("{evil}\\@{GOOD}"),
        |evil| format!("{evil}%2f{GOOD}"),
        |evil| format!("{evil}%5c{GOOD}"),
        |evil| format!("{evil}%00.{GOOD}"),
        |evil| format!("{evil}%23.{GOOD}"),
        |evil| format!("{evil};.{GOOD}"),
        |evil| format!("{evil}\t.{GOOD}"),
        |evil| format!("{evil}&.{GOOD}"),
        |evil| format!("{evil}\r\n.{GOOD}"),
        |evil| format!("{GOOD}%2e{evil}"),
        |evil| format!("{GOOD}%252e{evil}"),
        |evil| format!("{GOOD}\u{ff0e}{evil}"),
        |evil| format!("{GOOD}-{evil}"),
        |evil| format!("{GOOD}:8443@{evil}"),
        |evil| format!("{GOOD}:80\\@{evil}"),
        |evil| format!("x{GOOD}.{evil}"),
    ];
    let mut shapes = 0;
    for begin in begins {
        for leave in leaves {
            for evil in EVIL {
                let raw = format!("{begin}{}", leave(evil));
                assert!(check_return_url(&raw, &origins(), false).is_err(), "{raw:?}");
                shapes += 1;
            }
        }
    }
    assert!(shapes > 6000, "{shapes}");
}

#[test]
fn rejects_urls_similar_to_an_allowed_origin() {
    for raw in [
        "",
        "/",
        "app.example.ch",
        "//app.example.ch/",
        "https:app.example.ch",
        "https:/app.example.ch",
        "https:///app.example.ch",
        "https:\\\\app.example.ch",
        "http://app.example.ch/",
        "https://app.example.ch:444/",
        "https://app.example.ch:/x@y",
        "https://app.example.ch./",
        "https://app.example.ch%2e/",
        "https://app%2eexample%2ech/",
        "https://user@app.example.ch/",
        "https://@app.example.ch/",
        "https://:@app.example.ch/",
        "https://app.example.ch/#x",
        "https://app.example.ch\\evil.example",
        "https://app.example.ch/\u{e9}",
        "https://app.example.ch/ x",
        "https://app.example.ch/\n",
        "https://app.example.ch/{id}",
        "https://{processId}.example.ch/",
        "https://app.example.ch/0relay0process0",
        "https://ａpp.example.ch/",
        "https://app.example.ch\u{2044}evil.example",
        "https://xn--app-.example.ch/",
        "https://sub.app.example.ch/",
        "https://example.ch/",
        "http://localhost:3001/",
        "http://localhost.evil.example:3000/",
        "http://127.0.0.1:3000/",
        "http://[::1]:3000/",
        "null",
        "about:blank",
    ] {
        assert!(check_return_url(raw, &origins(), false).is_err(), "{raw:?}");
    }
    let long = format!("https://app.example.ch/{}", "a".repeat(MAX_URL_BYTES));
    assert!(check_return_url(&long, &origins(), false).is_err());
    assert!(check_return_url("https://app.example.ch/", &[], false).is_err());
}

#[test]
fn lists_each_rejected_url_and_drops_null() {
    let body = r#"{"backUrl":"https://evil.example","successUrl":"https://app.example.ch","mode":null,"language":"de-CH"}"#;
    let error = rebuild(body, &origins(), false).unwrap_err();
    assert_eq!(error.kind, RelayErrorKind::ReturnUrlNotAllowed);
    assert_eq!(error.deviations.len(), 1);
    assert_eq!(error.deviations[0].path, "$.backUrl");
    let body = body.replace("evil.example", "app.example.ch/x");
    assert_eq!(
        rebuild(&body, &origins(), false).unwrap(),
        r#"{"backUrl":"https://app.example.ch/x","successUrl":"https://app.example.ch/","language":"de-CH"}"#
    );
    // An escape in the key does not hide it.
    let body = r#"{"back\u0055rl":"https://evil.example"}"#;
    assert_eq!(
        rebuild(body, &origins(), false).unwrap_err().kind,
        RelayErrorKind::ReturnUrlNotAllowed
    );
}

#[test]
fn allows_loopback_in_development_only() {
    for raw in ["http://localhost:5173/x", "http://127.0.0.1:1/", "http://[::1]:9/"] {
        assert!(check_return_url(raw, &[], true).is_ok(), "{raw}");
        assert!(check_return_url(raw, &[], false).is_err(), "{raw}");
    }
    for raw in ["http://localhost.evil.example/", "https://evil.example/", "http://0.0.0.0/"] {
        assert!(check_return_url(raw, &[], true).is_err(), "{raw}");
    }
}
