//! In which forms files list the kinds.

use orgkeeper::operator::served_kind::ServedKind;
use orgkeeper::operator::vendors::Wiring;

/// What stands between marks that name this form.
pub fn text(vendors: &[Wiring], form: &str) -> Result<String, String> {
    let (name, verbs) = form.split_once(": ").unwrap_or((form, ""));
    let lines = match name.split(' ').collect::<Vec<_>>()[..] {
        ["rules", which] => each(vendors, |vendor| rule(vendor, which, verbs))?,
        ["admission", which] => each(vendors, |vendor| admission(vendor, which, verbs))?,
        ["chart"] => chart(vendors)?,
        ["argocd"] => {
            ["health.lua", "actions.yaml"].into_iter().flat_map(|file| argocd(vendors, file)).collect()
        }
        ["flux"] => kinds(vendors).skip(1).flat_map(flux).collect(),
        ["shell", vendor] => {
            let vendor = vendors.iter().find(|one| one.name == vendor).ok_or("there is no such vendor")?;
            vec![format!("readonly kinds=({})", plurals(&vendor.kinds, "").join(" "))]
        }
        ["uninstall"] => uninstall(vendors),
        ["pages"] => kinds(vendors).map(page).collect(),
        _ => return Err(format!("`{form}` is no form")),
    };
    Ok(lines.join("\n"))
}

fn kinds(vendors: &[Wiring]) -> impl Iterator<Item = &ServedKind> {
    vendors.iter().flat_map(|vendor| &vendor.kinds)
}

/// The lines that are had from each vendor.
fn each(
    vendors: &[Wiring],
    lines: impl Fn(&Wiring) -> Result<Vec<String>, String>,
) -> Result<Vec<String>, String> {
    let found: Result<Vec<_>, _> = vendors.iter().map(lines).collect();
    Ok(found?.concat())
}

/// Those of a vendor's kinds that a word means.
fn selected(vendor: &Wiring, which: &str) -> Result<Vec<ServedKind>, String> {
    let holds = |kind: &ServedKind| vendor.kinds.iter().any(|other| other.within == Some(kind.kind));
    let is_meant = |kind: &&ServedKind| match which {
        "all" => Ok(true),
        "organizations" => Ok(kind.is_organization),
        "below" => Ok(!kind.is_organization),
        // What goes with everything that is in it.
        "holders" => Ok(kind.is_organization || holds(kind)),
        _ => Err(format!("`{which}` means no kinds")),
    };
    let mut found = Vec::new();
    for kind in &vendor.kinds {
        if is_meant(&kind)? {
            found.push(kind.clone());
        }
    }
    Ok(found)
}

fn plurals(kinds: &[ServedKind], suffix: &str) -> Vec<String> {
    kinds.iter().map(|kind| format!("{}{suffix}", kind.resource.plural)).collect()
}

fn group(vendor: &Wiring) -> &'static str {
    vendor.kinds[0].kind.group()
}

/// A rule of a role.
fn rule(vendor: &Wiring, which: &str, verbs: &str) -> Result<Vec<String>, String> {
    let (which, suffix) = which.find('/').map_or((which, ""), |at| which.split_at(at));
    let plurals = plurals(&selected(vendor, which)?, suffix);
    Ok(vec![
        format!("- apiGroups: [{}]", group(vendor)),
        format!("  resources: [{}]", plurals.join(", ")),
        format!("  verbs: {verbs}"),
    ])
}

/// What an admission policy is about.
fn admission(vendor: &Wiring, which: &str, operations: &str) -> Result<Vec<String>, String> {
    let resources = match which {
        "all" => "\"*\"".to_owned(),
        _ => plurals(&selected(vendor, which)?, "").join(", "),
    };
    Ok(vec![
        format!("- apiGroups: [{}]", group(vendor)),
        format!("  apiVersions: [{}]", vendor.kinds[0].resource.version),
        format!("  operations: {operations}"),
        format!("  resources: [{resources}]"),
    ])
}

/// The kinds by vendor, for templates.
fn chart(vendors: &[Wiring]) -> Result<Vec<String>, String> {
    let lines = each(vendors, |vendor| {
        let list = |which: &str| Ok::<_, String>(plurals(&selected(vendor, which)?, "").join(", "));
        Ok(vec![
            format!("{}:", vendor.name),
            format!("  group: {}", group(vendor)),
            format!("  organizations: [{}]", list("organizations")?),
            format!("  below: [{}]", list("below")?),
        ])
    })?;
    Ok([vec!["{{- define \"orgkeeper.kinds\" -}}".to_owned()], lines, vec!["{{- end }}".to_owned()]].concat())
}

