//! What the chart renders for each values case, word for word. `UPDATE=1` writes the files anew.

use crate::support::{KUBERNETES, cases, helm, path, read, render};

/// Objects that are a file in another form: `shipped.rs` and `crds.rs` compare them with it.
const FILES: [&str; 3] = ["CustomResourceDefinition", "PrometheusRule", "ConfigMap"];

/// The rendered text, with only the name of what is a file in another form.
fn shown(rendered: &str) -> String {
    let documents = rendered.trim_start_matches("---\n").split("\n---\n");
    let shown = documents.map(|document| {
        let object: serde_json::Value = serde_saphyr::from_str(document).unwrap();
        match object["kind"].as_str() {
            Some(kind) if FILES.contains(&kind) => {
                format!("# {kind} {}\n", object["metadata"]["name"].as_str().unwrap())
            }
            _ => format!("{}\n", document.trim_end()),
        }
    });
    shown.collect::<Vec<_>>().join("---\n")
}

#[test]
fn each_case_renders_what_is_stored() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut differ = Vec::new();
    for case in cases().into_keys() {
        let file = format!("tests/chart/golden/{case}.yaml");
        let rendered = shown(&render(&case));
        if update {
            std::fs::write(path(&file), &rendered).unwrap();
        } else if read(&file) != rendered {
            differ.push(file);
        }
    }
    assert!(
        differ.is_empty(),
        "the chart renders something else: {differ:?}. If that is meant, run this test with UPDATE=1 and read \
         the difference"
    );
    for entry in std::fs::read_dir(path("tests/chart/golden")).unwrap() {
        let stem = entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(cases().contains_key(&stem), "golden/{stem}.yaml belongs to no case");
    }
}

#[test]
fn helm_finds_nothing_wrong() {
    for (case, values) in cases() {
        let chart = path("charts/orgkeeper");
        let said = helm(&[
            "lint",
            "--strict",
            "--kube-version",
            KUBERNETES,
            "--values",
            values.to_str().unwrap(),
            chart.to_str().unwrap(),
        ]);
        assert!(said.as_ref().is_ok_and(|said| said.contains("0 chart(s) failed")), "{case}: {said:?}");
    }
}
