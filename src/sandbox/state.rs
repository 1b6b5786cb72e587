//! What the vendor knows: organizations, accounts, users and tokens. Neither contract shows here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ids::{Generator, OrganizationId};
use super::lagged::{Lag, Lagged};

/// An organization. It always has one default account and one administrator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name, which no call of the vendor returns after creation.
    pub name: String,
    /// The account that was made with it and cannot be deleted.
    pub default_account: String,
    /// The user that was made with it.
    pub administrator: String,
    /// The organization whose token created it; None for one that a person made.
    pub creator: Option<OrganizationId>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// Its place in the order of creation.
    pub serial: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// What can change.
    pub details: Lagged<AccountDetails>,
}

/// What can change in an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDetails {
    /// Its name, which need not be unique.
    pub name: String,
    /// Written, and never returned by the vendor.
    pub slack_notification_channels: Vec<String>,
    /// The cloud it is linked to: `AWS`, `AZURE`, `GCP`.
    pub cloud_provider: Option<String>,
    /// The id of the linked account at that cloud.
    pub provider_external_id: Option<String>,
}

/// A user of one organization.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub id: String,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// Its place in the order of creation.
    pub serial: u64,
    /// The name that the vendor lists.
    pub username: String,
    /// The address a person signs in with.
    pub email: String,
    /// Whether it has a second factor.
    pub mfa: bool,
}

/// A permanent token of a user. Its value is not kept, only its digest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Token {
    /// Whose it is.
    pub user: String,
    /// Where that user belongs.
    pub organization: OrganizationId,
    /// The last digits of its value.
    pub last_digits: String,
}

/// A token as it is handed out, once.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// The value to send as bearer.
    pub value: String,
    /// What the request log and the state show in its place.
    pub digest: String,
    /// Whose it is.
    pub user: String,
    /// Where it belongs.
    pub organization: OrganizationId,
}

/// Why an account is not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKept {
    /// There is no such account.
    Missing,
    /// It is its organization's default account.
    Default,
}

/// Everything that survives a restart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct World {
    generator: Generator,
    serial: u64,
    organizations: BTreeMap<OrganizationId, Organization>,
    accounts: BTreeMap<String, Account>,
    users: BTreeMap<String, User>,
    /// By digest.
    tokens: BTreeMap<String, Token>,
    /// Counts the changes since the start: tells whether a request had an effect.
    #[serde(skip)]
    revision: u64,
}

/// The digest that stands for a secret: enough to compare, too short to search for.
pub fn digest(secret: &str) -> String {
    let mut digits = format!("{:x}", Sha256::digest(secret.as_bytes()));
    digits.truncate(16);
    digits
}

impl World {
    /// An empty world that takes its ids from the seed.
    pub fn new(seed: u64) -> Self {
        Self {
            generator: Generator::new(seed),
            serial: 0,
            organizations: BTreeMap::new(),
            accounts: BTreeMap::new(),
            users: BTreeMap::new(),
            tokens: BTreeMap::new(),
            revision: 0,
        }
    }

    /// Moves with every change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The organizations, by id.
    pub fn organizations(&self) -> impl Iterator<Item = &Organization> {
        self.organizations.values()
    }

    /// One organization.
    pub fn organization(&self, id: OrganizationId) -> Option<&Organization> {
        self.organizations.get(&id)
    }

    /// The organization that was there first.
    pub fn oldest_organization(&self) -> Option<&Organization> {
        let serial = |organization: &&Organization| {
            self.users.get(&organization.administrator).map(|user| user.serial)
        };
        self.organizations.values().min_by_key(serial)
    }

    /// Every account, also those that are deleted and still listed.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// One account that lives, whatever lists show.
    pub fn account(&self, id: &str) -> Option<(&Account, &AccountDetails)> {
        let account = self.accounts.get(id)?;
        Some((account, account.details.current()?))
    }

    /// One account as a read by id shows it.
    pub fn read_account(&self, now: Timestamp, lag: Lag, id: &str) -> Option<(&Account, &AccountDetails)> {
        let account = self.accounts.get(id)?;
        Some((account, account.details.read(now, lag)?))
    }

    /// An organization's accounts as a list shows them, oldest first.
    pub fn listed_accounts(
        &self,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
    ) -> Vec<(&Account, &AccountDetails)> {
        let mut listed: Vec<_> = self
            .accounts
            .values()
            .filter(|account| account.organization == organization)
            .filter_map(|account| Some((account, account.details.listed(now, lag)?)))
            .collect();
        listed.sort_by_key(|(account, _)| account.serial);
        listed
    }

    /// The oldest account that lives: what an account-scoped call without `accountId` means.
    pub fn oldest_account(&self, organization: OrganizationId) -> Option<&Account> {
        self.accounts
            .values()
            .filter(|account| account.organization == organization)
            .filter(|account| account.details.current().is_some())
            .min_by_key(|account| account.serial)
    }

    /// The users of an organization, oldest first.
    pub fn users_of(&self, organization: OrganizationId) -> Vec<&User> {
        let mut users: Vec<_> =
            self.users.values().filter(|user| user.organization == organization).collect();
        users.sort_by_key(|user| user.serial);
        users
    }

