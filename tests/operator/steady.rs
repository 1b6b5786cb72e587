//! At rest nothing is written, and looking costs the same for few and for many.

use std::{io::Write as _, time::Duration};

use crate::{
    rights::ACCOUNT as SERVICE_ACCOUNT,
    support::{
        audit::{AuditLog, Entries},
        cluster::Cluster,
        house::{ACME, House, Kind},
        operator::{Operator, Run},
        sandbox::{ACCOUNTS, Counter, Sandbox},
        wait::wait_until,
    },
};
use orgkeeper::sandbox::spot::Contract;

/// Writes to an object that is created: the finalizer, the intent, the result.
const WRITES_PER_OBJECT: usize = 3;
/// Where the audit log is read.
const AUDIT: &str = "/audit/events";
/// The lists besides that of accounts.
const GROUPS: &str = "/setup/access/userGroup";
const POLICIES: &str = "/setup/organization/policy";
const USERS: &str = "/setup/organization/user";
/// So many resyncs come by themselves, and so many are asked for.
const RESYNCS: (u64, u64) = (3, 7);
/// A machine that is busy with 500 accounts may take longer than other tests allow, and a create that
/// starts anew costs writes.
const PATIENT: [&str; 6] = ["--call-timeout", "10s", "--lease-duration", "30s", "--lease-renew", "5s"];
/// Three resyncs take this long at most.
const LIMIT: Duration = Duration::from_mins(2);

/// Looks at the organization so far, each of which reads the vendor's inventory.
async fn looks(operator: &Operator) -> u64 {
    operator.reconciles("SpotOrganization").await
}

async fn pass(operator: &Operator, resyncs: u64) {
    let before = looks(operator).await;
    wait_until(LIMIT, "resyncs pass", async || (looks(operator).await >= before + resyncs).then_some(()))
        .await;
}

/// What the API server was asked to write when so many accounts were created.
fn assert_creation(writes: &Entries, count: usize) {
    for number in 0..count {
        let name = format!("account-{number}");
        let own = writes.clone().resource("spotaccounts").name(&name);
        assert_eq!(own.len(), WRITES_PER_OBJECT, "{name}: {own:#?}");
    }
    let all = writes.clone().resource("spotaccounts");
    assert_eq!(all.len(), count * WRITES_PER_OBJECT);
    assert_eq!(writes.clone().resource("events").len(), count, "one event for each");
    let others = writes.clone().except_resource("spotaccounts").except_resource("events");
    // The token Secret is held, as what was created will be deleted with it.
    let others = others.except_resource("leases").except_resource("secrets");
    // Its status tells how many there are, and what the vendor allows.
    let others = others.except_resource("spotorganizations");
    assert!(others.is_empty(), "{others:#?}");
}

/// Looks at so many accounts ten times; returns the memory before and after they came, in KiB.
async fn rest(audit: &AuditLog, count: usize) -> [u64; 2] {
    let sandbox = Sandbox::start(Contract::Production).await;
    let house = House::build("steady", sandbox).await;
    let operator = house.start_with(&Run::with(&PATIENT)).await;
    house.apply_organization().await;
    house.ready(Kind::Organization, house.namespace(), ACME).await;
    let idle = operator.resident();

    let mark = audit.mark().await;
    house.create_accounts(count).await;
    house.all_ready().await;
    // Events are stored beside the work; by the next look they have long been. A look that is under way may
    // not have counted all.
    pass(&operator, 2).await;
    let writes = async |mark| audit.since(mark).await.service_account(&house.home, SERVICE_ACCOUNT).writes();
    assert_creation(&writes(mark).await, count);
    let occupied = operator.resident();

    // Every look is one list of each collection, and nothing else is asked of the vendor.
    let before = looks(&operator).await;
    house.sandbox.forget_requests().await;
    let only_lists = async || {
        wait_until(LIMIT, "one of each list for each look, and nothing else", async || {
            let lists = looks(&operator).await - before;
            let read = |route: &str| Counter {
                method: "GET".into(),
                route: route.into(),
                requests: lists,
                ..Counter::default()
            };
            // Beside the lists, what the audit log tells.
            let expected = [AUDIT, GROUPS, ACCOUNTS, POLICIES, USERS].map(read);
            (house.sandbox.counters().await == expected).then_some(())
        })
        .await;
    };
    let (unasked, asked) = RESYNCS;
    let mark = audit.mark().await;
    pass(&operator, unasked).await;
    only_lists().await;
    let idle_writes = writes(mark).await.except_resource("leases");
    assert!(idle_writes.is_empty(), "{idle_writes:#?}");

    let mark = audit.mark().await;
    for number in 0..asked {
        house.reconcile(&format!("resync {number}")).await;
    }
    only_lists().await;
    let told = writes(mark).await.except_resource("leases");
    let handled = told.clone().resource("spotorganizations").subresource("status");
    assert_eq!(handled.len() as u64, asked, "each request is answered in the organization's status");
    assert_eq!(told.len(), handled.len(), "and nothing else is written: {told:#?}");
    house.close(operator).await;
    [idle, occupied]
}

#[tokio::test]
async fn at_rest_nothing_is_written_and_few_cost_as_much_as_many() {
    let Some(audit) = Cluster::shared().await.audit() else { return };
    let ([idle, _], [_, many]) = futures::join!(rest(&audit, 10), rest(&audit, 500));
    // Not `eprintln!`, which the harness hides when a test passes.
    let _ = writeln!(
        std::io::stderr(),
        "resident memory: {} idle, {} with 500 accounts",
        mebibytes(idle),
        mebibytes(many)
    );
}

fn mebibytes(kibibytes: u64) -> String {
    format!("{}.{} MiB", kibibytes / 1024, kibibytes % 1024 * 10 / 1024)
}
