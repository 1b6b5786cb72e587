//! Organizations: made, and deleted by their name or by their token.

use orgkeeper::api::spot::Contract::{Production, Published};
use orgkeeper::engine::base::error::Failure;
use orgkeeper::vendors::spot::account::calls::AccountCalls;
use orgkeeper::vendors::spot::organization::calls::OrganizationCalls;

use super::{ORGANIZATION, Vendor, missing, refused};

#[tokio::test]
async fn a_new_one_is_reached_by_a_token_of_its_own_alone() {
    for contract in [Production, Published] {
        let vendor = Vendor::new(contract);
        let parent = vendor.client();
        let made = OrganizationCalls(&parent).create("Acme").await.unwrap();
        let (id, twin) =
            (made.id.unwrap(), OrganizationCalls(&parent).create("Acme").await.unwrap().id.unwrap());
        assert_ne!(id, twin, "names are not unique");
        let of = |organization: Option<String>| organization.expect("an organization");
        let shown = AccountCalls(&parent).list().await.unwrap().remove(0);
        assert_eq!(of(shown.organization_id), ORGANIZATION, "the parent's token goes on to be the parent's");

        let token = vendor.sandbox().world_mut().issue_token(id.parse().unwrap(), None).unwrap().value;
        let own = vendor.client_with(&token);
        let accounts = AccountCalls(&own).list().await.unwrap();
        assert_eq!(accounts.len(), 1, "its default account");
        assert_eq!(of(accounts[0].organization_id.clone()), id);
    }
}

#[tokio::test]
async fn production_deletes_the_one_that_is_named() {
    let vendor = Vendor::new(Production);
    let parent = vendor.client();
    let id = OrganizationCalls(&parent).create("Acme").await.unwrap().id.unwrap();
    let token = vendor.sandbox().world_mut().issue_token(id.parse().unwrap(), None).unwrap().value;
    let own = vendor.client_with(&token);
    missing(OrganizationCalls(&own).delete(ORGANIZATION).await);
    assert_eq!(AccountCalls(&parent).list().await.unwrap().len(), 1, "the parent is still there");

    OrganizationCalls(&parent).delete(&id).await.unwrap();
    assert_eq!(
        AccountCalls(&own).list().await.unwrap_err().failure,
        Failure::Unauthorized,
        "its token went too"
    );
    missing(OrganizationCalls(&parent).delete(&id).await);
    missing(OrganizationCalls(&parent).delete("no-number").await);
    refused(OrganizationCalls(&parent).create("606").await);
    assert!(vendor.sandbox().world().organizations().count() == 1, "nothing was made of it");
}

#[tokio::test]
async fn published_deletes_the_token_s_own_whatever_is_named() {
    let vendor = Vendor::new(Published);
    let parent = vendor.client();
    let id = OrganizationCalls(&parent).create("Acme").await.unwrap().id.unwrap();
    let token = vendor.sandbox().world_mut().issue_token(id.parse().unwrap(), None).unwrap().value;
    let own = vendor.client_with(&token);
    OrganizationCalls(&own).delete(ORGANIZATION).await.unwrap();
    assert_eq!(AccountCalls(&own).list().await.unwrap_err().failure, Failure::Unauthorized);
    assert_eq!(
        AccountCalls(&parent).list().await.unwrap().len(),
        1,
        "another one was named and is still there"
    );
}
