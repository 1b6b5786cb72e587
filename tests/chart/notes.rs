//! What is said after an installation.

use crate::support::{cases, copy, one, path, read, render, render_chart};
use serde_json::Value;
use std::path::Path;

/// A copy of the chart that renders its notes as an object, as Helm shows them only when it installs.
fn with_notes(to: &Path) {
    copy(&path("charts/orgkeeper"), to);
    std::fs::rename(to.join("templates/NOTES.txt"), to.join("files/notes.txt")).unwrap();
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: notes, namespace: told}\n\
                  data: {text: {{ tpl (.Files.Get \"files/notes.txt\") . | toJson }}}\n";
    std::fs::write(to.join("templates/notes.yaml"), object).unwrap();
}

/// The notes for a values case.
fn notes(chart: &Path, values: &Path) -> String {
    let rendered = render_chart(chart, &["--values", values.to_str().unwrap()]).unwrap();
    one(&rendered, "ConfigMap told/notes")["data"]["text"].as_str().unwrap().to_owned()
}

#[test]
fn where_the_program_is_not_at_hand_they_give_a_job_with_all_that_it_takes() {
    let folder = tempfile::tempdir().unwrap();
    with_notes(folder.path());
    for (case, values) in cases() {
        let notes = notes(folder.path(), &values);
        let Some((_, rest)) = notes.split_once("kubectl create -f - <<END\n") else {
            assert!(case == "everything" || case == "secrets_by_name", "{case}:\n{notes}");
            assert!(notes.contains("needs your own rights"), "the operator's are too few:\n{notes}");
            continue;
        };
        let job: Value = serde_saphyr::from_str(rest.split_once("\nEND\n").unwrap().0).unwrap();
        let rendered = render(&case);
        let name = if case == "external_crds" { "orgkeeper-finance" } else { "orgkeeper" };
        let deployment = one(&rendered, &format!("Deployment orgkeeper-system/{name}"));
        let (job_pod, pod) = (&job["spec"]["template"]["spec"], &deployment["spec"]["template"]["spec"]);
        assert_eq!(job["metadata"]["namespace"], deployment["metadata"]["namespace"]);
        for same in ["serviceAccountName", "securityContext", "imagePullSecrets"] {
            assert_eq!(job_pod[same], pod[same], "{case}: {same}");
        }
        for same in ["image", "imagePullPolicy", "securityContext"] {
            assert_eq!(job_pod["containers"][0][same], pod["containers"][0][same], "{case}: {same}");
        }
        let arguments = |pod: &Value| -> Vec<String> {
            let all = pod["containers"][0]["args"].as_array().unwrap().iter();
            let shared = ["--lease-name=", "--lease-duration=", "--watch-namespaces="];
            let mut found: Vec<String> = all
                .map(|argument| argument.as_str().unwrap().to_owned())
                .filter(|argument| shared.iter().any(|flag| argument.starts_with(flag)))
                .collect();
            found.sort();
            found
        };
        assert!(arguments(pod).len() >= 2);
        assert_eq!(arguments(job_pod), arguments(pod), "{case}");
        assert_eq!(job_pod["containers"][0]["args"][0], "release");
        assert!(!notes.contains("kubectl delete lease"), "none is held here");
    }
}

#[test]
fn they_say_how_to_begin_to_look_and_to_remove_it_with_nothing_lost() {
    let folder = tempfile::tempdir().unwrap();
    with_notes(folder.path());
    for (case, values) in cases() {
        let notes = notes(folder.path(), &values);
        let listed = case == "listed_namespaces" || case == "everything";
        let mut words = vec![
            "kind: SpotOrganization",
            "managementPolicy: Observe",
            "/readyz",
            "orgkeeper release --namespace orgkeeper-system --lease-name",
            "helm uninstall orgkeeper --namespace orgkeeper-system",
        ];
        if listed {
            words.extend(["for the namespaces payments, platform", "--watch-namespaces payments,platform"]);
        }
        if case == "everything" {
            words.extend([
                "config.readOnly is set",
                "port-forward deployment/orgkeeper 9090",
                "--lease-name organizations",
            ]);
        }
        for word in words {
            assert!(notes.contains(word), "{case}: no {word:?} in:\n{notes}");
        }
        assert_eq!(
            notes.contains("kubectl apply --server-side -k config/crd"),
            case == "minimal" || case == "external_crds"
        );
        assert!(!notes.contains("<no value>") && !notes.contains("%!"), "{case}:\n{notes}");
    }
}

/// They are read on a terminal, and commands are copied from there as they stand.
#[test]
fn they_are_plain_text_whose_commands_can_be_pasted() {
    // What is told of a Lease that is held stands in no case.
    let template = read("charts/orgkeeper/templates/NOTES.txt");
    let plain = template.split("{{").filter_map(|part| part.split("}}").nth(1));
    assert!(plain.clone().any(|text| text.contains("holds its Lease")));
    assert_eq!(plain.filter(|text| text.contains('`')).collect::<Vec<_>>(), [""; 0]);
    let folder = tempfile::tempdir().unwrap();
    with_notes(folder.path());
    for (case, values) in cases() {
        let notes = notes(folder.path(), &values);
        for markup in ["`", "**", "](", "\n#", "<!--", "<br", "&lt;"] {
            assert!(!notes.contains(markup), "{case}: {markup:?} in:\n{notes}");
        }
        assert!(
            !notes.contains("\n\n\n") && !notes.lines().any(|line| line.ends_with(' ')),
            "{case}:\n{notes}"
        );
        // Where a line is indented, the shell would look for its end for ever.
        let open = notes.matches("<<END\n").count();
        assert_eq!(notes.lines().filter(|line| *line == "END").count(), open, "{case}:\n{notes}");
        assert!(open >= 1);
        // The token is asked for, and whatever is pasted after that question would be taken for it.
        let asks = notes.lines().position(|line| line.contains("/dev/stdin")).unwrap();
        assert_eq!(notes.lines().nth(asks + 1), Some(""), "{case}:\n{notes}");
    }
}

/// Nothing that they tell to run fails for a moment only, or as somebody did it before.
#[test]
fn their_commands_fail_only_where_something_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    with_notes(folder.path());
    for (case, values) in cases() {
        let notes = notes(folder.path(), &values);
        let line = |word: &str| notes.lines().find(|line| line.contains(word));
        assert!(line("curl ").unwrap().contains("--retry-connrefused"), "the forwarding takes a moment");
        let made = line("kubectl create namespace");
        assert!(made.is_none_or(|line| line.contains("| kubectl apply --server-side")), "{case}: {made:?}");
        let listed = ["listed_namespaces", "everything", "external_crds"].contains(&case.as_str());
        assert_eq!(made.is_none(), listed, "{case}: namespaces that are listed have to be there");
    }
}
