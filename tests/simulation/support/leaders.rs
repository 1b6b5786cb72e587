//! Two processes, of which one leads.

use super::house::{House, secs};
use super::look::acme;
use super::manifests::organization;
use futures::FutureExt;
use orgkeeper::engine::base::ports::{Cluster as _, LeaseRecord};
use orgkeeper::sandbox::spot::Contract;

/// A house with an organization and two processes; the first has the Lease.
pub fn two_processes() -> House {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.start();
    house.run(secs(1));
    house.start();
    house
}

/// The Lease, if there is one.
pub fn lease(house: &House) -> Option<LeaseRecord> {
    house.way.cluster.lease().now_or_never().unwrap().unwrap()
}

/// Who has it; nobody where there is none.
pub fn holder(house: &House) -> String {
    lease(house).unwrap_or_default().holder
}
