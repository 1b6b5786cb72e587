//! What the vendor's audit log tells.

use std::fmt;

use jiff::Timestamp;

/// Something that somebody did (spot-wire §2.8). Events have no ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// When.
    pub created_at: Timestamp,
    /// Who, as the vendor says: an email, or a name.
    pub user: Option<String>,
    /// What.
    pub action: Option<String>,
    /// In which part of the vendor's service.
    pub namespace: Option<String>,
    /// To what sort of thing.
    pub resource_type: Option<String>,
    /// To which.
    pub resource_id: Option<String>,
    /// What else the vendor knows of it.
    pub context: Option<AuditContext>,
}

/// The context of an event: JSON, of which nobody knows what it repeats of a request. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct AuditContext(String);

impl AuditContext {
    /// The text itself, to be searched and shown nowhere.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for AuditContext {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for AuditContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditContext(***)")
    }
}
