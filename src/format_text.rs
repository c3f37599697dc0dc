//! Builds messages without `format!`, whose machinery would add kilobytes to the wasm module.

/// Concatenates the parts.
pub(crate) fn join(parts: &[&str]) -> String {
    let mut out = String::new();
    for part in parts {
        out.push_str(part);
    }
    out
}

/// Formats an integer in decimal.
pub(crate) fn format_integer(number: i64) -> String {
    let mut out = String::new();
    if number < 0 {
        out.push('-');
    }
    push_digits(&mut out, number.unsigned_abs());
    out
}

fn push_digits(out: &mut String, number: u64) {
    if number > 9 {
        push_digits(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_integers_like_the_standard_library() {
        for number in [0, 7, 10, 4711, -1, i64::MAX, i64::MIN] {
            assert_eq!(format_integer(number), number.to_string());
        }
        assert_eq!(join(&["a", "", "bc"]), "abc");
    }
}
