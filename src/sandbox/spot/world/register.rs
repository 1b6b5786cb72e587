//! What is given out, so that nothing is twice: ids, places in the order of creation, tokens.

use serde::{Deserialize, Serialize};

use crate::sandbox::core::Generator;
use crate::sandbox::spot::ids::{OrganizationId, token};

/// Gives out ids, places in the order of creation, and the values of tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Register {
    generator: Generator,
    serial: u64,
}

impl Register {
    /// One that takes its ids from the seed.
    pub const fn new(seed: u64) -> Self {
        Self { generator: Generator::new(seed), serial: 0 }
    }

    /// The next place in the order of creation.
    pub(super) fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// An id that is not taken: the prefix, which each kind has for itself, and eight hexadecimal digits.
    pub(super) fn unused_id(&mut self, prefix: &str, taken: impl Fn(&str) -> bool) -> String {
        loop {
            let id = format!("{prefix}{}", self.generator.hex(8));
            if !taken(&id) {
                return id;
            }
        }
    }

    /// An id of an organization that is not taken.
    pub(super) fn unused_organization_id(
        &mut self,
        taken: impl Fn(OrganizationId) -> bool,
    ) -> OrganizationId {
        loop {
            let id = OrganizationId::drawn(&mut self.generator);
            if !taken(id) {
                return id;
            }
        }
    }

    /// An external id, which a role in AWS asks for.
    pub(super) fn external_id(&mut self) -> String {
        format!("spotinst:aws:extid:{}", self.generator.hex(16))
    }

    /// The value of a token.
    pub(super) fn token(&mut self) -> String {
        token(&mut self.generator)
    }
}
