//! The audit log.

use jiff::Timestamp;

use super::model::AuditEvent;
use crate::engine::base::error::VendorError;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::client::failure::unreadable;

/// The call about the audit log.
#[derive(Clone, Copy, Debug)]
pub struct AuditCalls<'a>(pub &'a SpotClient);

impl AuditCalls<'_> {
    /// What was done with success between the two times. The log is no evidence of absence (rule 2):
    /// where the contract does not declare its form, events that cannot be read are passed over.
    pub async fn list(self, from: Timestamp, to: Timestamp) -> Result<Vec<AuditEvent>, VendorError> {
        let request = self.0.contract().audit_events(from, to);
        let reply = self.0.read(&request).await?;
        self.0.contract().read_audit_events(&reply).map_err(|why| unreadable(&request, &why))
    }
}
