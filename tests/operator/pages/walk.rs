//! Somebody who reads a page and does what it says.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

use serde_json::Value;

use super::{
    listed::{LISTED, Listed},
    page::{Page, What, in_one_line},
    shell::{Ran, Shell},
};
use crate::support::house::LONG;

/// What of the pages was done, by everybody who reads them: the page, and where the command or manifest stands.
#[derive(Clone, Default)]
pub struct Ledger(Rc<RefCell<BTreeSet<(&'static str, usize)>>>);

impl Ledger {
    /// What of these pages was not done, and what is listed and stands there no more.
    pub fn complaints(&self, pages: &[&'static str]) -> Vec<String> {
        let (mut wrong, mut met) = (Vec::new(), BTreeSet::new());
        for path in pages {
            let page = Page::read(path);
            for part in &page.parts {
                let what = match &part.what {
                    What::Command { text, .. } => in_one_line(text),
                    What::Manifest { text, .. } => text.clone(),
                };
                let listed = listed(path, &what);
                met.extend(listed);
                if listed.is_none() && !self.0.borrow().contains(&(*path, part.at)) {
                    wrong.push(format!("{path}: neither done nor listed: {what}"));
                }
            }
        }
        let gone = (0..LISTED.len()).filter(|at| !met.contains(at)).map(|at| &LISTED[at]);
        wrong.extend(
            gone.map(|one| format!("{}: is listed, and not there any more: {}", one.page, one.command)),
        );
        wrong
    }
}

/// Where in the list this command is.
fn listed(page: &str, command: &str) -> Option<usize> {
    LISTED.iter().position(|one| one.page == page && one.command == command)
}

/// A reader of one page, who is at some place of it.
pub struct Reader<'a> {
    page: Page,
    at: usize,
    ledger: Ledger,
    shell: &'a mut Shell,
    /// What the reader types when a command waits for it.
    typed: String,
    /// What the page has as an example, and what it is here.
    instead: Vec<(String, String)>,
    /// Those since the last sentence.
    manifests: Vec<Value>,
}

impl<'a> Reader<'a> {
    pub fn open(path: &'static str, ledger: &Ledger, shell: &'a mut Shell) -> Self {
        Self {
            page: Page::read(path),
            at: 0,
            ledger: ledger.clone(),
            shell,
            typed: String::new(),
            instead: Vec::new(),
            manifests: Vec::new(),
        }
    }

    /// Goes to a heading, wherever it is, and leaves out what is before it.
    pub fn turn_to(&mut self, heading: &str) {
        self.at = self.page.find(&format!("\n{heading}\n"), 0);
    }

    /// Goes on behind these words, and leaves out what is before them.
    pub fn turn_after(&mut self, words: &str) {
        self.at = self.page.find(words, self.at) + words.len();
    }

    /// Puts the page away, and takes the shell back.
    pub fn shell(self) -> &'a mut Shell {
        self.shell
    }

    /// Types this when a command waits for it.
    pub fn types(&mut self, text: &str) {
        text.clone_into(&mut self.typed);
    }

    /// Puts this for an example of the page: an id, a name.
    pub fn puts(&mut self, example: &str, here: &str) {
        self.instead.push((example.to_owned(), here.to_owned()));
    }

    /// Reads to these words of the page and does all that stands before them; each command has to go well. Returns what
    /// they said.
    pub async fn read(&mut self, words: &str) -> Vec<Ran> {
        let end = self.page.find(words, self.at);
        self.go(end).await
    }

    /// As [`Self::read`], to the next heading.
    pub async fn section(&mut self) -> Vec<Ran> {
        let end = self.page.text[self.at + 1..].find("\n#").map(|at| at + self.at + 1);
        self.go(end.unwrap_or(self.page.text.len())).await
    }

    /// The manifests that were read since the last words.
    pub fn manifests(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.manifests)
    }

    /// Reads to the end of the page.
    pub async fn rest(&mut self) -> Vec<Ran> {
        self.go(self.page.text.len()).await
    }

    /// Runs a command that the page does not have, for what the test wants to know.
    pub async fn run(&mut self, command: &str) -> Ran {
        let ran = self.shell.run(command, "").await;
        assert!(ran.went_well, "{command} failed:\n{}", ran.said);
        ran
    }

    /// The page says this, and so it is: a command said all of these.
    pub fn said(&self, words: &str, ran: &Ran, all: &[&str]) {
        self.page.find(words, 0);
        for one in all {
            assert!(ran.said.contains(one), "{words}: {} does not say {one}:\n{}", ran.command, ran.said);
        }
    }

    /// Repeats a command until it says what the page states: what happens in the cluster takes its moments.
    pub async fn until(&mut self, ran: &Ran, what: &str, so: impl Fn(&str) -> bool) -> String {
        let mut said = ran.said.clone();
        let repeated = async {
            while !so(&said) {
                said = self.shell.run(&ran.command, "").await.said;
            }
        };
        let ended = tokio::time::timeout(LONG, repeated).await;
        assert!(ended.is_ok(), "{what}: {}\n{said}", ran.command);
        said
    }

    async fn go(&mut self, end: usize) -> Vec<Ran> {
        let range = self.at..end;
        self.at = end;
        let parts: Vec<_> = self.page.parts.iter().filter(|part| range.contains(&part.at)).cloned().collect();
        let mut all = Vec::new();
        for part in parts {
            self.ledger.0.borrow_mut().insert((self.page.path, part.at));
            match part.what {
                What::Manifest { text, file } => self.declare(&text, file.as_deref()),
                What::Command { text, shown } => all.extend(self.command(&text, &shown).await),
            }
        }
        all
    }

    fn declare(&mut self, text: &str, file: Option<&str>) {
        let text = self.as_here(text);
        if let Some(file) = file {
            std::fs::write(self.shell.file(file), &text).unwrap();
        }
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
        self.manifests.extend(documents);
    }

    async fn command(&mut self, text: &str, shown: &[String]) -> Option<Ran> {
        let line = in_one_line(text);
        let command = match listed(self.page.path, &line).map(|at| &LISTED[at]) {
            Some(Listed { instead: None, why, .. }) => {
                println!("not run, as it {why}: {line}");
                return None;
            }
            Some(Listed { instead: Some(instead), .. }) => (*instead).to_owned(),
            None => self.as_here(text),
        };
        let ran = self.shell.run(&command, &self.typed).await;
        println!("$ {}\n{}", ran.command, ran.said);
        assert!(ran.went_well, "{}: {} failed:\n{}", self.page.path, ran.command, ran.said);
        let mut lines = ran.said.lines();
        for line in shown {
            let found = lines.any(|said| fits(line, said));
            assert!(found, "{}: {} does not print {line}:\n{}", self.page.path, ran.command, ran.said);
        }
        Some(ran)
    }

    fn as_here(&self, text: &str) -> String {
        self.instead.iter().fold(text.to_owned(), |text, (example, here)| text.replace(example, here))
    }
}

