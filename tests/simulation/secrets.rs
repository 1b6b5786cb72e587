//! The search for secrets that ends every run finds what is told.

use crate::support::house::{House, mins};
use crate::support::look::{acme, home};
use crate::support::manifests::{HOME, TOKEN, account, machine, organization, user_key};
use orgkeeper::sandbox::spot::Contract;
use secrecy::ExposeSecret as _;
use serde_json::json;

#[test]
fn a_token_that_is_told_is_found() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.apply(&home("prod"), &account("prod"));
    house.apply(&user_key("ci"), &machine("ci", "prod"));
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&user_key("ci")));
    assert_eq!(house.told_secrets(), [""; 0]);

    let secrets = house.way.cluster.secrets();
    let of_ci = &secrets[&(HOME.to_owned(), "ci-token".to_owned())];
    let issued = of_ci.values["token"].expose_secret().to_owned();
    house.annotate(&home("prod"), &json!({"example.com/note": TOKEN}));
    house.annotate(&user_key("ci"), &json!({"example.com/note": issued}));
    assert_eq!(house.told_secrets().len(), 2, "{:?}", house.told_secrets());

    // Without the Secrets that hold it, the token is known by the digest that the vendor has of it.
    for (namespace, name) in secrets.keys() {
        house.way.cluster.delete_secret(namespace, name);
    }
    house.annotate(&home("prod"), &json!({}));
    assert_eq!(house.told_secrets().len(), 1, "{:?}", house.told_secrets());
    house.annotate(&user_key("ci"), &json!({}));
    assert_eq!(house.told_secrets(), [""; 0]);
}
