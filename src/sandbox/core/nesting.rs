//! How deep a JSON text is nested. A reader of JSON gives up somewhere, with words of its own: here
//! it is told beforehand, and nothing is kept that could not be read again with what stands around it.

/// How deep a body may be nested.
pub const DEEPEST: usize = 64;

/// Whether a text has more objects and lists in each other than may be.
pub fn is_too_deep(json: &[u8]) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, is_too_deep};

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn only_what_is_in_each_other_counts() {
        let text = format!("[\"{} \\\" {}\", 1]", "[".repeat(1000), "{".repeat(1000));
        let beside = format!("[{}]", vec![nested(DEEPEST - 1); 50].join(","));
        for shallow in [nested(DEEPEST), text, beside, "]".repeat(1000), String::new()] {
            assert!(!is_too_deep(shallow.as_bytes()), "{shallow}");
        }
        for deep in [nested(DEEPEST + 1), "{\"a\":".repeat(DEEPEST + 1), "[".repeat(1_000_000)] {
            assert!(is_too_deep(deep.as_bytes()));
        }
    }
}
