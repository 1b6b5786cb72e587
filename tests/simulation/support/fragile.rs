//! Accounts whose code can be made to fail as a bug does.

use orgkeeper::api::policy::DeletionPolicy;
use orgkeeper::api::spot::SpotAccount;
use orgkeeper::engine::base::error::VendorError;
use orgkeeper::engine::base::reason::Reason;
use orgkeeper::engine::decide::plan::{Change, Field, Text};
use orgkeeper::engine::provider::inputs::{Inputs, Unresolved};
use orgkeeper::engine::provider::kind::{KeyAtVendor, Kind, Listed, Wanted, Within};
use orgkeeper::engine::provider::vendor::Created;
use orgkeeper::vendors::spot::account::{Accounts, Desired};
use orgkeeper::vendors::spot::model::Account;
use orgkeeper::vendors::spot::organization::Spot;
use orgkeeper::vendors::spot::session::SpotSession;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// An account of this name makes the code panic.
pub const POISON: &str = "poison";

/// An account of this name is beyond the contract.
pub const BEYOND: &str = "beyond";

/// The kind `SpotAccount`, with bugs on demand.
#[derive(Clone, Default)]
pub struct Fragile {
    /// How many of the next lists panic.
    pub lists: Rc<Cell<u32>>,
}

impl Kind for Fragile {
    type Vendor = Spot;
    type Resource = SpotAccount;
    type Desired = Desired;
    type Observed = Account;

    const DELETION: DeletionPolicy = Accounts::DELETION;
    const NOUN: &'static str = Accounts::NOUN;

    const SHARES_LIST: bool = Accounts::SHARES_LIST;
    const HELD_BY: &'static [&'static str] = Accounts::HELD_BY;

    fn key(resource: &SpotAccount, within: &Within) -> String {
        Accounts::key(resource, within)
    }

    fn key_at_vendor(resource: &SpotAccount) -> KeyAtVendor {
        Accounts::key_at_vendor(resource)
    }

    fn unsendable_name(resource: &SpotAccount) -> Option<String> {
        Accounts::unsendable_name(resource)
    }

    fn title(resource: &SpotAccount) -> String {
        Accounts::title(resource)
    }

    fn differ(resource: &SpotAccount) -> &'static str {
        Accounts::differ(resource)
    }

    async fn desired(
        &self,
        session: &SpotSession,
        resource: &SpotAccount,
        inputs: &Inputs<'_>,
    ) -> Result<Desired, Unresolved> {
        assert_ne!(resource.spec.name, POISON, "a bug");
        Accounts.desired(session, resource, inputs).await
    }

    fn inexpressible(session: &SpotSession, desired: &Desired) -> Option<(Reason, String)> {
        let said = Accounts.fields(session, desired, &Accounts.created(desired, "act-0"), &BTreeMap::new());
        let named = |field: &Field| matches!(&field.desired, Text::Plain(name) if name == BEYOND);
        said.iter()
            .any(named)
            .then(|| (Reason::NotTranslatable, "There is no word for it. Take it out.".to_owned()))
    }

    async fn list(&self, session: &SpotSession, wanted: Wanted<'_>) -> Result<Listed<Account>, VendorError> {
        let bugs = self.lists.get();
        self.lists.set(bugs.saturating_sub(1));
        assert_eq!(bugs, 0, "a bug");
        Accounts.list(session, wanted).await
    }

    async fn get(
        &self,
        session: &SpotSession,
        container: &str,
        id: &str,
    ) -> Option<Result<Account, VendorError>> {
        Accounts.get(session, container, id).await
    }

    fn id(live: &Account) -> &str {
        Accounts::id(live)
    }

    fn live_key(live: &Account) -> &str {
        Accounts::live_key(live)
    }

    fn organization(live: &Account) -> Option<&str> {
        Accounts::organization(live)
    }

    fn fields(
        &self,
        session: &SpotSession,
        desired: &Desired,
        live: &Account,
        applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        Accounts.fields(session, desired, live, applied)
    }

    async fn create(&self, session: &SpotSession, desired: &Desired) -> Result<Created, VendorError> {
        Accounts.create(session, desired).await
    }

    fn created(&self, desired: &Desired, id: &str) -> Account {
        Accounts.created(desired, id)
    }

    async fn update(
        &self,
        session: &SpotSession,
        id: &str,
        desired: &Desired,
        live: &Account,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        Accounts.update(session, id, desired, live, changes).await
    }

    async fn delete(&self, session: &SpotSession, container: &str, id: &str) -> Result<(), VendorError> {
        Accounts.delete(session, container, id).await
    }
}
