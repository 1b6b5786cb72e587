//! Links accounts to clouds, and lets clouds turn credentials away (spot-wire §2.6).

use jiff::{SignedDuration, Timestamp};

use super::World;
use crate::sandbox::lagged::Lag;
use crate::sandbox::state::credentials::{CloudCredential, ExternalId};

/// How long an external id can be used: the sandbox's own choice.
const EXTERNAL_ID_LIVES: SignedDuration = SignedDuration::from_hours(1);

impl World {
    /// Links an account to a cloud. False: there is no such account.
    pub fn set_credential(
        &mut self,
        now: Timestamp,
        lag: Lag,
        account: &str,
        credential: CloudCredential,
    ) -> bool {
        self.change_account(now, lag, account, |details| details.link(credential))
    }

    /// Makes an account's external id anew. None: there is no such account.
    pub fn request_external_id(&mut self, now: Timestamp, lag: Lag, account: &str) -> Option<ExternalId> {
        let id = format!("spotinst:aws:extid:{}", self.generator.hex(16));
        let made = ExternalId { id, valid_until: now + EXTERNAL_ID_LIVES, used: false };
        self.change_account(now, lag, account, |details| details.external_id = Some(made.clone()))
            .then_some(made)
    }

    /// From now on the cloud turns this role, application (`clientId`) or service account
    /// (`client_email`) away. False: it did already.
    pub fn reject_credentials(&mut self, identity: &str) -> bool {
        let new = self.rejected_credentials.insert(identity.to_owned());
        self.revision += u64::from(new);
        new
    }

    /// From now on the cloud lets it in again. False: it did already.
    pub fn accept_credentials(&mut self, identity: &str) -> bool {
        let was_rejected = self.rejected_credentials.remove(identity);
        self.revision += u64::from(was_rejected);
        was_rejected
    }

    /// Those that the cloud turns away.
    pub fn rejected_credentials(&self) -> impl Iterator<Item = &str> {
        self.rejected_credentials.iter().map(String::as_str)
    }

    /// Whether the cloud turns it away.
    pub fn rejects_credentials(&self, identity: &str) -> bool {
        self.rejected_credentials.contains(identity)
    }
}
