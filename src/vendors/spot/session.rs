//! An open session: the client, and what calls have shown that kinds share.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use futures::FutureExt;
use secrecy::{ExposeSecret, SecretString};

use crate::api::spot::{AccountScope, Contract};
use crate::engine::base::error::VendorError;
use crate::engine::base::ports::Tick;
use crate::engine::external::inventory::{Inventory, Snapshot};
use crate::vendors::spot::account::calls::AccountCalls;
use crate::vendors::spot::account::model::Account;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::cut_short::CutShort;
use crate::vendors::spot::group::model::GroupRow;
use crate::vendors::spot::known_names::KnownNames;
use crate::vendors::spot::policy::calls::PolicyCalls;
use crate::vendors::spot::policy::model::{Policy, PolicyContent, PolicyKind};
use crate::vendors::spot::user::calls::UserCalls;
use crate::vendors::spot::user::model::{UserDetail, UserRow};

/// The vendor's own policies for roles on accounts (spot-wire §5).
const VIEWER: &str = "Account Viewer";
const EDITOR: &str = "Account Editor";
/// The number that Account Viewer is known to have (spot-wire §1), for where it is not listed.
const VIEWER_ID: &str = "3";

/// One organization's session.
pub struct SpotSession {
    /// The calls.
    pub client: SpotClient,
    token_user: Option<String>,
    account_scope: AccountScope,
    /// Whether a list of users lacked that one: then the word counts for nothing.
    token_user_unknown: Cell<bool>,
    accounts: Inventory<Account>,
    policies: Inventory<Policy>,
    policies_used: Cell<bool>,
    /// When we last wrote one.
    policies_written: Cell<Tick>,
    /// The policies as objects at rest know them.
    compared: RefCell<Option<Policies>>,
    /// Names that manifests can use, by what they are of.
    names: RefCell<BTreeMap<String, Rc<KnownNames>>>,
    /// The account that a person created as Viewer is linked to (spot-wire §2.3).
    oldest_account: RefCell<Option<String>>,
    /// Users that were seen to be administrators: the first to ask when another one is looked for.
    administrators: RefCell<BTreeSet<String>>,
    /// How the audit log calls the user whose token this is.
    own_names: RefCell<BTreeSet<String>>,
    /// The user whose token this is, as it was last found.
    own_id: RefCell<Option<String>>,
    /// The addresses of people, by their ids: no person gets another one.
    addresses: RefCell<BTreeMap<String, String>>,
    /// Whether an account has no credential of a cloud, where it may have one of several.
    pub(super) unlinked: CutShort<bool>,
    /// Credentials that work, and are to be set next.
    pub(super) tried: CutShort<()>,
    /// Users, whose roles are read next.
    pub(super) half_read: CutShort<UserDetail>,
    /// Groups and users, among whom those with a policy are looked for.
    pub(super) groups: CutShort<Vec<GroupRow>>,
    pub(super) users: CutShort<Vec<UserRow>>,
}

impl SpotSession {
    /// A session that calls by `client`, whose token is `token_user`'s if a person said so. A person also
    /// says whether a server of the published document minds accounts: `account_scope`.
    pub fn new(client: SpotClient, token_user: Option<String>, account_scope: AccountScope) -> Self {
        Self {
            client,
            token_user,
            account_scope,
            token_user_unknown: Cell::default(),
            accounts: Inventory::default(),
            policies: Inventory::default(),
            policies_used: Cell::default(),
            policies_written: Cell::default(),
            compared: RefCell::default(),
            names: RefCell::default(),
            oldest_account: RefCell::default(),
            administrators: RefCell::default(),
            own_names: RefCell::default(),
            own_id: RefCell::default(),
            addresses: RefCell::default(),
            unlinked: CutShort::default(),
            tried: CutShort::default(),
            half_read: CutShort::default(),
            groups: CutShort::default(),
            users: CutShort::default(),
        }
    }

    /// Whether the contract can do that.
    pub fn supports(&self, capability: Capability) -> bool {
        self.client.supports(capability)
    }

