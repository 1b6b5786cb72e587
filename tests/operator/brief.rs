//! What is deleted a moment after it was created, and much that is deleted at once: nothing of it stays.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{
    collections::BTreeMap,
    io::Write as _,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, stream};
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, PostParams},
};
use orgkeeper::{api::GROUP, sandbox::spot::Contract};
use serde_json::{Value, json};

use crate::{
    rights::ACCOUNT as SERVICE_ACCOUNT,
    support::{
        audit::{AuditLog, Entries, Mark},
        house::{ACME, House, Kind, LONG},
        operator::{Operator, Run},
        sandbox::Sandbox,
        wait::{PATIENCE, wait_until},
    },
};

/// Much comes at once, on a machine that does as much for others.
const PATIENT: [&str; 6] = ["--call-timeout", "10s", "--lease-duration", "30s", "--lease-renew", "5s"];
/// An object lives for this many milliseconds at most.
const LONGEST: u64 = 12;
/// So many looks at an organization show that all is at rest.
const LOOKS: u64 = 2;

/// What has a name that begins so was deleted.
const SHORT: &str = "short-";
/// The account that the users may look at: the vendor makes no machine user that may do nothing.
const SEEN: &str = "payments";
/// So many organizations stand in one namespace.
const MANY: usize = 14;

fn secret(house: &House, name: &str, token: &str) -> Value {
    let mut secret = house.token_secret(token);
    secret["metadata"]["name"] = json!(name);
    secret
}

/// The manifest of an organization that has this id, and its token in this Secret.
fn organization(house: &House, name: &str, id: &str, secret: &str) -> Value {
    let mut organization = house.organization();
    organization["metadata"]["name"] = json!(name);
    organization["spec"]["organizationId"] = json!(id);
    organization["spec"]["connection"]["tokenSecretRef"]["name"] = json!(secret);
    // To find it out takes calls, and who has proved nothing yet has few.
    organization["spec"]["connection"]["contract"] = json!("Production");
    organization
}

/// The manifest of an account that goes at the vendor with its object.
fn account(house: &House, organization: &str, name: &str, called: &str) -> Value {
    let mut account = house.account(name);
    let spec = json!({"organizationRef": {"name": organization}, "name": called, "deletionPolicy": "Delete"});
    account["spec"] = spec;
    account
}

/// The manifest of a machine user that goes at the vendor with its object, and may look at an account.
fn user(house: &House, organization: &str, account: &str, name: &str, called: &str) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "SpotUser",
        "metadata": {"name": name, "namespace": house.namespace()},
        "spec": {
            "organizationRef": {"name": organization}, "deletionPolicy": "Delete",
            "programmatic": {"name": called, "writeTokenTo": {"name": format!("{called}-token"), "key": "token"}},
            "accounts": [{"accountRef": {"name": account}, "role": "Viewer"}],
        },
    })
}

/// Waits until the manifest's object is ready.
async fn ready(house: &House, manifest: &Value) {
    let member = |name: &str| manifest["metadata"][name].as_str().unwrap();
    house.object(Kind::of(manifest).unwrap(), member("namespace"), member("name")).ready().await;
}

/// Creates an object, and deletes it so much later.
async fn come_and_go(house: &House, manifest: Value, lives: Duration) {
    let kind = Kind::of(&manifest).unwrap();
    let api = house.api(kind, house.namespace());
    let object: kube::api::DynamicObject = serde_json::from_value(manifest).unwrap();
    let name = object.name_any();
    api.create(&PostParams::default(), &object).await.unwrap();
    // How long it lives is what the test is about: nothing is waited for.
    tokio::time::sleep(lives).await;
    api.delete(&name, &DeleteParams::default()).await.unwrap();
}

/// Waits until the operator's metrics have exactly so many objects of each kind, and nothing with this in its name.
async fn knows(operator: &Operator, counts: &[(&str, usize)], gone: &str) {
    let known = |page: &str, kind: &str| {
        let of_kind = format!("orgkeeper_objects{{kind=\"{kind}\"");
        let lines = page.lines().filter(|line| line.starts_with(&of_kind));
        lines
            .map(|line| line.rsplit(' ').next().unwrap().trim_end_matches(".0").parse::<usize>().unwrap())
            .sum::<usize>()
    };
    wait_until(PATIENCE, &format!("{counts:?} are known, and nothing of {gone}"), async || {
        let (_, page) = operator.page("/metrics").await;
        let so_many = counts.iter().all(|(kind, count)| known(&page, kind) == *count);
        (so_many && !page.contains(gone)).then_some(())
    })
    .await;
}

