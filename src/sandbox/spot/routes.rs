//! What is served under each contract, and asked for by what is served: put together from all kinds.

use std::sync::LazyLock;

use super::KINDS;
use super::contract::Contract;
use super::need::Need;
use super::operation::Operation;
use crate::sandbox::core::{Route, ServedRoute};

type Routes = Vec<Route<&'static Operation>>;

static PRODUCTION: LazyLock<Routes> = LazyLock::new(|| served(Contract::Production));
static PUBLISHED: LazyLock<Routes> = LazyLock::new(|| served(Contract::Published));

fn served(contract: Contract) -> Routes {
    KINDS.iter().flat_map(|kind| kind.routes(contract)).cloned().collect()
}

/// What is served under a contract, with what each leads to.
pub(super) fn routes(contract: Contract) -> &'static [Route<&'static Operation>] {
    match contract {
        Contract::Production => &PRODUCTION,
        Contract::Published => &PUBLISHED,
    }
}

/// What is served under a contract; everything else is a 404.
pub fn operations(contract: Contract) -> impl Iterator<Item = ServedRoute> {
    routes(contract).iter().map(Route::served)
}

/// All that calls may ask of their callers' policies.
pub(super) fn needs() -> Vec<Need> {
    KINDS.iter().flat_map(|kind| kind.needs()).collect()
}
