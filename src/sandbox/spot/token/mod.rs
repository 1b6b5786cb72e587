//! Tokens. No call tells of them: support issues and revokes them.

mod control;
pub(super) mod state;

use http::Method;
use serde_json::json;

use super::Token;
use super::control::Control;
use super::kind::Kind;
use crate::sandbox::core::control::found;

pub(super) static KIND: Kind = Kind {
    controls: &[
        Control::to_none(Method::POST, "tokens", control::issue),
        Control::to_one(Method::DELETE, "tokens/{id}", |sandbox, _, digest, _| {
            found(sandbox.world_mut().revoke_token(digest), "token")
        }),
    ],
    state: &[("tokens", |world| {
        let row = |(digest, token): (&String, &Token)| {
            json!({
                "digest": digest,
                "lastDigits": token.last_digits,
                "userId": token.user,
                "organizationId": token.organization,
            })
        };
        world.tokens().map(row).collect()
    })],
    ..Kind::NONE
};
