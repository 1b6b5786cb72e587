//! What a page points to is there.

use super::markdown::{Page, pages, root};

/// Folders whose files pages name in code.
const FOLDERS: [&str; 10] =
    [".github/", "charts/", "config/", "crds/", "docs/", "hack/", "mk/", "src/", "tests/", ".ci/"];

/// What is wrong with a link of a page; links to other sites are not followed.
fn complaint(page: &Page, pages: &[Page], link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = if file.is_empty() { page.path.clone() } else { resolved(folder, file) };
    if !root().join(&path).exists() {
        return Some(format!("{}: {link}: there is no {path}", page.path));
    }
    if anchor.is_empty() {
        return None;
    }
    let target = pages.iter().find(|other| other.path == path);
    let found = target.is_some_and(|target| target.anchors().iter().any(|one| one == anchor));
    (!found).then(|| format!("{}: {link}: {path} has no such heading", page.path))
}

/// A relative path, seen from a folder.
fn resolved(folder: &str, file: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn every_link_and_anchor_leads_somewhere() {
    let pages = pages();
    let wrong: Vec<String> = pages
        .iter()
        .flat_map(|page| page.links().into_iter().filter_map(|link| complaint(page, &pages, &link)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(pages.iter().map(|page| page.links().len()).sum::<usize>() > 100, "the links were read");
}

#[test]
fn every_file_that_a_page_names_is_there() {
    let mut wrong = Vec::new();
    for page in pages() {
        for span in page.spans() {
            let is_path = FOLDERS.iter().any(|folder| span.starts_with(folder))
                && span.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c));
            if is_path && !root().join(span).exists() {
                wrong.push(format!("{}: {span}", page.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let page = |path: &str, text: &str| Page { path: path.into(), text: text.into() };
    let pages = [page("docs/kinds/a.md", ""), page("docs/README.md", "## Kinds\n")];
    let wrong = |link: &str| complaint(&pages[0], &pages, link).is_some();
    assert!(
        !wrong("../README.md#kinds") && !wrong("https://example.com/nowhere") && !wrong("../../Cargo.toml")
    );
    assert!(wrong("../README.md#kind") && wrong("README.md") && wrong("#spec"));
}
