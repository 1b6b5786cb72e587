//! What there is at Spot, by the paths that it is made and deleted at, and the POSTs that make nothing: one list for all
//! who judge what was sent.

/// One thing that is made.
pub struct Thing {
    /// The paths that make one.
    made_at: &'static [&'static str],
    /// Nothing but a person's word makes it a second time.
    pub once: bool,
}

/// All of them. The path of one is a path that makes it, and its id.
const THINGS: [Thing; 7] = [
    Thing { made_at: &[ACCOUNT], once: true },
    Thing { made_at: &["/setup/user", "/setup/user/programmatic"], once: false },
    Thing { made_at: &["/setup/access/userGroup"], once: true },
    Thing { made_at: &["/setup/access/policy"], once: true },
    Thing { made_at: &["/setup/organization"], once: true },
    Thing { made_at: &["/events/subscription"], once: false },
    Thing { made_at: &["/notificationCenter/policy"], once: true },
];

const ACCOUNT: &str = "/setup/account";

/// The POSTs that make no thing of its own: the only credentials of an account, and what tries them out.
const MAKES_NOTHING: [&str; 3] =
    ["/setup/credentials/", "/azure/setup/credentials", "/gcp/setup/credentials"];

/// What a POST to this path makes. A path that this list does not know is a gap of the judges: nobody would notice what
/// was made there twice.
pub fn made_by(path: &str) -> Result<Option<&'static Thing>, String> {
    let made = THINGS.iter().find(|thing| thing.made_at.contains(&path));
    // Somebody's role in an account.
    let role = path.strip_prefix(ACCOUNT).is_some_and(|account| account.ends_with("/user"));
    let known = made.is_some() || role || MAKES_NOTHING.iter().any(|nothing| path.starts_with(nothing));
    if known { Ok(made) } else { Err(format!("what does POST {path} make?")) }
}

/// The id of what is at this path, an organization's apart: nobody else judges over those.
pub fn id_in(path: &str) -> Option<&str> {
    let of = THINGS.iter().flat_map(|thing| thing.made_at).filter(|of| **of != "/setup/organization");
    let mut ids = of.filter_map(|of| path.strip_prefix(of)?.strip_prefix('/'));
    ids.find(|id| !id.contains('/') && *id != "programmatic")
}

/// Whether an account is at this path.
pub fn is_account(path: &str) -> bool {
    path.strip_prefix(ACCOUNT).is_some_and(|id| id.starts_with('/'))
}
