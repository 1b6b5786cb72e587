//! What an answer looks like in each contract.

pub(super) mod access;
mod production;
mod published;
pub(super) mod scoped;

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::message::Answer;
use super::rate_limit::Standing;
use super::refusal::Refusal;
use super::routes::Contract;
use super::state::{Account, AccountDetails, Organization};

/// What an operation gives back.
#[derive(Debug)]
pub(super) enum Success {
    /// Objects, of a kind that Production names.
    Items { kind: &'static str, items: Vec<Value> },
    /// Done, with nothing to show.
    Done,
    /// Done to so many objects, with nothing else to show.
    Affected(u32),
}

impl Success {
    pub(super) fn items(kind: &'static str, items: Vec<Value>) -> Self {
        Self::Items { kind, items }
    }
}

/// What an answer repeats of the request.
#[derive(Clone, Debug)]
pub(super) struct Echo {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) method: String,
    pub(super) at: Timestamp,
}

impl Echo {
    fn value(&self) -> Value {
        json!({
            "id": self.id,
            "url": self.url,
            "method": self.method,
            "timestamp": timestamp(self.at),
        })
    }
}

/// The form of time in accounts and in the envelope: `2017-06-04T16:32:58.000Z` (spot-wire §1).
fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The answer to a request that was carried out or refused.
pub(super) fn answer(contract: Contract, echo: &Echo, outcome: &Result<Success, Refusal>) -> Answer {
    match (contract, outcome) {
        (Contract::Production, Ok(success)) => production::success(echo, success),
        (Contract::Production, Err(refusal)) => production::refusal(echo, refusal),
        (Contract::Published, Ok(success)) => published::success(echo, success),
        (Contract::Published, Err(refusal)) => published::refusal(refusal),
    }
}

/// An answer of the vendor that the vendor itself cannot explain: a fault.
pub(super) fn failure(contract: Contract, echo: &Echo, status: StatusCode) -> Answer {
    match contract {
        Contract::Production => production::failure(echo, status),
        Contract::Published => published::failure(status),
    }
}

/// Tells the caller how much it may still ask.
pub(super) fn limit_headers(contract: Contract, answer: &mut Answer, standing: Standing) {
    match contract {
        Contract::Production => production::limit_headers(answer, standing),
        Contract::Published => published::limit_headers(answer, standing),
    }
}

/// An account in the reply to its creation.
pub(super) fn account_created(contract: Contract, account: &Account, details: &AccountDetails) -> Value {
    match contract {
        Contract::Production => production::account_created(account, details),
        Contract::Published => published::account(account, details),
    }
}

/// An account in a list.
pub(super) fn account_listed(contract: Contract, account: &Account, details: &AccountDetails) -> Value {
    match contract {
        Contract::Production => production::account_listed(account, details),
        Contract::Published => published::account(account, details),
    }
}

/// An organization in the reply to its creation.
pub(super) fn organization_created(contract: Contract, organization: &Organization) -> Value {
    match contract {
        Contract::Production => production::organization_created(organization),
        Contract::Published => published::organization(organization),
    }
}
