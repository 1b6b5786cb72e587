//! The policies that the vendor brings along.

use std::sync::LazyLock;

use jiff::Timestamp;

use crate::sandbox::core::{Lag, Lagged};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::policy::state::{
    ACCOUNT_EDITOR, ACCOUNT_VIEWER, ADMIN, Policy, PolicyContent, PolicyDetails, PolicyKind, Statement,
};

/// spot-wire §5 names them; the ids besides 2 and 3, and what they say, are the sandbox's own.
static BUILT_IN: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    use PolicyKind::{SpotManagedAccount, SpotManagedOrganization};
    [
        (ADMIN, "Admin", SpotManagedOrganization, "*"),
        (ACCOUNT_EDITOR, "Account Editor", SpotManagedAccount, "*"),
        (ACCOUNT_VIEWER, "Account Viewer", SpotManagedAccount, "*:describe*"),
        ("4", "Elastigroup Full Access", SpotManagedAccount, "elastigroup:*"),
        ("5", "Ocean Full Access", SpotManagedAccount, "ocean:*"),
        ("6", "Credit Card Editor", SpotManagedOrganization, "billing:*"),
        ("7", "Cloud Analyzer Editor", SpotManagedOrganization, "cloudAnalyzer:*"),
    ]
    .into_iter()
    .map(|(id, name, kind, actions)| {
        let at = Timestamp::UNIX_EPOCH;
        let details = PolicyDetails {
            name: name.to_owned(),
            description: format!("{name}, managed by Spot"),
            kind,
            content: PolicyContent::Statements(vec![Statement::allow(&[actions])]),
            updated_at: at,
        };
        Policy {
            id: id.to_owned(),
            organization: OrganizationId(0),
            serial: 0,
            created_at: at,
            details: Lagged::new(at, Lag::default(), details),
        }
    })
    .collect()
});

/// One of them.
pub(in crate::sandbox::spot) fn built_in(id: &str) -> Option<(&'static Policy, &'static PolicyDetails)> {
    let policy = BUILT_IN.iter().find(|policy| policy.id == id)?;
    Some((policy, policy.details.current()?))
}

/// All of them.
pub(in crate::sandbox::spot) fn all_built_in<'a>() -> impl Iterator<Item = (&'a Policy, &'a PolicyDetails)> {
    BUILT_IN.iter().filter_map(|policy| Some((policy, policy.details.current()?)))
}
