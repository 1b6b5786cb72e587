//! The right to send what must not be sent again: a create, and a field that no read shows. What nobody can
//! read back is known from what is stored alone, so nothing of it is sent that could not be stored.

use super::owed::Owing;
use crate::api::managed::Managed;
use crate::api::status::CommonStatus;
use crate::engine::base::error::VendorError;
use crate::engine::decide::fingerprint::Fingerprints;
use crate::engine::decide::plan::{self, Change, INTENDED};
use crate::engine::provider::kind::{Kind, Session};
use crate::engine::provider::organization_ability::Own;
use crate::engine::provider::registration::Registration;
use crate::engine::provider::vendor::{Created, Vendor};
use crate::engine::provider::vendor_registration::VendorRegistration;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Puts the intent to write what no read shows into a draft: nobody knows from now on what these fields have.
pub fn intend(status: &mut CommonStatus, hidden: &BTreeSet<String>, prints: Option<&Fingerprints>) {
    let before = status.last_applied.get(INTENDED).and_then(|count| count.parse::<u64>().ok());
    let count = before.unwrap_or_default().saturating_add(1);
    status.last_applied.insert(INTENDED.to_owned(), count.to_string());
    for path in hidden {
        // Of what was never written nothing has to be forgotten.
        if let (Some(prints), Some(print)) = (prints, status.last_applied.get_mut(path)) {
            *print = plan::unheard(prints, path);
        }
    }
}

/// Whether what is stored says so of each of these fields.
pub(super) fn is_intended(
    status: &CommonStatus,
    hidden: &BTreeSet<String>,
    prints: Option<&Fingerprints>,
) -> bool {
    let unheard =
        |path: &String, print: &String| prints.is_some_and(|prints| plan::is_unheard(prints, path, print));
    hidden.iter().all(|path| status.last_applied.get(path).is_none_or(|print| unheard(path, print)))
}

/// The right to send one create. Only a committer gives it, for an object whose intent is stored and of which
/// nothing is owed.
#[derive(Debug)]
pub struct Unrepeatable(());

impl Unrepeatable {
    pub(super) const fn given() -> Self {
        Self(())
    }

    /// Sends the create of an object.
    ///
    /// # Errors
    /// As the vendor answers.
    pub async fn create<K: Kind>(
        self,
        kind: &Registration<K>,
        session: &Session<K>,
        desired: &K::Desired,
    ) -> Result<Created, VendorError> {
        kind.create(session, desired).await
    }

    /// Sends the create of an organization.
    ///
    /// # Errors
    /// As the vendor answers.
    pub async fn create_root<V: Vendor>(
        self,
        registration: &VendorRegistration<V>,
        session: &V::Session,
        name: &str,
    ) -> Result<Created, VendorError> {
        registration.create_root(session, name).await
    }
}

/// The right to send one update: of fields that reads show, or of others too.
pub struct Updates<'a, R> {
    owing: &'a Owing<R>,
    /// Whose right to write what no read shows this takes.
    takes: Option<Rc<R>>,
}

impl<'a, R: Managed> Updates<'a, R> {
    pub(super) const fn new(owing: &'a Owing<R>, takes: Option<Rc<R>>) -> Self {
        Self { owing, takes }
    }

    /// Sends the update, unless it was `overtaken`, as was asked right before.
    ///
    /// # Errors
    /// As the vendor answers.
    pub async fn send<K: Kind<Resource = R>>(
        self,
        overtaken: Option<VendorError>,
        kind: &K,
        session: &Session<K>,
        id: &str,
        (desired, live): (&K::Desired, &K::Observed),
        changes: &[Change],
    ) -> Result<(), VendorError> {
        self.sent(overtaken, kind.update(session, id, desired, live, changes)).await
    }

    /// Sends that of an organization's own fields, by the same rule.
    ///
    /// # Errors
    /// As the vendor answers.
    pub async fn send_root<V: Vendor<Root = R>>(
        self,
        overtaken: Option<VendorError>,
        registration: &VendorRegistration<V>,
        session: &V::Session,
        own: &Own<'_, V>,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        self.sent(overtaken, registration.update_root(session, own, changes)).await
    }

    /// The right is used up, unless the call was certainly without effect.
    async fn sent(
        self,
        overtaken: Option<VendorError>,
        call: impl Future<Output = Result<(), VendorError>>,
    ) -> Result<(), VendorError> {
        if let Some(error) = overtaken {
            return Err(error);
        }
        if let Some(object) = &self.takes {
            self.owing.earn(object.as_ref(), false);
        }
        let outcome = call.await;
        if let (Some(object), Err(error)) = (&self.takes, &outcome)
            && error.without_effect
        {
            self.owing.earn(object.as_ref(), true);
        }
        outcome
    }
}