/// Asserts that nothing is written while the organizations are looked at again and again.
async fn is_at_rest(house: &House, operator: &Operator, audit: &AuditLog) {
    let pass = async || {
        let before = operator.reconciles("SpotOrganization").await;
        wait_until(LONG, "looks pass", async || {
            (operator.reconciles("SpotOrganization").await >= before + LOOKS).then_some(())
        })
        .await;
    };
    // What was under way ends before that.
    pass().await;
    let mark = audit.mark().await;
    pass().await;
    let written = writes(house, audit, mark).await;
    assert!(written.is_empty(), "{written:#?}");
}

async fn writes(house: &House, audit: &AuditLog, mark: Mark) -> Entries {
    let entries = audit.since(mark).await.service_account(&house.home, SERVICE_ACCOUNT);
    entries.writes().except_resource("leases")
}

/// How often the operator wrote to objects that were not there any more: in all, and at most to one.
fn in_vain(entries: &Entries) -> (usize, usize) {
    let entries = entries.clone().code(404);
    let mut objects = BTreeMap::<(&str, &str), usize>::new();
    for entry in entries.iter() {
        *objects.entry((&entry.object.resource, &entry.object.name)).or_default() += 1;
    }
    (entries.len(), objects.into_values().max().unwrap_or_default())
}

/// Asserts that what is left at the vendor is named in an event, and takes it away as a person would. A deletion
/// that began before the finalizer was stored does not see that, so an object may go while it is created.
async fn what_is_left_is_named(house: &House) {
    let accounts = house.sandbox.accounts().await.into_iter().map(|account| (account.id, account.name));
    let users = house.sandbox.users().await.into_iter().map(|user| (user.id, user.username));
    // A Secret may be reserved for one that went so; it holds nothing.
    let secrets: Api<Secret> = Api::namespaced(house.cluster.client(), house.namespace());
    for secret in secrets.list(&ListParams::default()).await.unwrap() {
        if secret.name_any().starts_with(SHORT) {
            let values = secret.data.unwrap_or_default();
            assert!(values.values().all(|value| value.0.is_empty()), "a token that nobody has is left");
            tell(&format!("{} was reserved for one that went", secret.metadata.name.as_deref().unwrap()));
            secrets.delete(secret.metadata.name.as_deref().unwrap(), &DeleteParams::default()).await.unwrap();
        }
    }
    for (id, name) in accounts.chain(users).filter(|(_, name)| name.starts_with(SHORT)) {
        wait_until(PATIENCE, &format!("an event of {name} names {id}"), async || {
            let events = house.events(house.namespace(), &name).await;
            events.iter().any(|(_, note)| note.contains(&id)).then_some(())
        })
        .await;
        tell(&format!("{name} went while {id} was made for it"));
        match id.starts_with("act-") {
            true => house.sandbox.delete(&id).await,
            false => house.sandbox.delete_user(&id).await,
        }
    }
}

/// Tells a number; not by `eprintln!`, which the harness hides when a test passes.
fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Organizations, accounts and users that are deleted within milliseconds of their creation, so many together.
async fn nothing_stays_of(count: u64) {
    let house = House::build("brief", Sandbox::start(Contract::Production).await).await;
    let Some(audit) = house.cluster.audit() else { return };
    let operator = house.start_with(&Run::with(&PATIENT)).await;
    house.apply_organization().await;
    let acme = house.the_organization(ACME);
    acme.edit(&json!({"guard": {"maxDestructivePerHour": 1000}})).await;
    house.apply(&[house.account(SEEN)]).await;
    house.the_account(SEEN).ready().await;
    let other = house.sandbox.create_organization("other").await;
    let token = house.sandbox.issue(&other).await;
    house.apply(&[secret(&house, "other-token", &token)]).await;

    let mark = audit.mark().await;
    let short = |number: u64| {
        let name = format!("{SHORT}{number}");
        let manifest = match number % 3 {
            0 => organization(&house, &name, &other, "other-token"),
            1 => account(&house, ACME, &name, &name),
            _ => user(&house, ACME, SEEN, &name, &name),
        };
        come_and_go(&house, manifest, Duration::from_millis(number % (LONGEST + 1)))
    };
    stream::iter(0..count).map(short).buffer_unordered(3).collect::<()>().await;
    for kind in [Kind::Organization, Kind::Account, Kind::User] {
        let api = house.api(kind, house.namespace());
        wait_until(LONG, "they have gone", async || {
            let left = api.list(&ListParams::default()).await.unwrap();
            left.iter().all(|object| !object.name_any().starts_with(SHORT)).then_some(())
        })
        .await;
    }
    knows(&operator, &[("SpotOrganization", 1), ("SpotAccount", 1), ("SpotUser", 0)], SHORT).await;
    is_at_rest(&house, &operator, &audit).await;
    what_is_left_is_named(&house).await;
    let (all, most) = in_vain(&writes(&house, &audit, mark).await);
    tell(&format!("of {count} short-lived objects: {all} writes came too late, {most} at most to one"));
    // The finalizer, or a status for which none is needed; then the watch has told.
    assert!(most <= 2, "what has gone is written to again and again");

    // Whoever wants the same afterwards has it.
    let mut later = vec![organization(&house, "later", &other, "other-token")];
    for number in 0..count {
        let (name, called) = (format!("later-{number}"), format!("{SHORT}{number}"));
        match number % 3 {
            0 => {}
            1 => later.push(account(&house, ACME, &name, &called)),
            _ => later.push(user(&house, ACME, SEEN, &name, &called)),
        }
    }
    house.apply(&later).await;
    for manifest in &later {
        ready(&house, manifest).await;
    }
    house.close(operator).await;
}

