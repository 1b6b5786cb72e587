//! The table: which operation is called, served and exercised, what is wrong with it, and how it
//! looks. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A method and a path with parameters.
pub type Route = (String, String);

/// A column that a run fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Client,
    Sandbox,
    Exercised,
}

/// Why a cell is empty.
#[derive(Clone, Copy, Debug)]
pub struct Reason {
    pub column: Column,
    pub method: &'static str,
    pub path: &'static str,
    pub why: &'static str,
}

/// An operation that the vendor's pages have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub section: &'static str,
    /// The pages' name of it, where they have one.
    pub name: Option<&'static str>,
    pub route: Route,
}

/// What a run has shown.
#[derive(Debug, Default)]
pub struct Shown {
    /// The client's calls that went by a route.
    pub client: BTreeMap<Route, BTreeSet<&'static str>>,
    /// The sandbox's name of what it serves by a route.
    pub sandbox: BTreeMap<Route, String>,
    /// The routes by which something was carried out.
    pub exercised: BTreeSet<Route>,
}

/// Reads `# section`, and `[name] METHOD path`, line by line.
pub fn parse(text: &'static str) -> Vec<Operation> {
    let mut section = "";
    let mut operations = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(title) = line.strip_prefix("# ") {
            section = title;
            continue;
        }
        let words: Vec<&'static str> = line.split(' ').collect();
        let (name, method, path) = match words[..] {
            [method, path] => (None, method, path),
            [name, method, path] => (Some(name), method, path),
            _ => panic!("{line}"),
        };
        operations.push(Operation { section, name, route: (method.to_owned(), path.to_owned()) });
    }
    operations
}

impl Shown {
    /// What stands in a cell; nothing where it is empty.
    fn cell(&self, route: &Route, column: Column) -> String {
        let calls = self.client.get(route);
        match column {
            Column::Client => calls.into_iter().flatten().copied().collect::<Vec<_>>().join(", "),
            Column::Sandbox => self.sandbox.get(route).cloned().unwrap_or_default(),
            Column::Exercised if !self.exercised.contains(route) => String::new(),
            Column::Exercised if calls.is_some() => "by the client".to_owned(),
            Column::Exercised => "by a request".to_owned(),
        }
    }
}

const COLUMNS: [Column; 3] = [Column::Client, Column::Sandbox, Column::Exercised];

/// All that is wrong: empty cells without a reason, reasons without an empty cell, and what was
/// called or is served though no page has it.
pub fn complaints(operations: &[Operation], shown: &Shown, reasons: &[Reason]) -> Vec<String> {
    let mut complaints = Vec::new();
    let is_of = |reason: &&Reason, route: &Route| (reason.method, reason.path) == (&*route.0, &*route.1);
    for Operation { route, name, .. } in operations {
        for column in COLUMNS {
            let empty = shown.cell(route, column).is_empty();
            let count =
                reasons.iter().filter(|reason| is_of(reason, route) && reason.column == column).count();
            match (empty, count) {
                (true, 0) => complaints.push(format!("{route:?}: no {column:?}, and no reason")),
                (false, 1..) => complaints.push(format!("{route:?}: a reason, and the {column:?} is there")),
                (true, 2..) => complaints.push(format!("{route:?}: two reasons")),
                (true, 1) | (false, 0) => {}
            }
        }
        if let (Some(name), Some(served)) = (name, shown.sandbox.get(route))
            && name != served
        {
            complaints.push(format!("{route:?}: it is {name}, and the sandbox calls it {served}"));
        }
    }
    let known: BTreeSet<&Route> = operations.iter().map(|operation| &operation.route).collect();
    if known.len() < operations.len() {
        complaints.push("an operation stands there twice".to_owned());
    }
    let found = shown.client.keys().chain(shown.sandbox.keys()).chain(&shown.exercised);
    for route in found.filter(|route| !known.contains(route)).collect::<BTreeSet<_>>() {
        complaints.push(format!("{route:?}: no page has it"));
    }
    for reason in reasons {
        if !known.iter().any(|route| is_of(&reason, route)) {
            complaints.push(format!("{reason:?}: a reason for what no page has"));
        }
        if reason.why.trim().is_empty() {
            complaints.push(format!("{reason:?}: it says nothing"));
        }
    }
    complaints
}

