//! What is served: told by the code, by the page, and by the server alike.

use std::collections::BTreeSet;

use http::Method;
use orgkeeper::sandbox::ServedRoute;
use orgkeeper::sandbox::spot::{Contract, operations};
use serde_json::Value;

use crate::harness::Bench;

const PAGE: &str = include_str!("../../docs/sandbox.md");
const CONTRACTS: [(Contract, &str); 2] =
    [(Contract::Production, "### Served in Production"), (Contract::Published, "### Served in Published")];

fn line(route: &ServedRoute) -> String {
    format!("{} {} {}", route.method, route.template, route.operation)
}

/// The rows of the first table below a heading, each as method, template and operation.
fn documented(heading: &str) -> Vec<String> {
    let (_, below) = PAGE.split_once(heading).expect("the heading is there");
    let rows = below.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let row = |line: &str| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 5, "{line}");
        assert!(!cells[2].is_empty() && !cells[3].is_empty(), "shape and source are told: {line}");
        format!("{} {}", cells[0].trim_matches('`'), cells[1])
    };
    rows.take_while(|line| line.starts_with('|')).map(row).collect()
}

#[test]
fn the_page_lists_what_is_served_and_no_more() {
    for (contract, heading) in CONTRACTS {
        let served: Vec<_> = operations(contract).map(|route| line(&route)).collect();
        let (page, code) = (documented(heading), served);
        let told: BTreeSet<_> = page.iter().collect();
        assert_eq!(told, code.iter().collect(), "{contract:?}");
        assert_eq!(told.len(), page.len(), "each once");
    }
}

#[test]
fn published_serves_the_documents_26_operations() {
    let names: BTreeSet<_> = operations(Contract::Published).map(|route| route.operation).collect();
    let document = "createOrganization deleteOrganization createAccount listAccounts updateAccount \
        deleteAccount createUser listOrganizationUsers getUser updateUserPermissions deleteUser \
        createProgrammaticUser createAccessPolicy listAccessPolicies updateAccessPolicy deleteAccessPolicy \
        setAWSCloudCredentials setAzureCloudCredentials setGCPCloudCredentials createSubscription \
        listSubscriptions getSubscription updateSubscription deleteSubscription listAuditEvents healthCheck";
    let document: BTreeSet<_> = document.split(' ').filter(|name| !name.is_empty()).collect();
    assert_eq!(document.len(), 26);
    assert_eq!(names.iter().map(String::as_str).collect::<BTreeSet<_>>(), document);
}

/// Every path of either contract by every method: served as told, or a 404.
#[test]
fn everything_else_is_a_404() {
    let every: BTreeSet<_> = CONTRACTS
        .iter()
        .flat_map(|(contract, _)| operations(*contract))
        .map(|route| route.template)
        .collect();
    for (contract, _) in CONTRACTS {
        let routes: Vec<_> = operations(contract).collect();
        for template in &every {
            // A name that no other template has in this place.
            let path = template.split('/').map(|part| if part.starts_with('{') { "x-1" } else { part });
            let path = path.collect::<Vec<_>>().join("/");
            for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                let fits = |route: &&ServedRoute| {
                    let (given, wanted) = (path.split('/'), route.template.split('/'));
                    route.method == method
                        && given.clone().count() == wanted.clone().count()
                        && given.zip(wanted).all(|(given, wanted)| wanted.starts_with('{') || given == wanted)
                };
                let served = routes.iter().find(fits);
                // A fresh one each time: some of these delete the organization.
                let mut bench = Bench::new(contract);
                let answer = bench.call(method.as_str(), &path, &Value::Null);
                let entry = bench.sandbox.requests().entries().next().expect("the request is logged").clone();
                match served {
                    Some(route) => assert_eq!(entry.route, route.template, "{contract:?} {method} {path}"),
                    None => {
                        assert_eq!(entry.route, "(none)", "{contract:?} {method} {path}");
                        assert_eq!(answer.status, 404, "{contract:?} {method} {path}");
                    }
                }
            }
        }
    }
}