#[tokio::test]
async fn what_lives_for_milliseconds_leaves_nothing() {
    nothing_stays_of(60).await;
}

/// `cargo test --all-features --test operator -- --ignored five_hundred`
#[tokio::test]
#[ignore = "takes minutes, and says no more than the one above unless something goes wrong seldom"]
async fn five_hundred_that_live_for_milliseconds_leave_nothing() {
    nothing_stays_of(500).await;
}

/// An organization by number with what is below it; half of that goes at the vendor too.
async fn organization_with_children(house: &House, number: usize) -> Vec<Value> {
    let name = format!("organization-{number}");
    let id = house.sandbox.create_organization(&name).await;
    let token = house.sandbox.issue(&id).await;
    let (token_secret, seen, machine) =
        (format!("{name}-token"), format!("account-{number}"), format!("machine-{number}"));
    let mut children = [account(house, &name, &seen, &seen), user(house, &name, &seen, &machine, &machine)];
    if number.is_multiple_of(2) {
        for child in &mut children {
            child["spec"]["deletionPolicy"] = json!("Orphan");
        }
    }
    let above = [secret(house, &token_secret, &token), organization(house, &name, &id, &token_secret)];
    above.into_iter().chain(children).collect()
}

#[tokio::test]
async fn a_namespace_with_many_organizations_goes_whole_within_seconds() {
    let house = House::with_namespaces("whole", 2, Sandbox::start(Contract::Production).await).await;
    let Some(audit) = house.cluster.audit() else { return };
    let operator = house.start_with(&Run::with(&PATIENT)).await;
    let mut manifests = Vec::new();
    for number in 0..MANY {
        manifests.extend(organization_with_children(&house, number).await);
    }
    let began = Instant::now();
    house.apply(&manifests).await;
    let objects: Vec<&Value> = manifests.iter().filter(|one| Kind::of(one).is_some()).collect();
    for object in &objects {
        ready(&house, object).await;
    }
    let became_ready = began.elapsed();

    let (began, mark) = (Instant::now(), audit.mark().await);
    let namespaces: Api<Namespace> = Api::all(house.cluster.client());
    namespaces.delete(house.namespace(), &DeleteParams::default()).await.unwrap();
    for kind in [Kind::User, Kind::Account, Kind::Organization] {
        let api = house.api(kind, house.namespace());
        wait_until(PATIENCE, "they have gone", async || {
            api.list(&ListParams::default()).await.unwrap().items.is_empty().then_some(())
        })
        .await;
    }
    let objects_gone = began.elapsed();
    let of_namespace = format!("{}/", house.namespace());
    knows(&operator, &[("SpotOrganization", 0), ("SpotAccount", 0), ("SpotUser", 0)], &of_namespace).await;
    let forgotten = began.elapsed();
    wait_until(LONG, "the namespace has gone", async || {
        namespaces.get_opt(house.namespace()).await.unwrap().is_none().then_some(())
    })
    .await;
    let accounts = house.sandbox.accounts().await;
    for number in 0..MANY {
        let name = format!("account-{number}");
        let left = accounts.iter().filter(|account| account.name == name).count();
        assert_eq!(left, usize::from(number.is_multiple_of(2)), "{name} stays at the vendor, or goes");
    }

    // Who comes after for one of the organizations is told of nobody, and nothing is written for those that went.
    let [went, elsewhere] = house.namespaces.as_slice() else { panic!("two namespaces") };
    let mut after = vec![manifests[0].clone(), manifests[1].clone()];
    for manifest in &mut after {
        manifest["metadata"]["namespace"] = json!(elsewhere);
    }
    house.apply(&after).await;
    ready(&house, &after[1]).await;
    is_at_rest(&house, &operator, &audit).await;
    let late = writes(&house, &audit, mark).await.namespace(went);
    let (all, most) = in_vain(&late);
    tell(&format!(
        "{MANY} organizations: ready within {became_ready:.1?}, gone within {objects_gone:.1?}, forgotten within \
         {forgotten:.1?}; {all} writes came too late, {most} at most to one object"
    ));
    // Who takes the last finalizer off knows that it has gone; a Secret's end is told by the watch.
    assert_eq!(in_vain(&late.clone().except_resource("secrets")).0, 0, "what has gone is written to");
    assert!(most <= 2, "what has gone is written to again and again");
    house.close(operator).await;
}
