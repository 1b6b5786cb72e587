//! Words with `*` in them, as policies name actions and resources (spot-wire §5).

/// Whether a word is one that the pattern stands for. `*` stands for anything, also for nothing.
pub(super) fn fits(pattern: &str, word: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = word.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, word) in [
            ("*", "anything"),
            ("*", ""),
            ("", ""),
            ("ocean:*", "ocean:"),
            ("ocean:describe*", "ocean:describeCluster"),
            ("*:describe*", "setup:describeAccount"),
            ("*Account*s", "describeAllAccounts"),
            ("sig-214*", "sig-2141"),
            ("a*a", "aa"),
            ("é*", "éa"),
        ] {
            assert!(fits(pattern, word), "{pattern} {word}");
        }
        for (pattern, word) in [
            ("", "a"),
            ("ocean:*", "oceancd:x"),
            ("ocean:describe", "ocean:describeCluster"),
            ("*:describe*", "setup:updateAccount"),
            ("sig-214*", "sig-21"),
            ("a*a", "a"),
            ("*b", "bc"),
        ] {
            assert!(!fits(pattern, word), "{pattern} {word}");
        }
    }
}
