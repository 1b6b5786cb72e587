//! What an answer looks like in each contract.

pub(super) mod access;
mod echo;
pub(super) mod notifications;
mod production;
mod published;
pub(super) mod scoped;
mod success;
mod time;

use serde_json::Value;

use super::contract::Contract;
use super::refusal::Refusal;
use super::state::{Account, AccountDetails, Organization};
use crate::sandbox::core::{Answer, Echo, Standing};

pub(super) use success::Success;

/// The answer to a request that was carried out or refused.
pub(super) fn answer(contract: Contract, echo: &Echo, outcome: &Result<Success, Refusal>) -> Answer {
    match (contract, outcome) {
        (Contract::Production, Ok(success)) => production::success(echo, success),
        (Contract::Production, Err(refusal)) => production::refusal(echo, refusal),
        (Contract::Published, Ok(success)) => published::success(echo, success),
        (Contract::Published, Err(refusal)) => published::refusal(refusal),
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
