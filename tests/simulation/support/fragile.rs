//! Accounts whose code can be made to fail as a bug does.

use async_trait::async_trait;
use orgkeeper::api::spot::SpotAccount;
use orgkeeper::engine::base::error::VendorError;
use orgkeeper::engine::decide::plan::{Change, Field};
use orgkeeper::engine::external::list::{Listed, Wanted};
use orgkeeper::engine::provider::ability::{Creates, Deletes, Gets, Lists};
use orgkeeper::engine::provider::facts::{Facts, Naming, Within};
use orgkeeper::engine::provider::inputs::{Inputs, Unresolved};
use orgkeeper::engine::provider::kind::{DeclaredOf, External, Kind};
use orgkeeper::engine::provider::registration::{End, Making, Registration};
use orgkeeper::engine::provider::vendor::Created;
use orgkeeper::vendors::spot::account::model::Account;
use orgkeeper::vendors::spot::account::{Accounts, Desired};
use orgkeeper::vendors::spot::organization::Spot;
use orgkeeper::vendors::spot::reasons;
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

impl Fragile {
    /// The kind with all that accounts can do.
    pub fn registration(&self) -> Registration<Self> {
        Registration::of(
            self.clone(),
            self.clone(),
            Making::repeatable(self.clone()),
            End::deleted(self.clone()),
        )
        .gets(self.clone())
    }
}

impl Kind for Fragile {
    type Vendor = Spot;
    type Resource = SpotAccount;
    type Desired = Desired;
    type Observed = Account;

    const FACTS: Facts = Accounts::FACTS;

    fn key(resource: &SpotAccount, within: &Within) -> String {
        Accounts::key(resource, within)
    }

    fn naming(resource: &SpotAccount) -> Naming {
        Accounts::naming(resource)
    }

    async fn resolve(
        &self,
        session: &SpotSession,
        resource: &SpotAccount,
        inputs: &Inputs<'_>,
    ) -> Result<DeclaredOf<Self>, Unresolved> {
        assert_ne!(resource.spec.name, POISON, "a bug");
        let mut declared = Accounts.resolve(session, resource, inputs).await?;
        if resource.spec.name == BEYOND {
            let text = "There is no word for it. Take it out.".to_owned();
            declared.inexpressible = Some((reasons::NOT_TRANSLATABLE, text));
        }
        Ok(declared)
    }

    fn identify(live: &Account) -> External<'_> {
        Accounts::identify(live)
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
}

#[async_trait(?Send)]
impl Lists<Self> for Fragile {
    async fn list(
        &self,
        session: &SpotSession,
        wanted: Wanted<'_, Account>,
    ) -> Result<Listed<Account>, VendorError> {
        let bugs = self.lists.get();
        self.lists.set(bugs.saturating_sub(1));
        assert_eq!(bugs, 0, "a bug");
        Accounts.list(session, wanted).await
    }
}

#[async_trait(?Send)]
impl Creates<Self> for Fragile {
    async fn create(&self, session: &SpotSession, desired: &Desired) -> Result<Created, VendorError> {
        Accounts.create(session, desired).await
    }
}

#[async_trait(?Send)]
impl Gets<Self> for Fragile {
    async fn get(
        &self,
        session: &SpotSession,
        container: &str,
        id: &str,
    ) -> Option<Result<Account, VendorError>> {
        Accounts.get(session, container, id).await
    }
}

#[async_trait(?Send)]
impl Deletes<Self> for Fragile {
    async fn delete(&self, session: &SpotSession, container: &str, id: &str) -> Result<(), VendorError> {
        Accounts.delete(session, container, id).await
    }
}