/// Whether a line is as the page shows it, where `…` stands for anything.
fn fits(shown: &str, said: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = parts.next().and_then(|first| said.strip_prefix(first)) else { return false };
    for part in parts {
        let Some(at) = rest.rfind(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || shown.ends_with('…')
}

#[test]
fn a_line_is_as_it_is_shown() {
    assert!(fits("a … c", "a b c") && fits("a…", "a b") && fits("a", "a"));
    assert!(!fits("a", "a b") && !fits("a … c", "a b") && !fits("b", "a b"));
}

#[test]
fn what_nobody_does_and_what_is_listed_for_nothing_is_told() {
    let (ledger, path) = (Ledger::default(), "docs/quickstart.md");
    let wrong = ledger.complaints(&[path]);
    let apply = format!("{path}: neither done nor listed: kubectl apply -f acme.yaml");
    assert!(wrong.contains(&apply), "{wrong:#?}");
    let elsewhere = LISTED.iter().filter(|one| one.page != path).count();
    let gone = wrong.iter().filter(|line| line.contains("is listed, and not there any more")).count();
    assert_eq!(gone, elsewhere, "those of other pages are not there: {wrong:#?}");

    let page = Page::read(path);
    let all = page.parts.iter().map(|part| (path, part.at));
    ledger.0.borrow_mut().extend(all);
    assert_eq!(ledger.complaints(&[path]).len(), elsewhere, "all of it was done");
}
