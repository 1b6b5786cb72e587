//! The samples, whole: all that they declare comes to be, once, and stays so at the price of looking.

use std::collections::BTreeSet;

use futures::FutureExt as _;

use super::{
    assert_never_refused,
    scene::{Scene, Stand, Vendor, place, stand},
};
use crate::support::{cluster::Cluster, house::Kind, side_by_side::side_by_side};

/// The routes of one account's things. Where nobody says that the account is honoured, none is called.
const OF_ONE_ACCOUNT: [&str; 3] = ["/setup/credentials", "/azure/setup", "/events/subscription"];
/// The machine users of the samples: in which namespace, and the name there.
const MACHINES: [(usize, &str); 4] = [(0, "ci"), (0, "auditor"), (1, "deployer"), (2, "loader")];

/// What the vendor has is what manifests declare, each once, as far as the contract has words for it.
async fn assert_there(scene: &Scene) {
    let sandbox = &scene.house.sandbox;
    let declared = |kind: Kind| {
        let fit = move |manifest: &&serde_json::Value| {
            Kind::of(manifest) == Some(kind) && !matches!(stand(scene.vendor, manifest), Stand::Nothing(_))
        };
        scene.manifests.iter().filter(fit).count()
    };
    let is_first = 1;
    let accounts = sandbox.accounts().await;
    let names: BTreeSet<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
    assert_eq!((names.len(), accounts.len()), (declared(Kind::Account) + is_first, names.len()));
    let users = sandbox.users().await;
    let names: BTreeSet<&str> = users.iter().map(|user| user.username.as_str()).collect();
    assert_eq!((names.len(), users.len()), (declared(Kind::User) + is_first, names.len()));
    assert_eq!(sandbox.groups().await.len(), declared(Kind::Group));
    let policies = sandbox.policies().await;
    let names: BTreeSet<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!((names.len(), policies.len()), (declared(Kind::Policy), names.len()));
    assert_eq!(sandbox.credentials().await.len(), declared(Kind::Credential));
    assert_eq!(sandbox.subscriptions().await.len(), declared(Kind::Subscription));
}

async fn converges(vendor: Vendor) {
    let audit = Cluster::shared().await.audit();
    let start = match &audit {
        Some(audit) => Some(audit.mark().await),
        None => None,
    };
    let scene = Scene::samples(vendor).await;
    assert_there(&scene).await;
    let some_account = scene.account("Sandbox").await;
    let mut tokens = BTreeSet::new();
    for (team, name) in MACHINES {
        let token = scene.token(team, name).await;
        assert_ne!(scene.house.sandbox.answers(&token, &some_account).await, 401, "{name}");
        assert!(tokens.insert(token), "{name}");
    }
    assert_eq!(scene.house.sandbox.answers("nobody's", &some_account).await, 401);

    scene.look().await;
    scene.again_changes_nothing(audit.as_ref()).await;
    scene.stands().await;
    if vendor == Vendor::Unverified {
        let calls = scene.house.sandbox.counters().await;
        let scoped = |route: &str| OF_ONE_ACCOUNT.iter().any(|part| route.starts_with(part));
        assert!(!calls.is_empty() && !calls.iter().any(|call| scoped(&call.route)), "{calls:?}");
        for (manifest, kind) in scene.objects().filter(|(manifest, _)| scoped_kind(manifest)) {
            let (namespace, name) = place(manifest);
            let told = scene.house.condition(kind, namespace, name, "NotSupported").await.unwrap();
            assert!(told["message"].as_str().unwrap().contains("accountScope"), "{name}: {told}");
        }
    }
    if let (Some(audit), Some(start)) = (&audit, start) {
        assert_never_refused(audit, start, &scene.house.home).await;
    }
    scene.close().await;
}

fn scoped_kind(manifest: &serde_json::Value) -> bool {
    matches!(Kind::of(manifest), Some(Kind::Credential | Kind::Subscription))
}

#[tokio::test]
async fn the_samples_stand_in_both_contracts_and_applying_them_again_writes_nothing() {
    let scenarios = Vendor::ALL.map(|vendor| (format!("{vendor:?}"), converges(vendor).boxed_local()));
    side_by_side(scenarios.into()).await;
}
