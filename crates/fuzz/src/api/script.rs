//! Scripts: requests separated by [`SEPARATOR`]. Each is `METHOD TARGET`, then headers, an empty line
//! and the body, as in HTTP; missing parts are empty. A placeholder in braces is replaced by a value of
//! an earlier response, see [`super::state`].

pub(super) const SEPARATOR: &str = "\n---\n";

/// A request of a script.
#[derive(Debug)]
pub(super) struct ScriptRequest<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) headers: Vec<(&'a str, &'a str)>,
    pub(super) body: &'a [u8],
}

/// The requests of a script. Invalid UTF-8 outside of a body ends the request line and headers.
pub(super) fn steps(script: &[u8]) -> impl Iterator<Item = ScriptRequest<'_>> {
    let mut rest = Some(script);
    std::iter::from_fn(move || {
        let text = rest?;
        let (one, after) = cut(text, SEPARATOR.as_bytes());
        rest = after;
        Some(step(one))
    })
}

fn step(text: &[u8]) -> ScriptRequest<'_> {
    let (head, body) = cut(text, b"\n\n");
    let head = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let mut lines = head.split('\n');
    let first = lines.next().unwrap_or_default();
    let (method, target) = first.split_once(' ').unwrap_or(("GET", first));
    let headers = lines.filter_map(|line| line.split_once(": ")).collect();
    ScriptRequest { method, target, headers, body: body.unwrap_or_default() }
}

fn cut<'a>(text: &'a [u8], at: &[u8]) -> (&'a [u8], Option<&'a [u8]>) {
    match memchr::memmem::find(text, at) {
        Some(index) => (&text[..index], Some(&text[index + at.len()..])),
        None => (text, None),
    }
}
