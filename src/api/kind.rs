//! Which kind an object is of.

use std::fmt;

/// A kind of objects. Two vendors may have kinds of one name, which their groups tell apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindRef {
    group: &'static str,
    name: &'static str,
    bare: bool,
}

impl KindRef {
    /// The kind of this name in the API group. Its text is `Kind.group`.
    pub const fn new(group: &'static str, name: &'static str) -> Self {
        Self { group, name, bare: false }
    }

    /// One whose text is its name alone: in what is stored, told and counted, as it was when there was one vendor.
    pub const fn bare(group: &'static str, name: &'static str) -> Self {
        Self { group, name, bare: true }
    }

    /// Its API group.
    pub const fn group(self) -> &'static str {
        self.group
    }

    /// Its name, as in manifests.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Whether its text is its name alone.
    pub const fn is_bare(self) -> bool {
        self.bare
    }

    /// Whether an object with these two members is of the kind.
    pub fn has(self, api_version: &str, kind: &str) -> bool {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        group == self.group && kind == self.name
    }

    /// Whether this is its text.
    pub fn is_called(self, text: &str) -> bool {
        match text.strip_prefix(self.name) {
            Some("") => self.bare,
            Some(rest) => !self.bare && rest.strip_prefix('.') == Some(self.group),
            None => false,
        }
    }
}

impl fmt::Display for KindRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        if self.bare { Ok(()) } else { write!(f, ".{}", self.group) }
    }
}

impl fmt::Debug for KindRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_one_name_have_texts_of_their_own() {
        let (first, second) = (KindRef::bare("a.example", "Thing"), KindRef::new("b.example", "Thing"));
        assert_ne!(first, second);
        assert_eq!(first.to_string(), "Thing");
        assert_eq!(second.to_string(), "Thing.b.example");
        for (kind, other) in [(first, second), (second, first)] {
            assert!(kind.is_called(&kind.to_string()));
            assert!(!kind.is_called(&other.to_string()), "{kind} {other}");
            assert!(kind.has(&format!("{}/v1", kind.group()), "Thing"));
            assert!(!kind.has(&format!("{}/v1", other.group()), "Thing") && !kind.has("v1", "Thing"));
            assert!(!kind.is_called("Things") && !kind.is_called("") && !kind.is_called("Thing."));
        }
    }
}
