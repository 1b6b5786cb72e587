//! The Spot client: one organization, one token, one contract.

mod access;
mod audit;
mod credentials;
mod groups;
mod policies;
mod subscriptions;
mod token;
mod users;

use std::fmt;

use http::StatusCode;
use secrecy::SecretString;
use serde_json::Value;

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::external::caller::Link;
use crate::vendors::spot::contract::{self, Capability, Contract, ContractName, Request};
use crate::vendors::spot::decode::{self, Count, Unreadable};
use crate::vendors::spot::failure::{judge, unreadable};
use crate::vendors::spot::model::{Account, AccountUpdate, Created};
use crate::vendors::spot::reply::Reply;

/// Calls Spot. It never retries and never waits; what to do with an error is the engine's matter.
#[derive(Clone)]
pub struct SpotClient {
    link: Link,
    contract: &'static dyn Contract,
}

impl fmt::Debug for SpotClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpotClient({:?} {})", self.contract.name(), self.link.organization)
    }
}

impl SpotClient {
    /// How old what was read may be for what a person asked.
    pub fn fresh(&self) -> std::time::Duration {
        self.link.fresh()
    }

    /// A client that calls through `link` by `contract`.
    pub fn new(link: Link, contract: ContractName) -> Self {
        Self { link, contract: contract::named(contract) }
    }

    /// The id of the organization.
    pub fn organization(&self) -> &str {
        &self.link.organization
    }

    /// By which contract it calls.
    pub fn contract(&self) -> ContractName {
        self.contract.name()
    }

    /// Whether the contract can do that. What it cannot do is reported, not called.
    pub fn supports(&self, capability: Capability) -> bool {
        self.contract.supports(capability)
    }

    /// All accounts of the token's organization.
    ///
    /// # Errors
    /// Also where the list is not whole (rule 2): never an empty list in its place.
    pub async fn list_accounts(&self) -> Result<Vec<Account>, VendorError> {
        self.list(&self.contract.list_accounts(), decode::account, |account| &account.id).await
    }

    /// One account.
    ///
    /// # Errors
    /// [`Failure::NotFound`] where the vendor says that there is none; [`Failure::NotSupported`]
    /// without [`Capability::GetAccount`].
    pub async fn get_account(&self, id: &str) -> Result<Account, VendorError> {
        let request = self.contract.get_account(id)?;
        self.one(&request, "account", decode::account, |account| account.id == id).await
    }

    /// Makes an account. Not idempotent: names are not unique.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been made all the same (rule 4).
    pub async fn create_account(&self, name: &str) -> Result<Created, VendorError> {
        let reply = self.write(&self.contract.create_account(name), &[]).await?;
        Ok(decode::created_account(&reply))
    }

    /// Changes an account; sends nothing where there is nothing to change.
    ///
    /// # Errors
    /// [`Failure::NotSupported`] for Slack channels without [`Capability::AccountSlackChannels`].
    pub async fn update_account(&self, id: &str, update: &AccountUpdate) -> Result<(), VendorError> {
        if update.is_empty() {
            return Ok(());
        }
        let request = self.contract.update_account(id, update)?;
        let secrets: Vec<&SecretString> = update.slack_channels.iter().flatten().collect();
        self.write(&request, &secrets).await.map(drop)
    }

    /// Deletes an account, for good.
    pub async fn delete_account(&self, id: &str) -> Result<(), VendorError> {
        self.write(&self.contract.delete_account(id)?, &[]).await.map(drop)
    }

    /// Makes an organization. No call lists organizations: an unknown outcome is for a person.
    pub async fn create_organization(&self, name: &str) -> Result<Created, VendorError> {
        let reply = self.write(&self.contract.create_organization(name), &[]).await?;
        Ok(decode::created_organization(&reply))
    }

    /// Deletes the organization, for good. Without [`Capability::DeleteNamesOrganization`] it is the
    /// token's organization, whatever `organization` says: prove the identity first (rule 11).
    pub async fn delete_organization(&self, organization: &str) -> Result<(), VendorError> {
        self.write(&self.contract.delete_organization(organization)?, &[]).await.map(drop)
    }

    async fn list<T>(
        &self,
        request: &Request,
        read: impl Fn(&Value) -> Result<T, Unreadable>,
        id: impl Fn(&T) -> &str,
    ) -> Result<Vec<T>, VendorError> {
        let reply = self.read(request).await?;
        decode::whole_list(&reply, self.contract.count())
            .and_then(|items| decode::each(items, read, id))
            .map_err(|why| unreadable(request, &why))
    }

    /// The only item of an answer, if it is the one that was asked for.
    async fn one<T>(
        &self,
        request: &Request,
        noun: &str,
        read: impl Fn(&Value) -> Result<T, Unreadable>,
        is_asked_for: impl Fn(&T) -> bool,
    ) -> Result<T, VendorError> {
        let reply = self.read(request).await?;
        let items = decode::whole_list(&reply, Count::Optional).map_err(|why| unreadable(request, &why))?;
        match items {
            [item] => match read(item) {
                Ok(found) if is_asked_for(&found) => Ok(found),
                Ok(_) => Err(unreadable(request, &format!("it is about another {noun}"))),
                Err(why) => Err(unreadable(request, &why)),
            },
            // An empty list that says so is how this vendor's clients know that a thing is gone
            // (spot-wire §1).
            [] if decode::whole_list(&reply, Count::Required).is_ok() => Err(VendorError::unknown(
                Failure::NotFound,
                format!("{} {}: no such {noun}", request.call.method, request.call.route),
            )),
            _ => Err(unreadable(request, &format!("not exactly one {noun}"))),
        }
    }

    async fn read(&self, request: &Request) -> Result<Reply, VendorError> {
        let reply = Reply::read(&self.link.call(request.call.clone()).await?);
        if reply.status == StatusCode::OK && !reply.is_vendor_error() {
            Ok(reply)
        } else {
            Err(judge(self.contract, request, &reply, &[&self.link.token]))
        }
    }

    async fn write(&self, request: &Request, sent: &[&SecretString]) -> Result<Reply, VendorError> {
        let reply = Reply::read(&self.link.call(request.call.clone()).await?);
        if self.contract.is_success(&reply) {
            return Ok(reply);
        }
        let secrets: Vec<&SecretString> = sent.iter().copied().chain([&self.link.token]).collect();
        Err(judge(self.contract, request, &reply, &secrets))
    }
}
