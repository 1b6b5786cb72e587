//! The actions that policies can name (spot-wire §3).
//!
//! The names and the roles are those of the vendor's own list, which it has taken off its site since
//! (spotinst/help bc93b1448, `access-policies/access-policy-actions.md`); the form of a row, its
//! pattern and its category are those of its sample (OA `getPolicyAction.yaml`). What is younger than
//! the list and named by the vendor elsewhere is added below. What nobody names comes from the operations that ask for it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::need::{Given, Need, Place};

const KIND: &str = "spotinst:setup:policyAction";

/// The least role that has the action, in the vendor's list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    AccountEditor,
    OrganizationAdmin,
    OrganizationViewer,
}

/// By service and role.
const LISTED: &[(&str, Role, &[&str])] = &[
    (
        "elastigroup",
        Role::AccountEditor,
        &[
            "createBudget",
            "createBudgetAlarm",
            "createClusterRoll",
            "createCodeDeployment",
            "createConfigurationIntegrity",
            "createCustomTag",
            "createFargateMigration",
            "createGroup",
            "createHealthCheck",
            "createKubernetesCluster",
            "createNotification",
            "createNotificationPolicy",
            "createSuspension",
            "createTask",
            "createUnderutilizedSnooze",
            "createUserPolicy",
            "createVolumeAction",
            "deallocateStatefulInstance",
            "deleteBudget",
            "deleteCustomTag",
            "deleteGroup",
            "deleteHealthCheck",
            "deleteNotificationPolicy",
            "deleteNotificationSubscription",
            "deleteSuspendedPolicy",
            "deleteSuspension",
            "deleteTask",
            "deleteUserPolicy",
            "detachInstances",
            "importFargate",
            "lockInstance",
            "manageNotification",
            "pauseStatefulInstance",
            "recycleStatefulInstance",
            "resizeInstance",
            "resumeStatefulInstance",
            "rollGroup",
            "searchInstances",
            "startDeployment",
            "stopCodeDeployment",
            "stopDeployment",
            "suspendPolicy",
            "teminateInstance",
            "unlockInstance",
            "updateBeanstalkGroup",
            "updateBudget",
            "updateBudgetAlarm",
            "updateClusterRoll",
            "updateCodeDeployment",
            "updateDeployment",
            "updateGroup",
            "updateNotificationPolicy",
            "updateNotificationSubscription",
            "updateRoll",
            "updateStatefullMigrationGroup",
            "updateTask",
        ],
    ),
    (
        "elastigroup",
        Role::OrganizationViewer,
        &[
            "createCost",
            "describeActiveGroup",
            "describeActiveInstance",
            "describeAllGroup",
            "describeAllGroups",
            "describeGroupCost",
            "describeGroupOnDemandCost",
            "describeInstance",
            "describeOrganization",
        ],
    ),
    ("emr", Role::AccountEditor, &["createGroup", "deleteGroup", "updateGroup"]),
    (
        "emr",
        Role::OrganizationViewer,
        &["describeActiveMrScaler", "describeAllMrScaler", "describeMrScalerCost"],
    ),
    (
        "ocean",
        Role::AccountEditor,
        &[
            "createCluster",
            "createClusterResource",
            "createKubernetesCluster",
            "createOnPremKubernetesCluster",
            "deleteCluster",
            "deleteKubernetesCluster",
            "deleteOnPremKubernetesCluster",
            "importCluster",
            "rollCluster",
            "updateCluster",
            "updateClusterRoll",
            "updateDeployment",
            "updateKubernetesCluster",
            "updateKubernetesClusterLaunchSpec",
            "updateOceanLaunchSpec",
            "updateOnPremCluster",
        ],
    ),
    (
        "setup",
        Role::AccountEditor,
        &[
            "createCredential",
            "createPolicy",
            "createUserMapping",
            "deletePolicy",
            "deleteUser",
            "describeAllUsers",
            "setAccountCredentials",
            "updateAccount",
            "updatePolicy",
            "updateUser",
            "updateUserMapping",
            "updateUserPoliciesMapping",
            "validatePolicy",
        ],
    ),
    (
        "setup",
        Role::OrganizationAdmin,
        &[
            "createAccount",
            "createCreditCard",
            "createCustomer",
            "createOrganization",
            "createSsoMetaData",
            "describeCreditCard",
            "updateCreditCard",
            "updateOrganization",
        ],
    ),
    (
        "setup",
        Role::OrganizationViewer,
        &[
            "createUserToken",
            "decodeToken",
            "deletePersonalToken",
            "describeAccount",
            "describeAccountUsers",
            "describeAllAccounts",
            "describeAllOrganizationBilling",
            "describeMasterOrganization",
            "describeOrganization",
            "describeOrganizationBilling",
            "describeOrganizationUsers",
            "describePolicy",
            "describePolicyActions",
            "describeUserAuthentication",
            "describeUserPermissions",
            "describeUserToken",
            "switchOrganization",
            "testSlackConnection",
            "updateUsers",
        ],
    ),
];

