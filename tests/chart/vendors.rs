//! Of a vendor that is off there is no kind and no flag, and no right but to say on what exists of it that it is off. The
//! chart with a second vendor tells.

use crate::support::{copy, objects, of_kind, path, render_chart};
use std::fs;
use std::path::Path;

const GROUP: &str = "other.orgkeeper.dev";

/// Puts a second vendor beside Spot, as `make generate` would.
fn add_a_vendor(chart: &Path) {
    let change = |file: &str, change: &dyn Fn(String) -> String| {
        let file = chart.join(file);
        let (before, after) = fs::read_to_string(&file).map(|text| (text.clone(), change(text))).unwrap();
        assert_ne!(before, after, "{}", file.display());
        fs::write(file, after).unwrap();
    };
    let kinds = format!("other:\n  group: {GROUP}\n  organizations: [tenants]\n  below: [members]\n");
    change("templates/_rules.tpl", &|text| text.replace("\nspot:\n", &format!("\n{kinds}spot:\n")));
    change("values.yaml", &|text| {
        text.replace("\nproviders:\n", "\nproviders:\n  other:\n    enabled: true\n")
    });
    let known = "\"other\": {\"type\": \"object\", \"properties\": {\"enabled\": {\"type\": \"boolean\"}}},";
    change("values.schema.json", &|text| text.replace("\"spot\": {", &format!("{known}\n\"spot\": {{")));
    let definition = fs::read_to_string(path("crds/spot.orgkeeper.dev_spotusers.yaml")).unwrap();
    let definition = definition.replace("spot.orgkeeper.dev", GROUP);
    fs::write(chart.join(format!("files/crds/{GROUP}_members.yaml")), definition).unwrap();
}

fn render(chart: &Path, on: &str, off: &str) -> String {
    let [on, off] = [format!("providers.{on}.enabled=true"), format!("providers.{off}.enabled=false")];
    render_chart(chart, &["--set", &on, "--set", &off]).unwrap()
}

#[test]
fn one_that_is_off_has_no_kinds_and_gives_no_rights_but_to_say_so() {
    let folder = tempfile::tempdir().unwrap();
    copy(&path("charts/orgkeeper"), folder.path());
    add_a_vendor(folder.path());
    let both = render_chart(folder.path(), &[]).unwrap();
    assert!(both.contains("--vendors=other,spot"), "{both}");
    for (on, group, off, gone) in
        [("spot", "spot.orgkeeper.dev", "other", GROUP), ("other", GROUP, "spot", "spot.orgkeeper.dev")]
    {
        let rendered = render(folder.path(), on, off);
        assert!(rendered.contains(&format!("--vendors={on}\n")), "{on}");
        let definitions = of_kind(&objects(&rendered), "CustomResourceDefinition");
        assert!(
            !definitions.is_empty() && definitions.iter().all(|one| one["spec"]["group"] == group),
            "{on}"
        );
        let roles =
            [of_kind(&objects(&rendered), "ClusterRole"), of_kind(&objects(&rendered), "Role")].concat();
        let groups = |roles: &[serde_json::Value]| serde_json::to_string(roles).unwrap();
        assert!(groups(&roles).contains(&format!("[\"{group}\"]")), "{on}");
        let rules = roles.iter().flat_map(|role| role["rules"].as_array().unwrap());
        let of_it = rules.filter(|rule| rule["apiGroups"] == serde_json::json!([gone]));
        let given: Vec<_> = of_it
            .flat_map(|rule| {
                let resources = rule["resources"].as_array().unwrap().iter();
                resources.map(|one| (one.as_str().unwrap().contains('/'), rule["verbs"].clone()))
            })
            .collect();
        let says_so = |(status, verbs): &(bool, serde_json::Value)| {
            *verbs == serde_json::json!([if *status { "patch" } else { "list" }])
        };
        assert!(!given.is_empty() && given.iter().all(says_so), "{on}: {given:?}");
        let roles = of_kind(&objects(&both), "ClusterRole");
        assert!(groups(&roles).contains(&format!("[\"{gone}\"]")), "with both on");
    }
    let none = render_chart(
        folder.path(),
        &["--set", "providers.spot.enabled=false", "--set", "providers.other.enabled=false"],
    );
    assert!(none.unwrap_err().contains("providers: enable at least one (other, spot)"));
}