    /// Whether calls for what is in one account reach that account. The live service takes the account from a
    /// parameter; the published document has none there, and a server that ignores it would use another account
    /// (spot-published note 2).
    pub fn minds_accounts(&self) -> bool {
        self.client.contract().name() == Contract::Production || self.account_scope == AccountScope::Query
    }

    /// What the policy with this id is called, as far as it was read.
    pub fn policy_name(&self, id: &str) -> Option<String> {
        Some(self.policies.latest()?.items.get(id)?.name.clone())
    }

    /// The policies, as they were read at `fresh` or later, and after our own last write of one, for somebody who
    /// goes by them.
    ///
    /// # Errors
    /// Those of the list.
    pub async fn policies(&self, fresh: Tick) -> Result<Policies, VendorError> {
        // What was read for somebody who may go without may be from before what this one looks for.
        let fresh = if self.policies_used.get() { fresh } else { self.client.now() };
        let policies = self.list_policies(fresh).await?;
        self.policies_used.set(true);
        Ok(policies)
    }

    /// The policies, as they were read at `fresh` or later, and after our own last write of one, for somebody who
    /// may go without.
    ///
    /// # Errors
    /// Those of the list.
    pub async fn list_policies(&self, fresh: Tick) -> Result<Policies, VendorError> {
        self.read_policies(fresh.max(self.policies_written.get())).await
    }

    /// The policies as they were read whenever that was: for what no write of ours can change.
    ///
    /// # Errors
    /// Those of the list.
    pub async fn policies_so_far(&self) -> Result<Policies, VendorError> {
        let policies = self.read_policies(Tick::default()).await?;
        self.policies_used.set(true);
        Ok(policies)
    }

    /// The policies as they were read last, if ever.
    pub fn latest_policies(&self) -> Option<Policies> {
        self.policies.latest().map(Policies)
    }

    /// A policy was written, or may have been: no list that was begun before tells of it.
    pub fn policies_written(&self) {
        self.policies_written.set(self.client.now());
    }

    async fn read_policies(&self, fresh: Tick) -> Result<Policies, VendorError> {
        let list = |_, begun| {
            let client = self.client.clone();
            let list = async move {
                Ok(Snapshot::of(begun, PolicyCalls(&client).list().await?, |policy| &policy.id))
            };
            list.boxed_local()
        };
        self.policies.read(fresh, false, || self.client.now(), list).await.map(Policies)
    }

    /// The names that the vendor lists of this, as far as they were read.
    pub fn names(&self, of: &str) -> Rc<KnownNames> {
        Rc::clone(self.names.borrow_mut().entry(of.to_owned()).or_default())
    }

    /// The accounts, as they were read at `fresh` or later: one list answers for all kinds that need it.
    ///
    /// # Errors
    /// Those of the list.
    pub async fn accounts(&self, fresh: Tick) -> Result<Rc<Snapshot<Account>>, VendorError> {
        let list = |_, begun| {
            let client = self.client.clone();
            let list = async move {
                Ok(Snapshot::of(begun, AccountCalls(&client).list().await?, |account| &account.id))
            };
            list.boxed_local()
        };
        let accounts = self.accounts.read(fresh, false, || self.client.now(), list).await?;
        self.note_accounts(accounts.items.values());
        Ok(accounts)
    }

    /// Whether somebody goes by the policies: nobody else is troubled where they cannot be read.
    pub fn uses_policies(&self) -> bool {
        self.policies_used.get()
    }

    /// Whether a name, or a type, stands for another policy than when this was asked last.
    pub fn renamed(&self, policies: &Policies) -> bool {
        let before = self.compared.replace(Some(policies.clone()));
        before.is_some_and(|before| !before.means_the_same(policies))
    }

    /// Now.
    pub fn now(&self) -> Tick {
        self.client.now()
    }

    /// A moment that is recent enough for somebody who looks for something new.
    pub fn recent(&self) -> Tick {
        self.client.now() - self.client.fresh()
    }

