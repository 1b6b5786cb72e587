//! As much of Markdown as the pages use.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A page, by its path from the root of the repository.
pub struct Page {
    pub path: String,
    pub text: String,
}

/// A block between fences.
pub struct Fence {
    pub language: String,
    pub text: String,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder that end so: their paths from the root, and their text, in order.
pub fn files(folder: &str, end: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let (inner, others): (Vec<PathBuf>, Vec<PathBuf>) = paths.partition(|path| path.is_dir());
        folders.extend(inner);
        found.extend(others.into_iter().filter(|path| path.extension().is_some_and(|one| one == end)));
    }
    found.sort();
    found.iter().map(|path| (relative(path), read(path))).collect()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All of `docs`, and the pages elsewhere.
pub fn pages() -> Vec<Page> {
    let elsewhere =
        ["README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "charts/orgkeeper/README.md"];
    let elsewhere = elsewhere.map(|name| (name.to_owned(), read(&root().join(name))));
    elsewhere.into_iter().chain(files("docs", "md")).map(|(path, text)| Page { path, text }).collect()
}

impl Page {
    /// The lines outside of fences, and the fences.
    fn parts(&self) -> (Vec<&str>, Vec<Fence>) {
        let (mut prose, mut fences): (Vec<&str>, Vec<Fence>) = (Vec::new(), Vec::new());
        // How far the open fence is indented, as in a list.
        let mut open: Option<usize> = None;
        for line in self.text.lines() {
            let trimmed = line.trim_start();
            match (open, trimmed.strip_prefix("```")) {
                (None, Some(language)) => {
                    open = Some(line.len() - trimmed.len());
                    fences.push(Fence { language: language.trim().to_owned(), text: String::new() });
                }
                (Some(_), Some(_)) => open = None,
                (Some(indent), None) => {
                    let fence = fences.last_mut().unwrap();
                    fence.text.push_str(line.get(indent..).unwrap_or_default());
                    fence.text.push('\n');
                }
                (None, None) => prose.push(line),
            }
        }
        assert_eq!(open, None, "{}: a fence is not closed", self.path);
        (prose, fences)
    }

    pub fn fences(&self) -> Vec<Fence> {
        self.parts().1
    }

    /// Code between backticks, outside of fences.
    pub fn spans(&self) -> Vec<&str> {
        let lines = self.parts().0;
        lines.into_iter().flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
    }

    /// Where its links lead, outside of code.
    pub fn links(&self) -> Vec<String> {
        let mut found = Vec::new();
        for line in self.parts().0 {
            let words: String = line.split('`').step_by(2).collect::<Vec<_>>().join("code");
            let targets = words.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            found.extend(targets.map(|target| target.split(' ').next().unwrap_or_default().to_owned()));
        }
        found
    }

    /// What a link can lead to: its headings, as GitHub names them.
    pub fn anchors(&self) -> Vec<String> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let headings = self.parts().0.into_iter().filter(|line| line.starts_with('#'));
        headings
            .map(|heading| {
                let slug = slug(heading.trim_start_matches('#').trim());
                let times = seen.entry(slug.clone()).and_modify(|times| *times += 1).or_insert(0);
                if *times == 0 { slug } else { format!("{slug}-{times}") }
            })
            .collect()
    }
}

/// A heading's name in an address.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn the_parts_of_a_page() {
    let text = "# One: `two`\n[a](b.md#c) `--flag [x](y)`\n```sh\n# no heading\n[n](o)\n```\n## One two\n- item\n\n  ```yaml\n  k: 1\n    l: 2\n  ```\n## One two\n";
    let page = Page { path: "page.md".into(), text: text.into() };
    assert_eq!(page.anchors(), ["one-two", "one-two-1", "one-two-2"]);
    assert_eq!(page.links(), ["b.md#c"]);
    assert_eq!(page.spans(), ["two", "--flag [x](y)"]);
    let fences: Vec<_> = page.fences().into_iter().map(|fence| (fence.language, fence.text)).collect();
    assert_eq!(fences[0], ("sh".to_owned(), "# no heading\n[n](o)\n".to_owned()));
    assert_eq!(fences[1], ("yaml".to_owned(), "k: 1\n  l: 2\n".to_owned()), "without the item's indentation");
}
