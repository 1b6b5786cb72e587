//! Installed with Helm: a first look with the sandbox, then a vendor of one's own, an upgrade, and the end.

use std::sync::Arc;

use orgkeeper::sandbox::spot::Contract;
use serde_json::Value;

use super::{
    migrate,
    node::Node,
    shell::{Ran, Shell},
    uninstall, upgrade,
    walk::{Ledger, Reader},
    way::{VENDOR, Way},
};
use crate::support::{
    cluster::Cluster,
    house::{ACME, House, Kind},
    sandbox::{ORGANIZATION, Sandbox},
};

/// Where the organization is.
pub const PLATFORM: &str = "platform";
/// The vendor's token that somebody types.
pub const TYPED: &str = "sandbox-token\n";

pub async fn journey(ledger: &Ledger) {
    let cluster = Cluster::alone().await;
    let way = Arc::new(Way::open().await);
    let vendor = Sandbox::start_with(Contract::Production, &["--any-resource"]).await;
    way.leads(VENDOR, vendor.url());
    let house = House::for_helm(cluster, "pages", 0, vendor).await;
    let mut shell = Shell::open(cluster, &way.environment());
    let walk = async {
        install(ledger, &mut shell).await;
        sandbox(ledger, &mut shell).await;
        real_token(ledger, &mut shell, &house).await;
        roles(ledger, &mut shell).await;
        migrate::migrate(ledger, &mut shell, &house).await;
        migrate::renaming(ledger, &mut shell, &house).await;
        migrate::runbook(ledger, &mut shell, &house).await;
        upgrade::with_helm(ledger, &mut shell, &house).await;
        uninstall::operations(ledger, &mut shell, &house).await;
        uninstall::with_helm(ledger, &mut shell, &house).await;
    };
    Node::start(cluster, Arc::clone(&way)).carries(walk).await;
}

async fn install(ledger: &Ledger, shell: &mut Shell) {
    let mut page = Reader::open("docs/install.md", ledger, shell);
    page.turn_to("## On kind");
    page.read("The last value admits the sandbox").await;
    page.turn_to("## Does it work?");
    let ran = page.read("Both pods are ready; the Lease names one of them as its holder.").await;
    page.until(&ran[0], "two pods, one of which has the Lease", |said| {
        let row = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let rows: Vec<Vec<String>> = said.lines().map(row).filter(|row| row.len() > 1).collect();
        let pods =
            rows.iter().filter(|row| row[0].starts_with("pod/") && row[1] == "1/1" && row[2] == "Running");
        let pods: Vec<&str> = pods.map(|row| row[0].trim_start_matches("pod/")).collect();
        let holder = rows.iter().find(|row| row[0] == "lease.coordination.k8s.io/orgkeeper");
        pods.len() == 2 && holder.is_some_and(|row| pods.iter().any(|pod| row[1].starts_with(pod)))
    })
    .await;
    let all = Kind::ALL.map(Kind::resource);
    for kind in &all {
        let (plural, kinds) = (format!("{} ", kind.plural), &ran[1].said);
        assert!(kinds.lines().any(|line| line.starts_with(&plural)), "{plural}: {kinds}");
    }
    page.said("`/readyz` lists every watch", &ran[3], &[]);
    // For the first seconds of a kind the API server answers some of its watches by 429.
    page.until(&ran[3], "`/readyz` lists every watch", |said| {
        all.iter().all(|kind| said.contains(&format!("watch {}: ok", kind.kind)))
    })
    .await;
}

/// The rows of a table, without its heads.
fn rows(said: &str) -> Vec<Vec<String>> {
    let lines = said.lines().filter(|line| !line.trim().is_empty() && !line.contains("AGE"));
    lines.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

async fn sandbox(ledger: &Ledger, shell: &mut Shell) {
    let mut page = Reader::open("docs/quickstart.md", ledger, shell);
    page.read("It starts with one organization, 606079812345, and one administrator").await;
    let state = page.run("curl --silent localhost:8200/_sandbox/state").await;
    let state: Value = serde_json::from_str(&state.said).unwrap();
    assert_eq!(state["organizations"].as_array().map(Vec::len), Some(1), "{state:#}");
    assert_eq!(state["organizations"][0]["organizationId"].to_string(), ORGANIZATION, "{state:#}");
    assert_eq!(state["users"].as_array().map(Vec::len), Some(1), "{state:#}");

    let ran = page.read("Every object stands `InSync` and has the vendor's id.").await;
    let shown = rows(&last(&ran).said);
    assert_eq!(shown.len(), 3, "{}", last(&ran).said);
    for row in &shown {
        let is_id =
            |cell: &String| cell == ORGANIZATION || cell.starts_with("act-") || cell.starts_with("pu-");
        assert!(row[1] == "InSync" && row.iter().any(is_id), "{row:?}");
    }

    let ran = page.read("Now be the person who changes something by hand.").await;
    page.said("The token of the machine user waits in a Secret", last(&ran), &["deployer-token", "Opaque"]);

    let ran = page.read("Moments later the account has its name again, and an event says").await;
    let [.., events, _] = &ran[..] else { panic!("{ran:?}") };
    let told = r#"name: "by hand" → "web-prod""#;
    page.until(events, "an event says what was put back", |said| said.contains(told)).await;

    let ran = page.read("To leave no trace").await;
    page.until(last(&ran), "all of the company stands", |said| {
        let rows = rows(said);
        // Nothing is there that the samples could tell of.
        rows.len() > 40
            && rows.iter().all(|row| row[2] == "InSync" || row[1].starts_with("eventsubscription"))
    })
    .await;
    page.read("## With a real token").await;
    let left = page.run("kubectl get spot,secrets,namespaces --all-namespaces").await.said;
    for name in [PLATFORM, "payments", "data", "finance", "orgkeeper-sandbox"] {
        assert!(!left.contains(name), "{name} is left: {left}");
    }
}

async fn real_token(ledger: &Ledger, shell: &mut Shell, house: &House) {
    let owner: Value = house.sandbox.call("GET", "state", &Value::Null).await;
    let owner = owner["users"][0]["userId"].as_str().unwrap().to_owned();
    house.sandbox.create("found").await;
    let mut page = Reader::open("docs/quickstart.md", ledger, shell);
    page.turn_to("## With a real token");
    page.types(TYPED);
    page.puts("pu-1a2b3c4d", &owner);
    let ran = page.read("4. Declare it in a file `acme.yaml`, only to look").await;
    page.said("so does every account of the API, as `organizationId`", last(&ran), &[ORGANIZATION]);

    let ran = page.read("Ready means that the token proved itself.").await;
    page.said("`status.counts` says how much there is at the vendor", last(&ran), &["accounts"]);
    let status = house.status(Kind::Organization, PLATFORM, ACME).await;
    assert_eq!(status["state"], "Observing", "{status:#}");
    page.rest().await;
}

async fn roles(ledger: &Ledger, shell: &mut Shell) {
    let mut page = Reader::open("docs/install.md", ledger, shell);
    page.turn_to("## Who may do what");
    page.section().await;
    for (role, group, verb) in [
        ("write organizations", "platform-team", "create"),
        ("set the annotations", "platform-leads", "confirm"),
    ] {
        let may = format!(
            "kubectl auth can-i {verb} spotorganizations --namespace {PLATFORM} --as jo --as-group {group}"
        );
        let ran = page.run(&may).await;
        page.said(role, &ran, &["yes"]);
    }
}

pub fn last(ran: &[Ran]) -> &Ran {
    ran.last().expect("something was run")
}
