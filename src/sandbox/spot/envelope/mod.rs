//! What an answer looks like in each contract.

mod echo;
mod production;
mod published;
mod success;
mod time;

use super::contract::Contract;
use super::refusal::Refusal;
use crate::sandbox::core::{Answer, Echo, Standing};

pub(super) use success::Success;
pub(super) use time::{offset_timestamp, timestamp};

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