/// The table in Markdown, with its sums.
pub fn render(operations: &[Operation], shown: &Shown, reasons: &[Reason]) -> String {
    let sum = |column| {
        operations.iter().filter(|operation| !shown.cell(&operation.route, column).is_empty()).count()
    };
    let mut text = format!(
        "{} operations: {} called by the client, {} served by the sandbox, {} exercised.\n",
        operations.len(),
        sum(Column::Client),
        sum(Column::Sandbox),
        sum(Column::Exercised)
    );
    let mut section = "";
    for operation in operations {
        if operation.section != section {
            section = operation.section;
            let _ = write!(
                text,
                "\n**{section}**\n\n| operation | client | sandbox | exercised | why not |\n|---|---|---|---|---|\n"
            );
        }
        let (method, path) = &operation.route;
        let quoted =
            |text: String| if text.is_empty() { text } else { format!("`{}`", text.replace(", ", "`, `")) };
        let why: Vec<_> = reasons
            .iter()
            .filter(|reason| (reason.method, reason.path) == (method, path))
            .map(|reason| reason.why)
            .collect();
        let cells = [
            format!("`{method} {path}`"),
            quoted(shown.cell(&operation.route, Column::Client)),
            quoted(shown.cell(&operation.route, Column::Sandbox)),
            shown.cell(&operation.route, Column::Exercised),
            why.join("; "),
        ];
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Accounts\nlistAccounts GET /a\n# Users\ngetUser GET /u/{id}\n";

    fn route(method: &str, path: &str) -> Route {
        (method.to_owned(), path.to_owned())
    }

    /// All of the page is covered.
    fn whole() -> Shown {
        let mut shown = Shown::default();
        for (path, call, name) in
            [("/a", "list_accounts", "listAccounts"), ("/u/{id}", "get_user", "getUser")]
        {
            shown.client.insert(route("GET", path), [call].into());
            shown.sandbox.insert(route("GET", path), name.to_owned());
            shown.exercised.insert(route("GET", path));
        }
        shown
    }

    fn found(shown: &Shown, reasons: &[Reason]) -> Vec<String> {
        complaints(&parse(PAGE), shown, reasons)
    }

    #[test]
    fn whatever_is_wrong_is_found() {
        assert_eq!(found(&whole(), &[]), Vec::<String>::new());
        let gone = route("GET", "/a");
        let (mut client, mut sandbox, mut exercised) = (whole(), whole(), whole());
        client.client.remove(&gone);
        sandbox.sandbox.remove(&gone);
        exercised.exercised.remove(&gone);
        for (column, shown) in
            [(Column::Client, client), (Column::Sandbox, sandbox), (Column::Exercised, exercised)]
        {
            let reason = |path| Reason { column, method: "GET", path, why: "so" };
            assert_eq!(found(&shown, &[]).len(), 1, "{column:?} is empty");
            assert_eq!(found(&shown, &[reason("/a")]), Vec::<String>::new(), "and there is a reason");
            assert_eq!(found(&shown, &[reason("/a"), reason("/a")]).len(), 1, "there are two");
            assert_eq!(found(&whole(), &[reason("/a")]).len(), 1, "a reason for what is there");
            assert_eq!(found(&whole(), &[reason("/b")]).len(), 1, "a reason for what no page has");
            assert_eq!(found(&shown, &[Reason { why: " ", ..reason("/a") }]).len(), 1, "no words");
            for other in COLUMNS.into_iter().filter(|other| *other != column) {
                let elsewhere = Reason { column: other, ..reason("/a") };
                assert_eq!(found(&shown, &[elsewhere]).len(), 2, "a reason for another cell");
            }
        }
        let (mut called, mut served, mut renamed) = (whole(), whole(), whole());
        called.client.insert(route("PUT", "/a"), ["put"].into());
        served.sandbox.insert(route("PUT", "/a"), "put".to_owned());
        renamed.sandbox.insert(gone, "other".to_owned());
        for shown in [called, served, renamed] {
            assert_eq!(found(&shown, &[]).len(), 1, "{shown:?}");
        }
        let twice = parse("GET /a\nGET /u/{id}\nGET /a\n");
        assert_eq!(complaints(&twice, &whole(), &[]).len(), 1);
    }

    #[test]
    fn the_table_has_what_was_shown() {
        let mut shown = whole();
        shown.client.remove(&route("GET", "/a"));
        let reason = Reason { column: Column::Client, method: "GET", path: "/a", why: "nobody asks" };
        let text = render(&parse(PAGE), &shown, &[reason]);
        assert!(
            text.starts_with("2 operations: 1 called by the client, 2 served by the sandbox, 2 exercised.\n")
        );
        assert!(text.contains("| `GET /a` |  | `listAccounts` | by a request | nobody asks |\n"), "{text}");
        assert!(text.contains("| `GET /u/{id}` | `get_user` | `getUser` | by the client |  |\n"), "{text}");
        assert!(text.contains("\n**Users**\n"), "{text}");
    }
}
