//! The columns in which `kubectl get` shows objects.

/// A column. Of what its path finds only the first is shown: a list takes one that says all of it in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its head.
    pub name: &'static str,
    /// The type of its values.
    pub type_: &'static str,
    /// Where they stand, as a JSON path.
    pub path: &'static str,
    /// What it says.
    pub description: &'static str,
    /// Whether it is shown with `-o wide` only.
    pub is_wide: bool,
}

impl Column {
    /// The name at the vendor, where that is in the manifest.
    pub const CALLED: Self = Self::text("Called", ".spec.name", "The name at the vendor");

    /// One of texts.
    pub const fn text(name: &'static str, path: &'static str, description: &'static str) -> Self {
        Self { name, type_: "string", path, description, is_wide: false }
    }

    /// One of numbers.
    pub const fn number(name: &'static str, path: &'static str, description: &'static str) -> Self {
        Self { type_: "integer", ..Self::text(name, path, description) }
    }

    /// The same, with `-o wide` only.
    #[must_use]
    pub const fn wide(self) -> Self {
        Self { is_wide: true, ..self }
    }
}
