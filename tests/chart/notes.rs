//! What is said after an installation.

use crate::support::{cases, one, path, render, render_chart};
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

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(from, to).unwrap();
        }
    }
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
        let lines = rest.split_once("\n  END\n").unwrap().0.lines();
        let lines: Vec<&str> = lines.map(|line| line.strip_prefix("  ").unwrap()).collect();
        let job: Value = serde_saphyr::from_str(&lines.join("\n")).unwrap();
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
            notes.contains("kubectl apply -k config/crd"),
            case == "minimal" || case == "external_crds"
        );
        assert!(!notes.contains("<no value>") && !notes.contains("%!"), "{case}:\n{notes}");
    }
}