    /// One user.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.get(id)
    }

    /// The tokens by digest.
    pub fn tokens(&self) -> impl Iterator<Item = (&String, &Token)> {
        self.tokens.iter()
    }

    /// Whose the token is that a request carries.
    pub fn token(&self, value: &str) -> Option<&Token> {
        self.tokens.get(&digest(value))
    }

    /// Makes an organization with its default account and its administrator.
    pub fn create_organization(
        &mut self,
        now: Timestamp,
        id: Option<OrganizationId>,
        name: &str,
        creator: Option<OrganizationId>,
    ) -> OrganizationId {
        let id = id
            .filter(|id| !self.organizations.contains_key(id))
            .unwrap_or_else(|| self.unused_organization_id());
        let administrator = self.create_administrator(id);
        // A list has to show the default account from the first moment: without it nothing proves
        // where a token belongs.
        let default_account = self.create_account(now, Lag::default(), id, name);
        self.organizations.insert(
            id,
            Organization {
                id,
                name: name.to_owned(),
                default_account,
                administrator,
                creator,
                created_at: now,
            },
        );
        self.revision += 1;
        id
    }

    fn unused_organization_id(&mut self) -> OrganizationId {
        loop {
            let id = self.generator.organization_id();
            if !self.organizations.contains_key(&id) {
                return id;
            }
        }
    }

    fn create_administrator(&mut self, organization: OrganizationId) -> String {
        let id = loop {
            let id = self.generator.user_id();
            if !self.users.contains_key(&id) {
                break id;
            }
        };
        let email = format!("admin@{organization}.example.com");
        let user = User {
            id: id.clone(),
            organization,
            serial: self.next_serial(),
            username: email.clone(),
            email,
            mfa: false,
        };
        self.users.insert(id.clone(), user);
        id
    }

    fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Renames an organization, which only a person can. False: there is none.
    pub fn rename_organization(&mut self, id: OrganizationId, name: &str) -> bool {
        let Some(organization) = self.organizations.get_mut(&id) else {
            return false;
        };
        name.clone_into(&mut organization.name);
        self.revision += 1;
        true
    }

    /// Removes an organization with all that is in it. False: there is none.
    pub fn delete_organization(&mut self, id: OrganizationId) -> bool {
        if self.organizations.remove(&id).is_none() {
            return false;
        }
        self.accounts.retain(|_, account| account.organization != id);
        self.users.retain(|_, user| user.organization != id);
        self.tokens.retain(|_, token| token.organization != id);
        self.revision += 1;
        true
    }

    /// Makes an account. Names are not unique, so this always makes a new one.
    pub fn create_account(
        &mut self,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        name: &str,
    ) -> String {
        let id = loop {
            let id = self.generator.account_id();
            if !self.accounts.contains_key(&id) {
                break id;
            }
        };
        let details = AccountDetails { name: name.to_owned(), ..AccountDetails::default() };
        let account = Account {
            id: id.clone(),
            organization,
            serial: self.next_serial(),
            created_at: now,
            details: Lagged::new(now, lag, details),
        };
        self.accounts.insert(id.clone(), account);
        self.revision += 1;
        id
    }

    /// Changes an account. False: there is none. A change that changes nothing is no effect.
    pub fn change_account(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut AccountDetails),
    ) -> bool {
        let Some(account) = self.accounts.get_mut(id) else {
            return false;
        };
        let Some(before) = account.details.current() else {
            return false;
        };
        let mut after = before.clone();
        change(&mut after);
        if after != *before {
            account.details.set(now, lag, Some(after));
            self.revision += 1;
        }
        true
    }

    /// Deletes an account, unless it is its organization's default account.
    pub fn delete_account(&mut self, now: Timestamp, lag: Lag, id: &str) -> Result<(), AccountKept> {
        let (account, _) = self.account(id).ok_or(AccountKept::Missing)?;
        let is_default = self
            .organizations
            .get(&account.organization)
            .is_some_and(|organization| organization.default_account == id);
        if is_default {
            return Err(AccountKept::Default);
        }
        if let Some(account) = self.accounts.get_mut(id) {
            account.details.set(now, lag, None);
        }
        self.accounts.retain(|_, account| !account.details.is_over(now, lag));
        self.revision += 1;
        Ok(())
    }

    /// Gives an organization's administrator a token: the given value, or a new one.
    /// None: there is no such organization.
    pub fn issue_token(
        &mut self,
        organization: OrganizationId,
        value: Option<String>,
    ) -> Option<IssuedToken> {
        let user = self.organizations.get(&organization)?.administrator.clone();
        let value = value.unwrap_or_else(|| self.generator.token());
        let digest = digest(&value);
        let start = value.char_indices().rev().nth(3).map_or(0, |(index, _)| index);
        self.tokens.insert(
            digest.clone(),
            Token { user: user.clone(), organization, last_digits: value[start..].to_owned() },
        );
        self.revision += 1;
        Some(IssuedToken { value, digest, user, organization })
    }

    /// Revokes a token by its digest. False: there is none.
    pub fn revoke_token(&mut self, digest: &str) -> bool {
        let revoked = self.tokens.remove(digest).is_some();
        self.revision += u64::from(revoked);
        revoked
    }
}