    /// Takes in a list of accounts.
    fn note_accounts<'a>(&self, accounts: impl Iterator<Item = &'a Account>) {
        let oldest = accounts.filter(|account| account.created_at.is_some());
        let oldest = oldest.min_by_key(|account| (account.created_at, account.id.clone()));
        *self.oldest_account.borrow_mut() = oldest.map(|account| account.id.clone());
    }

    /// The organization's oldest account, where lists tell.
    pub fn oldest_account(&self) -> Option<String> {
        self.oldest_account.borrow().clone()
    }

    /// Takes in a list of users.
    pub fn note_users(&self, users: &[UserRow]) {
        let own = self.token_user.as_ref();
        self.token_user_unknown.set(own.is_some_and(|own| users.iter().all(|user| user.id != *own)));
        let listed: BTreeSet<&str> = users.iter().map(|user| user.id.as_str()).collect();
        self.administrators.borrow_mut().retain(|id| listed.contains(id.as_str()));
        let mut addresses = self.addresses.borrow_mut();
        addresses.retain(|id, _| listed.contains(id.as_str()));
        addresses.extend(users.iter().filter_map(|user| Some((user.id.clone(), user.email.clone()?))));
    }

    /// Takes in what a user turned out to be.
    pub fn note_user(&self, detail: &UserDetail, administrator: bool) {
        if administrator {
            self.administrators.borrow_mut().insert(detail.id.clone());
        } else {
            self.administrators.borrow_mut().remove(&detail.id);
        }
        if self.is_own(&detail.id, Some(detail)) == Some(true) {
            let names = detail.email.iter().chain(Some(&detail.username)).filter(|name| !name.is_empty());
            self.own_names.borrow_mut().extend(names.cloned());
            *self.own_id.borrow_mut() = Some(detail.id.clone());
        }
    }

    /// The address of a user, if it has one.
    ///
    /// # Errors
    /// Those of the read, where no list showed it yet; `NotFound` where there is no such user.
    pub async fn address(&self, id: &str) -> Result<Option<String>, VendorError> {
        let known = self.addresses.borrow().get(id).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let address = UserCalls(&self.client).get(id).await?.email;
        self.addresses.borrow_mut().extend(address.clone().map(|address| (id.to_owned(), address)));
        Ok(address)
    }

    /// Whether the user was an administrator when it was last read.
    pub fn was_administrator(&self, id: &str) -> bool {
        self.administrators.borrow().contains(id)
    }

    /// Whether the user was this session's own when it was last read.
    pub fn was_own(&self, id: &str) -> bool {
        self.token_user.as_deref() == Some(id) || self.own_id.borrow().as_deref() == Some(id)
    }

    /// Whether the audit log means this session's own user by that name.
    pub fn calls_itself(&self, name: &str) -> bool {
        self.own_names.borrow().contains(name)
    }

    /// Whether this session's token is the user's: as a person said, else by its last digits. `None` where
    /// nothing tells, or where the word is of a user whom the vendor does not list.
    pub fn is_own(&self, id: &str, detail: Option<&UserDetail>) -> Option<bool> {
        match &self.token_user {
            Some(own) if !self.token_user_unknown.get() => Some(own == id),
            _ if self.supports(Capability::UserDetails) => {
                detail.and_then(|detail| has_token(detail, self.client.token()))
            }
            _ => None,
        }
    }
}

/// Whether one of the user's tokens ends as this one does; `None` where the vendor does not show how they
/// end.
pub fn has_token(detail: &UserDetail, token: &SecretString) -> Option<bool> {
    let token = token.expose_secret();
    let digits: Option<Vec<&str>> = detail
        .tokens
        .iter()
        .map(|known| known.last_digits.as_deref().filter(|text| !text.is_empty()))
        .collect();
    Some(digits?.into_iter().any(|digits| token.ends_with(digits)))
}

/// The policies of an organization, as one list shows them.
#[derive(Clone, Debug)]
pub struct Policies(Rc<Snapshot<Policy>>);

impl Policies {
    /// When they were read.
    pub fn read_at(&self) -> Tick {
        self.0.begun
    }

