//! What `docs/development` says of files, names and numbers is so.

use crate::docs::{files, root};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use syn::{ImplItem, Item};

const KIND: &str = "docs/development/kind.md";
const VENDOR: &str = "docs/development/vendor.md";

/// How the example is named, in whatever is no text for people.
const NAMES: [&str; 5] = [
    "NotificationPolicy",
    "NotificationPolicies",
    "notification_polic",
    "NOTIFICATION_POLIC",
    "notificationpolicy",
];
/// Its own.
const OWN: [&str; 3] = [
    "src/api/spot/notification_policy.rs",
    "src/sandbox/spot/notification_policy/",
    "src/vendors/spot/notification_policy/",
];
/// Where a kind may be named by hand, but for tests and pages.
const PLACES: [&str; 4] = ["src", "config", "hack", "charts/orgkeeper/templates"];
/// The most files that may name one.
const MOST: usize = 12;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The cells of each row of a page's tables, without heads.
fn rows(page: &str) -> Vec<Vec<String>> {
    let cells =
        |line: &str| line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    let lines: Vec<&str> = page.lines().map(str::trim).collect();
    let is_body = |at: &usize| {
        let is_line = |at: usize| lines[at].starts_with('|');
        is_line(*at) && !lines[*at].starts_with("|---") && at.checked_sub(1).is_some_and(is_line)
    };
    (0..lines.len()).filter(is_body).map(|at| cells(lines[at])).collect()
}

/// What stands between backticks.
fn spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The file that a row is about, if it is about one.
fn file(row: &[String]) -> Option<&str> {
    spans(&row[0]).into_iter().next().filter(|path| path.contains('/') || *path == "README.md")
}

/// The text without what is made from the list of kinds.
fn by_hand(text: &str) -> String {
    let mut generated = false;
    let mut kept = String::new();
    for line in text.lines() {
        generated =
            (generated || line.contains("begin kinds (make generate)")) && !line.contains("end kinds");
        if !generated {
            kept = format!("{kept}{line}\n");
        }
    }
    kept
}

fn names_it(text: &str) -> bool {
    NAMES.iter().any(|name| text.contains(name))
}

/// The files that name the example, but for its own, samples, tests and pages.
fn naming() -> BTreeSet<String> {
    let of_places =
        PLACES.iter().flat_map(|place| ["rs", "yaml", "sh", "tpl", "lua"].map(|end| files(place, end)));
    let all = of_places.flatten().chain([("README.md".to_owned(), read("README.md"))]);
    let is_own =
        |path: &str| OWN.iter().any(|own| path.starts_with(own)) || path.starts_with("config/samples/");
    let named = all
        .filter(|(path, text)| !is_own(path) && names_it(&by_hand(&without_the_vendors_words(path, text))));
    named.map(|(path, _)| path).collect()
}

