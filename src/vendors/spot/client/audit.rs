//! The audit log.

use jiff::Timestamp;

use crate::engine::base::error::VendorError;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::failure::unreadable;
use crate::vendors::spot::model::AuditEvent;

impl SpotClient {
    /// What was done with success between the two times. The log is no evidence of absence (rule 2):
    /// where the contract does not declare its form, events that cannot be read are passed over.
    pub async fn audit_events(&self, from: Timestamp, to: Timestamp) -> Result<Vec<AuditEvent>, VendorError> {
        let request = self.contract.audit_events(from, to);
        let reply = self.read(&request).await?;
        self.contract.read_audit_events(&reply).map_err(|why| unreadable(&request, &why))
    }
}
