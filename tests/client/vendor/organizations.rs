//! Organizations: made, and deleted by their name or by their token.

use orgkeeper::api::spot::Contract::{Production, Published};
use orgkeeper::engine::base::error::Failure;

use super::{ORGANIZATION, Vendor, missing, refused};

#[tokio::test]
async fn a_new_one_is_reached_by_a_token_of_its_own_alone() {
    for contract in [Production, Published] {
        let vendor = Vendor::new(contract);
        let parent = vendor.client();
        let made = parent.create_organization("Acme").await.unwrap();
        let (id, twin) = (made.id.unwrap(), parent.create_organization("Acme").await.unwrap().id.unwrap());
        assert_ne!(id, twin, "names are not unique");
        let of = |organization: Option<String>| organization.expect("an organization");
        let shown = parent.list_accounts().await.unwrap().remove(0);
        assert_eq!(of(shown.organization_id), ORGANIZATION, "the parent's token goes on to be the parent's");

        let token = vendor.sandbox().world_mut().issue_token(id.parse().unwrap(), None).unwrap().value;
        let own = vendor.client_with(&token);
        let accounts = own.list_accounts().await.unwrap();
        assert_eq!(accounts.len(), 1, "its default account");
        assert_eq!(of(accounts[0].organization_id.clone()), id);
    }
}

#[tokio::test]
async fn production_deletes_the_one_that_is_named() {
    let vendor = Vendor::new(Production);
    let parent = vendor.client();
    let id = parent.create_organization("Acme").await.unwrap().id.unwrap();
    let token = vendor.sandbox().world_mut().issue_token(id.parse().unwrap(), None).unwrap().value;
    let own = vendor.client_with(&token);
    missing(own.delete_organization(ORGANIZATION).await);
    assert_eq!(parent.list_accounts().await.unwrap().len(), 1, "the parent is still there");

    parent.delete_organization(&id).await.unwrap();
    assert_eq!(own.list_accounts().await.unwrap_err().failure, Failure::Unauthorized, "its token went too");
    missing(parent.delete_organization(&id).await);
    missing(parent.delete_organization("no-number").await);
    refused(parent.create_organization("606").await);
    assert!(vendor.sandbox().world().organizations().count() == 1, "nothing was made of it");
}

#[tokio::test]
async fn published_deletes_the_token_s_own_whatever_is_named() {
    let vendor = Vendor::new(Published);
    let parent = vendor.client();
    let id = parent.create_organization("Acme").await.unwrap().id.unwrap();
    let token = vendor.sandbox().world_mut().issue_token(id.parse().unwrap(), None).unwrap().value;
    let own = vendor.client_with(&token);
    own.delete_organization(ORGANIZATION).await.unwrap();
    assert_eq!(own.list_accounts().await.unwrap_err().failure, Failure::Unauthorized);
    assert_eq!(parent.list_accounts().await.unwrap().len(), 1, "another one was named and is still there");
}