/// The keys of Argo CD's `ConfigMap` that have this file for every kind.
fn argocd<'a>(vendors: &'a [Wiring], file: &'a str) -> impl Iterator<Item = String> + 'a {
    let about = file.split('.').next().unwrap_or_default();
    kinds(vendors).map(move |kind| {
        let (group, name) = (kind.kind.group(), kind.kind.name());
        format!("- resource.customizations.{about}.{group}_{name}={file}")
    })
}

/// What Flux asks about a kind: the same as about the first.
fn flux(kind: &ServedKind) -> [String; 5] {
    [
        format!("- apiVersion: {}", kind.resource.api_version),
        format!("  kind: {}", kind.kind.name()),
        "  inProgress: *inProgress".to_owned(),
        "  failed: *failed".to_owned(),
        "  current: *current".to_owned(),
    ]
}

/// The commands that delete every object, those that refer to others before these.
fn uninstall(vendors: &[Wiring]) -> Vec<String> {
    let commands = vendors.iter().flat_map(|vendor| {
        let mut plurals = plurals(&vendor.kinds, "");
        plurals.reverse();
        [
            format!("for kind in {}; do", plurals.join(" ")),
            format!("  kubectl delete \"$kind.{}\" --all --all-namespaces", group(vendor)),
            "done".to_owned(),
        ]
    });
    ["```sh".to_owned()].into_iter().chain(commands).chain(["```".to_owned()]).collect()
}

/// A kind in the list of pages, with the text of its definition.
fn page(kind: &ServedKind) -> String {
    let name = kind.kind.name();
    let definition = kind.definition();
    let schema = definition.spec.versions[0].schema.as_ref().and_then(|it| it.open_api_v3_schema.as_ref());
    let text = schema.and_then(|schema| schema.description.as_deref()).unwrap_or_default();
    let text = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    format!("- [{name}](kinds/{}.md): {text}", name.to_lowercase())
}

mod tests {
    use super::{kinds, text};
    use orgkeeper::api::kind::KindRef;
    use orgkeeper::operator::vendors::{self, Wiring};

    fn other(kind: KindRef) -> KindRef {
        KindRef::new("other.example", kind.name())
    }

    /// Spot, and one that has the same kinds in a group of its own.
    fn two() -> Vec<Wiring> {
        let mut both = [vendors::all(), vendors::all()].map(|all| all.into_iter().next().unwrap());
        both[1].name = "other";
        for kind in &mut both[1].kinds {
            kind.kind = other(kind.kind);
            kind.within = kind.within.map(other);
        }
        both.into()
    }

    #[test]
    fn each_group_has_a_rule_of_its_own() {
        let written = text(&two(), "rules holders/status: [patch]").unwrap();
        let rule = |group: &str| {
            format!(
                "- apiGroups: [{group}]\n  resources: [spotorganizations/status, spotaccounts/status]\n  verbs: [patch]"
            )
        };
        assert_eq!(written, [rule("spot.orgkeeper.dev"), rule("other.example")].join("\n"));
        let asked = text(&two(), "admission holders: [DELETE]").unwrap();
        assert_eq!(asked.matches("\n  resources: [spotorganizations, spotaccounts]").count(), 2, "{asked}");
        assert_eq!(text(&two(), "uninstall").unwrap().matches("\ndone").count(), 2);
        assert_eq!(text(&two(), "chart").unwrap().matches("\n  below: [spotaccounts, ").count(), 2);
    }

    #[test]
    fn every_kind_has_its_keys() {
        let kinds = kinds(&two()).count();
        assert_eq!(text(&two(), "argocd").unwrap().lines().count(), 2 * kinds);
        assert_eq!(text(&two(), "pages").unwrap().lines().count(), kinds);
        assert_eq!(text(&two(), "flux").unwrap().matches("failed: *failed").count(), kinds - 1);
        assert!(!text(&two(), "shell other").unwrap().contains('.'));
    }

    #[test]
    fn what_is_misspelt_is_refused() {
        for form in ["", "rule all: [get]", "rules some: [get]", "shell nobody", "flux all"] {
            assert!(text(&two(), form).is_err(), "{form}");
        }
    }
}
