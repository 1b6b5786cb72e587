//! What of the pages cannot be run here.

/// A command that is not run as it stands.
pub struct Listed {
    pub page: &'static str,
    /// In one line.
    pub command: &'static str,
    /// What it does or takes.
    pub why: &'static str,
    /// What is run in its place, so that what comes after it can be.
    pub instead: Option<&'static str>,
}

const fn no(page: &'static str, command: &'static str, why: &'static str) -> Listed {
    Listed { page, command, why, instead: None }
}

/// The shell has a job like that of the page.
const fn forward(page: &'static str, command: &'static str) -> Listed {
    let why = "takes a kubelet that forwards a port: the test leads localhost there";
    Listed { page, command, why, instead: Some("tail --pid=$$ -f /dev/null &") }
}

const DEMO: &str = "runs a script that `make test-demo` runs";
const IMAGES: &str = "builds an image: takes a daemon, and half an hour";
const KIND: &str = "takes Docker and a node image";
const TERRAFORM: &str = "changes Terraform's own state, of which there is none";
const NAMED: &str = "names a command, and gives none that could be run";

/// How many there are. That number only gets smaller.
const COUNTED: usize = 20;

/// All of it: what is here and on no page any more fails the test.
pub const LISTED: &[Listed] = &[
    no("docs/quickstart.md", "make playground", DEMO),
    forward(
        "docs/quickstart.md",
        "kubectl --namespace orgkeeper-sandbox port-forward service/orgkeeper-sandbox 8200 &",
    ),
    no("docs/install.md", "make demo", DEMO),
    no(
        "docs/install.md",
        "docker buildx build --load --target orgkeeper --tag ghcr.io/orgkeeper/orgkeeper:0.1.0 .",
        IMAGES,
    ),
    no(
        "docs/install.md",
        "docker buildx build --load --target orgkeeper-sandbox --tag ghcr.io/orgkeeper/orgkeeper-sandbox:0.1.0 .",
        IMAGES,
    ),
    no("docs/install.md", "kind create cluster --name orgkeeper", KIND),
    no(
        "docs/install.md",
        "kind load docker-image --name orgkeeper ghcr.io/orgkeeper/orgkeeper:0.1.0 \
         ghcr.io/orgkeeper/orgkeeper-sandbox:0.1.0",
        KIND,
    ),
    forward(
        "docs/install.md",
        "kubectl --namespace orgkeeper-system port-forward deployment/orgkeeper 8080 &",
    ),
    no(
        "docs/migrate-from-terraform.md",
        "terraform state rm 'spotinst_account.payments_prod' 'spotinst_organization_user.jo'",
        TERRAFORM,
    ),
    no("docs/migrate-from-terraform.md", "terraform import", NAMED),
    no("docs/operations.md", "kubectl delete -k", NAMED),
    no(
        "docs/uninstall.md",
        "kubectl --namespace orgkeeper-system logs job/orgkeeper-release",
        "takes a kubelet to read a log from",
    ),
    no("docs/uninstall.md", "helm install --take-ownership", NAMED),
    no("docs/upgrade.md", "kubectl get", NAMED),
    no("docs/upgrade.md", "helm rollback", NAMED),
    no("docs/runbook.md", "kubectl describe secret", NAMED),
    no("docs/runbook.md", "kubectl create secret generic … --from-file token=/dev/stdin", NAMED),
    no(
        "docs/runbook.md",
        "kubectl get secret <name> -o jsonpath='{.data.<key>}' | base64 -d | od -c | head",
        NAMED,
    ),
    no("docs/runbook.md", "kubectl edit", NAMED),
    no("docs/runbook.md", "kubectl delete", NAMED),
];

#[test]
fn the_list_only_gets_shorter() {
    assert_eq!(LISTED.len(), COUNTED, "run what is new, or count fewer");
}
