//! Issues, finds and revokes tokens.

use jiff::Timestamp;

use super::World;
use crate::sandbox::ids::OrganizationId;
use crate::sandbox::state::tokens::{IssuedToken, Token, digest};
use crate::sandbox::state::users::{User, UserDetails};

impl World {
    /// The tokens by digest.
    pub fn tokens(&self) -> impl Iterator<Item = (&String, &Token)> {
        self.tokens.iter()
    }

    /// The token that a request carries.
    pub fn token(&self, value: &str) -> Option<&Token> {
        self.tokens.get(&digest(value))
    }

    /// The user whose token it is; None once it is revoked, or its user deleted.
    pub fn working_token(&self, value: &str) -> Option<(&User, &UserDetails)> {
        self.user(&self.token(value)?.user)
    }

    /// The tokens of one user, oldest first.
    pub fn tokens_of(&self, user: &str) -> Vec<&Token> {
        let mut tokens: Vec<_> = self.tokens.values().filter(|token| token.user == user).collect();
        tokens.sort_by_key(|token| token.id);
        tokens
    }

    /// Gives an organization's oldest administrator a token: the given value, or a new one.
    /// None: there is no such organization, or nobody to administer it.
    pub fn issue_token(
        &mut self,
        organization: OrganizationId,
        value: Option<String>,
    ) -> Option<IssuedToken> {
        let since = self.organization(organization)?.created_at;
        let user = self.administrators(organization).first()?.0.id.clone();
        self.issue_user_token(since, &user, "issued", value)
    }

    /// Gives a user a token: the given value, or a new one. None: there is no such user.
    pub fn issue_user_token(
        &mut self,
        now: Timestamp,
        user: &str,
        name: &str,
        value: Option<String>,
    ) -> Option<IssuedToken> {
        let organization = self.user(user)?.0.organization;
        let value = value.unwrap_or_else(|| self.generator.token());
        let digest = digest(&value);
        let start = value.char_indices().rev().nth(3).map_or(0, |(index, _)| index);
        let token = Token {
            id: self.next_serial(),
            name: name.to_owned(),
            user: user.to_owned(),
            organization,
            last_digits: value[start..].to_owned(),
            created_at: now,
        };
        self.tokens.insert(digest.clone(), token);
        self.revision += 1;
        Some(IssuedToken { value, digest, user: user.to_owned(), organization })
    }

    /// Revokes a token by its digest. False: there is none.
    pub fn revoke_token(&mut self, digest: &str) -> bool {
        let revoked = self.tokens.remove(digest).is_some();
        self.revision += u64::from(revoked);
        revoked
    }
}
