//! The tokens that were issued.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::core::digest;
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::token::state::{IssuedToken, Token};
use crate::sandbox::spot::user::state::User;
use crate::sandbox::spot::world::register::Register;

/// All tokens, by digest.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tokens {
    by_digest: BTreeMap<String, Token>,
    #[serde(skip)]
    changes: u64,
}

impl Tokens {
    /// Moves with every change.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// The tokens by digest.
    pub fn all(&self) -> impl Iterator<Item = (&String, &Token)> {
        self.by_digest.iter()
    }

    /// The token that a request carries.
    pub fn of_value(&self, value: &str) -> Option<&Token> {
        self.by_digest.get(&digest(value))
    }

    /// The tokens of one user, oldest first.
    pub fn of_user(&self, user: &str) -> Vec<&Token> {
        let mut tokens: Vec<_> = self.by_digest.values().filter(|token| token.user == user).collect();
        tokens.sort_by_key(|token| token.id);
        tokens
    }

    /// Gives a user a token: the given value, or a new one.
    pub(super) fn issue(
        &mut self,
        register: &mut Register,
        now: Timestamp,
        user: &User,
        name: &str,
        value: Option<String>,
    ) -> IssuedToken {
        let value = value.unwrap_or_else(|| register.token());
        let digest = digest(&value);
        let start = value.char_indices().rev().nth(3).map_or(0, |(index, _)| index);
        let token = Token {
            id: register.next_serial(),
            name: name.to_owned(),
            user: user.id.clone(),
            organization: user.organization,
            last_digits: value[start..].to_owned(),
            created_at: now,
        };
        self.by_digest.insert(digest.clone(), token);
        self.changes += 1;
        IssuedToken { value, digest, user: user.id.clone(), organization: user.organization }
    }

    /// Revokes a token by its digest. False: there is none.
    pub fn revoke(&mut self, digest: &str) -> bool {
        let revoked = self.by_digest.remove(digest).is_some();
        self.changes += u64::from(revoked);
        revoked
    }

    /// Forgets all that a user has.
    pub(super) fn forget_user(&mut self, user: &str) {
        self.by_digest.retain(|_, token| token.user != user);
    }

    pub(super) fn forget(&mut self, organization: OrganizationId) {
        self.by_digest.retain(|_, token| token.organization != organization);
    }
}