/// The sample of this very call: those about launch specifications.
const SAMPLE: &[&str] = &["updateLaunchSpec", "launchNodesInLaunchSpec", "updateClusterLaunchSpec"];

/// Named by the vendor in other places: that sample, and the page of the audit log.
const NAMED_ELSEWHERE: &[(&str, Role, &[&str])] = &[
    ("ocean", Role::AccountEditor, SAMPLE),
    ("setup", Role::OrganizationViewer, &["describeAllAuditEvents"]),
];

/// An action, as the call tells it.
struct Action {
    name: String,
    service: &'static str,
    resource_pattern: String,
    scope: &'static str,
    category: &'static str,
}

impl Action {
    fn of(service: &'static str, role: Role, action: &str) -> Self {
        // What those outside of the sample are about is own.
        let kind = match service {
            "ocean" if SAMPLE.contains(&action) => "ols-*",
            "ocean" => "o-*",
            "elastigroup" => "sig-*",
            _ => "*",
        };
        let scope = match (service, role) {
            ("setup", Role::OrganizationAdmin | Role::OrganizationViewer) => "ORGANIZATION",
            _ => "ACCOUNT",
        };
        let category = match action {
            _ if action.starts_with("create") => "CREATE",
            _ if action.starts_with("delete") => "DELETE",
            _ if action.starts_with("describe") => "DESCRIBE",
            _ => "UPDATE",
        };
        Self {
            name: format!("{service}:{action}"),
            service,
            resource_pattern: format!("{service}:{kind}"),
            scope,
            category,
        }
    }

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

/// What the vendor names, and then what the sandbox asks for besides: its own names, and roles, by service and role.
fn catalogue(needs: &[Need]) -> impl Iterator<Item = Action> {
    let named = || {
        let tables = [LISTED, NAMED_ELSEWHERE].into_iter().flatten();
        tables.flat_map(|(service, role, names)| names.iter().map(|name| (*service, *role, *name)))
    };
    let known: BTreeSet<(&str, &str)> = named().map(|(service, _, name)| (service, name)).collect();
    let asked = needs.iter().filter_map(|need| {
        let (service, name) = need.action.split_once(':')?;
        Some((service, role(name, need), name))
    });
    let own: BTreeSet<_> = asked.filter(|(service, _, name)| !known.contains(&(*service, *name))).collect();
    named().chain(own).map(|(service, role, name)| Action::of(service, role, name))
}

/// The least role that has an action of the sandbox's own name.
fn role(name: &str, need: &Need) -> Role {
    match (need.place, need.given) {
        _ if name.starts_with("describe") => Role::OrganizationViewer,
        (Place::Organization, _) | (_, Given::Administrators) => Role::OrganizationAdmin,
        _ => Role::AccountEditor,
    }
}

/// Those that equal every filter of the query; letter case does not matter.
pub(super) fn list(call: &Call<'_>) -> Success {
    let fits = |action: &Action| {
        [
            ("name", action.name.as_str()),
            ("service", action.service),
            ("resourcePattern", &action.resource_pattern),
            ("scope", action.scope),
            ("category", action.category),
        ]
        .into_iter()
        .all(|(filter, value)| call.query(filter).is_none_or(|wanted| wanted.eq_ignore_ascii_case(value)))
    };
    let items = catalogue(&(call.needs)()).filter(fits).map(|action| action.row()).collect();
    Success::items(KIND, items)
}