    /// One by its id.
    pub fn get(&self, id: &str) -> Option<&Policy> {
        self.0.items.get(id)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Policy> {
        self.0.items.values()
    }

    /// The same, where those with these ids allow nothing: what is not certain to remain counts for nothing.
    /// They stay known, as a name that is one of theirs tells nothing certain either.
    #[must_use]
    pub fn powerless(&self, ids: &BTreeSet<String>) -> Self {
        if !ids.iter().any(|id| self.0.items.contains_key(id)) {
            return self.clone();
        }
        let mut items = self.0.items.clone();
        for (id, policy) in &mut items {
            if ids.contains(id) && !policy.kind.is_built_in() {
                policy.content = Some(PolicyContent::Statements(Vec::new()));
            }
        }
        Self(Rc::new(Snapshot { begun: self.0.begun, items }))
    }

    /// Whether every name and type stands for the same in both.
    fn means_the_same(&self, other: &Self) -> bool {
        let meanings = |policies: &'_ Self| -> Vec<(String, String, PolicyKind)> {
            let all = policies.0.items.values();
            all.map(|policy| (policy.id.clone(), policy.name.clone(), policy.kind)).collect()
        };
        meanings(self) == meanings(other)
    }

    /// All of that name.
    pub fn named(&self, name: &str) -> Vec<&Policy> {
        self.0.items.values().filter(|policy| policy.name == name).collect()
    }

    /// The id of Account Viewer.
    pub fn viewer(&self) -> &str {
        self.built_in(VIEWER).unwrap_or(VIEWER_ID)
    }

    /// The id of Account Editor.
    pub fn editor(&self) -> Option<&str> {
        self.built_in(EDITOR)
    }

    /// By name and type, never by number: nothing says that the numbers are the same everywhere.
    fn built_in(&self, name: &str) -> Option<&str> {
        let found = self.named(name).into_iter().find(|policy| policy.kind == PolicyKind::BuiltInAccount);
        found.map(|policy| policy.id.as_str())
    }

    /// Whether whoever has the policy administers the organization.
    pub fn administers(&self, id: &str) -> bool {
        self.get(id).is_some_and(Policy::grants_everything_in_the_organization)
    }

    /// The vendor's own policies that make an administrator.
    pub fn built_in_administration(&self) -> impl Iterator<Item = &str> {
        let all = self.0.items.values().filter(|policy| policy.kind == PolicyKind::BuiltInOrganization);
        all.filter(|policy| policy.grants_everything_in_the_organization()).map(|policy| policy.id.as_str())
    }

    /// Whether any of them certainly makes an administrator: otherwise no user is one, and no read would find one.
    pub fn make_administrators(&self) -> bool {
        !self.administering_names(true).is_empty()
    }

    /// The names of the policies that make an administrator. A group's policies are shown by name, and a
    /// name may be that of several: where one has to be `sure`, all of them must make one.
    pub fn administering_names(&self, sure: bool) -> BTreeSet<&str> {
        let names = |administers: bool| {
            let all = self.0.items.values();
            let these = all.filter(move |one| one.grants_everything_in_the_organization() == administers);
            these.map(|policy| policy.name.as_str())
        };
        let mut found: BTreeSet<&str> = names(true).collect();
        if sure {
            names(false).for_each(|name| {
                found.remove(name);
            });
        }
        found
    }
}

#[cfg(test)]
impl Policies {
    /// Policies of which only id, name and type are told.
    pub(super) fn of<const N: usize>(policies: [(&str, &str, PolicyKind); N]) -> Self {
        let policy = |(id, name, kind): (&str, &str, PolicyKind)| {
            let (id, name) = (id.to_owned(), name.to_owned());
            let (description, content) = (None, None);
            (id.clone(), Policy { id, name, description, kind, content })
        };
        Self(Rc::new(Snapshot { begun: Tick::default(), items: policies.into_iter().map(policy).collect() }))
    }

    /// The same, and one more that says this.
    pub(super) fn with_content(self, id: &str, name: &str, kind: PolicyKind, content: PolicyContent) -> Self {
        let mut items = self.0.items.clone();
        let (id, name, content) = (id.to_owned(), name.to_owned(), Some(content));
        let description = None;
        items.insert(id.clone(), Policy { id, name, description, kind, content });
        Self(Rc::new(Snapshot { begun: self.0.begun, items }))
    }
}
