//! The Spot client: one organization, one token, one contract; and what every feature's calls have in common.
//!
//! A feature's own calls are a type of its own in its folder, such as [`GroupCalls`], which reaches the vendor
//! through this one.
//!
//! | module | holds |
//! |---|---|
//! | `request` | a call, what it is about, and how ids get into its path |
//! | `reply` | an answer, taken apart |
//! | `failure` | what an answer that is no success means |
//! | `list`, `field` | reading lists, and the members of what is in them |
//! | `created` | what a create answers |
//! | `calls` | several calls that make up one write |
//!
//! [`GroupCalls`]: crate::vendors::spot::group::calls::GroupCalls

pub(super) mod calls;
pub mod created;
pub mod failure;
pub(super) mod field;
pub(super) mod list;
pub mod reply;
pub mod request;

#[cfg(test)]
mod tests;

use std::fmt;

use http::StatusCode;
use secrecy::SecretString;
use serde_json::Value;

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::Tick;
use crate::engine::external::caller::Link;
use crate::vendors::spot::contract::{self, Capability, Contract, ContractName};
use failure::{judge, unreadable};
use field::Unreadable;
use list::{Count, each, whole_list};
use reply::Reply;
use request::Request;

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

    /// The same client with another token.
    #[must_use]
    pub fn with_token(&self, token: &SecretString) -> Self {
        Self { link: Link { token: token.clone(), ..self.link.clone() }, ..self.clone() }
    }

    /// The id of the organization.
    pub fn organization(&self) -> &str {
        &self.link.organization
    }

    /// The token with which it calls.
    pub fn token(&self) -> &SecretString {
        &self.link.token
    }

    /// Now.
    pub fn now(&self) -> Tick {
        self.link.clock.tick()
    }

    /// The contract by which it calls.
    pub fn contract(&self) -> &'static dyn Contract {
        self.contract
    }

    /// Whether the contract can do that. What it cannot do is reported, not called.
    pub fn supports(&self, capability: Capability) -> bool {
        self.contract.supports(capability)
    }

    /// All items of a list, each with an id of its own.
    ///
    /// # Errors
    /// Also where the list is not whole (rule 2): never an empty list in its place.
    pub async fn list<T>(
        &self,
        request: &Request,
        read: impl Fn(&Value) -> Result<T, Unreadable>,
        id: impl Fn(&T) -> &str,
    ) -> Result<Vec<T>, VendorError> {
        let reply = self.read(request).await?;
        whole_list(&reply, self.contract.count())
            .and_then(|items| each(items, read, id))
            .map_err(|why| unreadable(request, &why))
    }

    /// The only item of an answer, if it is the one that was asked for.
    ///
    /// # Errors
    /// [`Failure::NotFound`] where the vendor says that there is none.
    pub async fn one<T>(
        &self,
        request: &Request,
        noun: &str,
        read: impl Fn(&Value) -> Result<T, Unreadable>,
        is_asked_for: impl Fn(&T) -> bool,
    ) -> Result<T, VendorError> {
        let reply = self.read(request).await?;
        let items = whole_list(&reply, Count::Optional).map_err(|why| unreadable(request, &why))?;
        match items {
            [item] => match read(item) {
                Ok(found) if is_asked_for(&found) => Ok(found),
                Ok(_) => Err(unreadable(request, &format!("it is about another {noun}"))),
                Err(why) => Err(unreadable(request, &why)),
            },
            // An empty list that says so is how this vendor's clients know that a thing is gone
            // (spot-wire §1).
            [] if whole_list(&reply, Count::Required).is_ok() => Err(VendorError::unknown(
                Failure::NotFound,
                format!("{} {}: no such {noun}", request.call.method, request.call.route),
            )),
            _ => Err(unreadable(request, &format!("not exactly one {noun}"))),
        }
    }

    /// The answer to a read that succeeded.
    ///
    /// # Errors
    /// What any other answer means.
    pub async fn read(&self, request: &Request) -> Result<Reply, VendorError> {
        let reply = self.answer(request).await?;
        if reply.status == StatusCode::OK && !reply.is_vendor_error() {
            Ok(reply)
        } else {
            Err(self.failure(request, &reply, &[]))
        }
    }

    /// The answer to a write that was carried out; `sent` are the secrets in it.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been carried out all the same (rule 4).
    pub async fn write(&self, request: &Request, sent: &[&SecretString]) -> Result<Reply, VendorError> {
        let reply = self.answer(request).await?;
        if self.contract.is_success(&reply) {
            return Ok(reply);
        }
        Err(self.failure(request, &reply, sent))
    }

    /// Whatever is answered.
    ///
    /// # Errors
    /// Where nothing is.
    pub async fn answer(&self, request: &Request) -> Result<Reply, VendorError> {
        Ok(Reply::read(&self.link.call(request.call.clone()).await?))
    }

    /// What an answer that is no success means; `sent` are the secrets in the request, besides the token.
    pub fn failure(&self, request: &Request, reply: &Reply, sent: &[&SecretString]) -> VendorError {
        let secrets: Vec<&SecretString> = sent.iter().copied().chain([&self.link.token]).collect();
        judge(self.contract, request, reply, &secrets)
    }
}