/// The vendor's own list of actions has some that end like the kind, and had them before there was one.
fn without_the_vendors_words(path: &str, text: &str) -> String {
    let listed = |line: &&str| {
        path != "src/sandbox/spot/policy/actions.rs"
            || !["create", "delete", "update"]
                .iter()
                .any(|verb| line.trim() == format!("\"{verb}NotificationPolicy\","))
    };
    text.lines().filter(listed).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_file_has_what_its_row_says() {
    let mut looked_at = 0;
    for page in [KIND, VENDOR] {
        for row in rows(&read(page)) {
            let Some(path) = file(&row) else { continue };
            let text = read(path);
            for name in row[1..].iter().flat_map(|cell| spans(cell)).filter(|name| !name.contains('/')) {
                // `atoll::policy::registration`, `Making::Never`: as the code has it.
                assert!(text.contains(name), "{page}: {path} has no {name}");
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 60, "{looked_at} names were looked at");
}

#[test]
fn every_file_of_the_example_has_a_row() {
    let page = read(KIND);
    let told: BTreeSet<String> = rows(&page).iter().filter_map(|row| file(row)).map(str::to_owned).collect();
    let all = files("src", "rs").into_iter().map(|(path, _)| path);
    let own: BTreeSet<String> = all.filter(|path| OWN.iter().any(|own| path.starts_with(own))).collect();
    let untold: Vec<_> = own.difference(&told).collect();
    assert!(untold.is_empty() && own.len() > 10, "{untold:?}");

    let page = read(VENDOR);
    let untold: Vec<_> = files("tests/simulation/atoll", "rs").into_iter().map(|(path, _)| path).collect();
    let untold: Vec<_> = untold.iter().filter(|path| !page.contains(&format!("`{path}`"))).collect();
    assert!(untold.is_empty(), "{untold:?}");
}

/// The files that a kind costs: a new place where one has to be named makes it dearer.
#[test]
fn the_example_is_named_by_hand_where_the_page_says_and_nowhere_else() {
    let page = read(KIND);
    let (_, part) = page.split_once("## Where it is named by hand").unwrap();
    let (part, costs) = part.split_once("## What it costs").unwrap();
    let told: BTreeSet<String> = rows(part).iter().filter_map(|row| file(row)).map(str::to_owned).collect();
    let naming = naming();
    assert_eq!(naming, told);

    let reasons = spans(part).into_iter().filter(|span| span.ends_with("reasons.rs")).count();
    let count = naming.len() + reasons;
    assert!(count <= MOST, "{count} files");
    assert!(costs.contains(&format!("| {count} |\n")), "the page does not say {count}");
    // The reason is the example's alone.
    let using = files("src", "rs").into_iter().filter(|(path, text)| {
        text.contains("RECIPIENT_INVALID") && !path.ends_with("/reasons.rs") && !path.starts_with(OWN[2])
    });
    assert_eq!(using.map(|(path, _)| path).collect::<Vec<_>>(), [""; 0]);
}

/// The members of the kind of accounts besides its types: those of `Kind`, and those of abilities.
fn members(file: &str) -> (usize, usize) {
    let is_type = |item: &ImplItem| matches!(item, ImplItem::Type(_));
    let (mut of_kind, mut of_abilities) = (0, 0);
    for item in syn::parse_file(file).unwrap().items {
        let Item::Impl(item) = item else { continue };
        let Some((path, _)) = &item.trait_ else { continue };
        let count = item.items.iter().filter(|item| !is_type(item)).count();
        if path.is_ident("Kind") { of_kind += count } else { of_abilities += count }
    }
    (of_kind, of_abilities)
}

/// A number that is said to be about so much.
fn assert_about(said: &str, real: usize, page: &str) {
    assert!(page.contains(said), "the page does not say {said}");
    let number: usize = said.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
    assert!(number.abs_diff(real) * 10 <= real, "{said}, and it is {real}");
}

fn lines(folder: &str) -> (usize, usize) {
    let files = files(folder, "rs");
    (files.iter().map(|(_, text)| text.lines().count()).sum(), files.len())
}

#[test]
fn the_numbers_of_now_are_so() {
    let page = read(KIND);
    let account = read("src/vendors/spot/account/mod.rs");
    let (of_kind, of_abilities) = members(&account);
    let said = format!("| {}: {of_kind} of `Kind`, {of_abilities} of abilities |", of_kind + of_abilities);
    assert!(page.contains(&said), "the page does not say {said}");
    assert_about("about 200 |", account.lines().count(), &page);
    let (engine, count) = lines("src/engine");
    assert_about("about 35000 in", engine, &page);
    assert_about("about 200 files", count, &page);

    let page = read(VENDOR);
    let of = |name: &str| read(&format!("tests/simulation/atoll/{name}.rs")).lines().count();
    let atoll = ["api", "vendor", "tenant", "policy", "member", "quota"].map(of).iter().sum();
    assert_about("About 1200 lines", atoll, &page);
    assert_about("about 450 lines", of("server"), &page);
}

/// What git prints, where the commit is there: a shallow clone, or an archive of the sources, has no history.
fn git(commit: &str, arguments: &[&str]) -> Option<String> {
    let run = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(root()).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    };
    run(&["cat-file", "-e", &format!("{commit}^{{commit}}")])?;
    Some(run(arguments).unwrap_or_else(|| panic!("git {arguments:?}")))
}

#[test]
fn the_numbers_of_before_are_so() {
    let page = read(KIND);
    let places = ["src", "README.md", "config/argocd/waves"];
    let changed = ["show", "--format=", "--diff-filter=M", "--numstat", "2adb2f6f", "--"];
    if let Some(stat) = git("2adb2f6f", &[&changed[..], &places[..]].concat()) {
        let added = |line: &str| line.split_once('\t').unwrap().0.parse::<usize>().unwrap();
        let (sandbox, program): (Vec<&str>, Vec<&str>) =
            stat.lines().partition(|line| line.contains("\tsrc/sandbox/"));
        let sum = |lines: &[&str]| lines.iter().map(|line| added(line)).sum::<usize>();
        let (files, lines) = (sandbox.len() + program.len(), sum(&sandbox) + sum(&program));
        let said = format!(
            "| {files}, with {lines} lines: {} of the program ({}), {} of the sandbox ({}) |",
            program.len(),
            sum(&program),
            sandbox.len(),
            sum(&sandbox)
        );
        assert!(page.contains(&said), "the page does not say {said}");
        let first = format!("{} need not be touched", files - 10 - 6);
        assert!(page.contains(&first), "the page does not say {first}");
    }
    if let Some(account) = git("80a1526", &["show", "80a1526:src/vendors/spot/account.rs"]) {
        let (of_kind, of_abilities) = members(&account);
        let said = format!("besides its four types | {} |", of_kind + of_abilities);
        assert!(page.contains(&said), "the page does not say {said}");
        assert!(page.contains(&format!("| {} | about 200 |", account.lines().count())));
        let tree = git("80a1526", &["ls-tree", "-r", "--name-only", "80a1526", "src/engine"]).unwrap();
        let files: Vec<&str> =
            tree.lines().filter(|path| Path::new(path).extension().is_some_and(|it| it == "rs")).collect();
        let lines =
            |path: &&str| git("80a1526", &["show", &format!("80a1526:{path}")]).unwrap().lines().count();
        let lines: usize = files.iter().map(lines).sum();
        assert!(
            page.contains(&format!("| {lines} in {} files |", files.len())),
            "{lines} in {}",
            files.len()
        );
    }
}
