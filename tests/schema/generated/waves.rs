//! The sync waves of Argo CD are chosen by hand, as several orders would do; this is what each has to keep.

use super::path;
use orgkeeper::api::kind::KindRef;
use orgkeeper::operator::vendors;
use serde_json::Value;
use std::collections::BTreeMap;

/// The wave of each kind, by its name.
fn waves() -> BTreeMap<String, i64> {
    let file = path("config/argocd/waves/kustomization.yaml");
    let component: Value = serde_saphyr::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut waves = BTreeMap::new();
    for patch in component["patches"].as_array().unwrap() {
        let file = patch["path"].as_str().unwrap();
        let wave = file.trim_start_matches("wave-").trim_end_matches(".yaml").parse().unwrap();
        for kind in patch["target"]["kind"].as_str().unwrap().split('|') {
            assert_eq!(waves.insert(kind.to_owned(), wave), None, "{kind} is in two waves");
        }
    }
    waves
}

#[test]
fn every_kind_is_in_a_wave_and_not_before_what_it_refers_to() {
    let waves = waves();
    let wave = |kind: KindRef| {
        *waves.get(kind.name()).unwrap_or_else(|| panic!("config/argocd/waves has no wave for {kind}"))
    };
    for kind in vendors::kinds() {
        for reference in &kind.references {
            assert!(wave(*reference) <= wave(kind.kind), "{} waits for {reference}", kind.kind);
        }
        let root = vendors::kinds()
            .into_iter()
            .find(|one| one.is_organization && one.kind.group() == kind.kind.group());
        let root = wave(root.unwrap().kind);
        assert!(kind.is_organization || root < wave(kind.kind), "{} waits for its organization", kind.kind);
    }
}
