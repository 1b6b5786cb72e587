//! Lists of whatever kind in all of a scope, page by page.

use crate::operator::watch::Scope;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ListMeta;
use kube::Client;
use kube::api::{Api, DynamicObject, ListParams};
use kube::core::ApiResource;

/// How many objects a page of a list has.
const PAGE: u32 = 500;

/// Where the kind is listed: in each namespace of the scope, or in all at once.
pub fn apis(
    client: &Client,
    scope: &Scope,
    kind: &ApiResource,
) -> impl Iterator<Item = (Option<String>, Api<DynamicObject>)> {
    scope.parts().into_iter().map(move |part| {
        let api = match &part {
            Some(namespace) => Api::namespaced_with(client.clone(), namespace, kind),
            None => Api::all_with(client.clone(), kind),
        };
        (part, api)
    })
}

/// What asks for the first page.
pub fn first_page() -> ListParams {
    ListParams::default().limit(PAGE)
}

/// Turns to the page after the one that was answered with this; whether there is one.
pub fn turn(page: &mut ListParams, answered: &ListMeta) -> bool {
    page.continue_token = answered.continue_.clone().filter(|token| !token.is_empty());
    page.continue_token.is_some()
}
