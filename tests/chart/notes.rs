//! What is said after an installation.

use crate::support::{cases, one, path, render_chart};
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

#[test]
fn they_say_how_to_begin_to_look_and_to_remove_it_with_nothing_lost() {
    let folder = tempfile::tempdir().unwrap();
    with_notes(folder.path());
    for (case, values) in cases() {
        let rendered = render_chart(folder.path(), &["--values", values.to_str().unwrap()]).unwrap();
        let notes = one(&rendered, "ConfigMap told/notes");
        let notes = notes["data"]["text"].as_str().unwrap().to_owned();
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
