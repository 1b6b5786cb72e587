//! The actions that policies can name (spot-wire §3). That there is such a list, and its members,
//! is the vendor's; what stands in it here is the sandbox's own: nobody publishes it.

use serde_json::{Value, json};

use super::call::Call;
use super::envelope::Success;

const ACCOUNT: &str = "ACCOUNT";
const ORGANIZATION: &str = "ORGANIZATION";
const READ: &str = "READ";
const WRITE: &str = "WRITE";

struct Action {
    service: &'static str,
    name: &'static str,
    resource_pattern: &'static str,
    scope: &'static str,
    category: &'static str,
}

const fn action(
    service: &'static str,
    name: &'static str,
    resource_pattern: &'static str,
    scope: &'static str,
    category: &'static str,
) -> Action {
    Action { service, name, resource_pattern, scope, category }
}

/// Of `setup`, the first three are named by the vendor (spot-wire §5).
static CATALOGUE: &[Action] = &[
    action("setup", "setup:describeAllAuditEvents", "*", ORGANIZATION, READ),
    action("setup", "setup:updateAccount", "act-*", ACCOUNT, WRITE),
    action("setup", "setup:updatePolicy", "pol-*", ORGANIZATION, WRITE),
    action("setup", "setup:createAccount", "*", ORGANIZATION, WRITE),
    action("setup", "setup:createUser", "*", ORGANIZATION, WRITE),
    action("setup", "setup:deleteAccount", "act-*", ORGANIZATION, WRITE),
    action("setup", "setup:describeAccount", "act-*", ACCOUNT, READ),
    action("setup", "setup:describeUser", "*", ORGANIZATION, READ),
    action("setup", "setup:setCredentials", "act-*", ACCOUNT, WRITE),
    action("elastigroup", "elastigroup:createGroup", "*", ACCOUNT, WRITE),
    action("elastigroup", "elastigroup:deleteGroup", "sig-*", ACCOUNT, WRITE),
    action("elastigroup", "elastigroup:describeGroup", "sig-*", ACCOUNT, READ),
    action("elastigroup", "elastigroup:updateGroup", "sig-*", ACCOUNT, WRITE),
    action("managedInstance", "managedInstance:describeManagedInstance", "smi-*", ACCOUNT, READ),
    action("managedInstance", "managedInstance:updateManagedInstance", "smi-*", ACCOUNT, WRITE),
    action("ocean", "ocean:createCluster", "*", ACCOUNT, WRITE),
    action("ocean", "ocean:deleteCluster", "o-*", ACCOUNT, WRITE),
    action("ocean", "ocean:describeCluster", "o-*", ACCOUNT, READ),
    action("ocean", "ocean:updateCluster", "o-*", ACCOUNT, WRITE),
    action("ocean", "ocean:describeLaunchSpec", "ols-*", ACCOUNT, READ),
    action("ocean", "ocean:updateLaunchSpec", "ols-*", ACCOUNT, WRITE),
];

impl Action {
    fn row(&self) -> Value {
        json!({
            "name": self.name,
            "service": self.service,
            "resourcePattern": self.resource_pattern,
            "scope": self.scope,
            "category": self.category,
        })
    }
}

/// Those that equal every filter of the query; letter case does not matter.
pub(super) fn list(call: &Call<'_>) -> Success {
    let fits = |action: &&Action| {
        [
            ("name", action.name),
            ("service", action.service),
            ("resourcePattern", action.resource_pattern),
            ("scope", action.scope),
            ("category", action.category),
        ]
        .into_iter()
        .all(|(filter, value)| call.query(filter).is_none_or(|wanted| wanted.eq_ignore_ascii_case(value)))
    };
    let items = CATALOGUE.iter().filter(fits).map(Action::row).collect();
    Success::items("spotinst:setup:access:policyAction", items)
}
