//! What a create answers. An untyped answer, or more than one item, names no id.

use secrecy::SecretString;

/// The answer to a create that succeeded.
#[derive(Clone, Debug, Default)]
pub struct Created {
    /// The new id. An answer may lack it: then it is to be found as after an unknown outcome (rule 4).
    pub id: Option<String>,
    /// The name, as the vendor took it.
    pub name: Option<String>,
    /// The organization in which it was made.
    pub organization_id: Option<String>,
    /// A machine user's token. No other call ever tells it (spot-wire §2.4).
    pub token: Option<SecretString>,
}
