//! A page as somebody reads it who does what it says: prose, commands and manifests, in their order.

use std::path::Path;

/// Programs whose name begins a command in the midst of a sentence.
const PROGRAMS: [&str; 10] =
    ["argocd", "curl", "docker", "flux", "helm", "kind", "kubectl", "make", "orgkeeper", "terraform"];

/// What a page has besides prose, and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub at: usize,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A command, as it stands there, and the lines that it prints where the page shows them.
    Command { text: String, shown: Vec<String> },
    /// A manifest, and the file that the page wants it in.
    Manifest { text: String, file: Option<String> },
}

/// A page of `docs`.
pub struct Page {
    pub path: &'static str,
    pub text: String,
    pub parts: Vec<Part>,
}

impl Page {
    pub fn read(path: &'static str) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path, parts: parts(&text), text }
    }

    /// Where these words stand, after that place.
    pub fn find(&self, words: &str, after: usize) -> usize {
        let found = self.text[after..].find(words).map(|at| at + after);
        found.unwrap_or_else(|| panic!("{} does not say this (any more, or not here): {words}", self.path))
    }
}

/// A command in one line, to be compared.
pub fn in_one_line(command: &str) -> String {
    command.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    // The open fence: how far it is indented, its language, where its text begins, and its text.
    let mut fence: Option<(usize, String, usize, String)> = None;
    let (mut at, mut named) = (0, None);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        match (&mut fence, trimmed.strip_prefix("```")) {
            (None, Some(language)) => {
                fence = Some((indent, language.trim().to_owned(), at + line.len(), String::new()));
            }
            (Some(_), Some(_)) => {
                let (_, language, begin, text) = fence.take().unwrap_or_default();
                block(&language, begin, &text, named.take(), &mut parts);
            }
            (Some((indent, .., text)), None) => {
                text.push_str(line.get(*indent..).unwrap_or("\n"));
            }
            (None, None) => {
                named = file_named(line).or(named.filter(|_| trimmed.is_empty()));
                parts.extend(inline(line, at));
            }
        }
        at += line.len();
    }
    assert!(fence.is_none(), "a fence is not closed");
    parts
}

/// The file that a line says a manifest is to be in: the last one that it names.
fn file_named(line: &str) -> Option<String> {
    let spans = line.split('`').skip(1).step_by(2);
    spans.filter(|span| is_manifest(span)).last().map(str::to_owned)
}

/// Whether this is what a manifest is called, and nothing besides.
fn is_manifest(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "yaml") && !name.contains(['/', ' '])
}

fn block(language: &str, at: usize, text: &str, named: Option<String>, parts: &mut Vec<Part>) {
    match language {
        "sh" | "bash" | "" => parts.extend(script(text, at)),
        "console" => parts.extend(session(text, at)),
        "yaml" => {
            let first = text.lines().next().and_then(|line| line.strip_prefix("# "));
            let file = first.filter(|name| is_manifest(name)).map(str::to_owned);
            let what = What::Manifest { text: text.to_owned(), file: file.or(named) };
            parts.push(Part { at, what });
        }
        "hcl" | "rust" | "mermaid" | "text" | "json" => {}
        other => panic!("nobody here knows what to do with a block of {other}"),
    }
}

/// The commands of a script.
fn script(text: &str, at: usize) -> Vec<Part> {
    let (mut parts, mut command, mut begin, mut here) = (Vec::new(), String::new(), at, at);
    for line in text.split_inclusive('\n') {
        if command.is_empty() {
            begin = here;
        }
        command.push_str(line);
        here += line.len();
        if is_whole(&command) {
            let text = std::mem::take(&mut command).trim().to_owned();
            if !text.is_empty() {
                parts.push(Part { at: begin, what: What::Command { text, shown: Vec::new() } });
            }
        }
    }
    assert!(command.is_empty(), "this command has no end: {command}");
    parts
}

/// The commands of a session, which begin with `$`, and what each one prints.
fn session(text: &str, at: usize) -> Vec<Part> {
    let (mut parts, mut here): (Vec<Part>, usize) = (Vec::new(), at);
    for line in text.split_inclusive('\n') {
        let last = parts.last_mut().map(|part| &mut part.what);
        match (line.strip_prefix("$ "), last) {
            (Some(first), _) => {
                let what = What::Command { text: first.to_owned(), shown: Vec::new() };
                parts.push(Part { at: here, what });
            }
            (None, Some(What::Command { text, .. })) if !is_whole(text) => text.push_str(line),
            (None, Some(What::Command { shown, .. })) => shown.push(line.trim_end().to_owned()),
            (None, _) => panic!("a session begins with a command: {line}"),
        }
        here += line.len();
    }
    for part in &mut parts {
        if let What::Command { text, .. } = &mut part.what {
            text.truncate(text.trim_end().len());
        }
    }
    parts
}

/// Whether a shell would carry out what was typed so far, and not wait for more.
fn is_whole(command: &str) -> bool {
    let (mut quote, mut escaped) = (None, false);
    for c in command.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    let text = command.trim_end();
    let count = |word| text.split([' ', '\n', ';']).filter(|one| *one == word).count();
    quote.is_none() && count("do") == count("done") && !text.ends_with(['\\', '|']) && !text.ends_with("&&")
}

/// The commands in a line of prose: code that begins with a program's name and says more than that.
fn inline(line: &str, at: usize) -> Vec<Part> {
    let (mut parts, mut here) = (Vec::new(), at);
    for (number, span) in line.split('`').enumerate() {
        let mut words = span.split(' ');
        let program = words.next().unwrap_or_default();
        if number % 2 == 1 && PROGRAMS.contains(&program) && words.next().is_some() {
            let what = What::Command { text: span.to_owned(), shown: Vec::new() };
            parts.push(Part { at: here, what });
        }
        here += span.len() + 1;
    }
    parts
}

#[test]
fn what_a_page_has_one_do() {
    let text = "Do `kubectl get a` in `kubectl`, and in a file `b.yaml`:\n\n```yaml\nb: 1\n```\n- item:\n\n  ```sh\n  \
                for a in b; do\n    c \\\n      d\n  done\n  e | f 'g\n  h'\n  ```\n```console\n$ i |\n  j\nk\n…\n$ l\n```\n\
                ```yaml\n# m.yaml\nn: 1\n```\n```yaml\no: 1\n```\n```hcl\np\n```\n";
    let command = |text: &str, shown: &[&str]| What::Command {
        text: text.to_owned(),
        shown: shown.iter().map(ToString::to_string).collect(),
    };
    let manifest = |text: &str, file: Option<&str>| What::Manifest {
        text: text.to_owned(),
        file: file.map(str::to_owned),
    };
    let found: Vec<What> = parts(text).into_iter().map(|part| part.what).collect();
    let expected = [
        command("kubectl get a", &[]),
        manifest("b: 1\n", Some("b.yaml")),
        command("for a in b; do\n  c \\\n    d\ndone", &[]),
        command("e | f 'g\nh'", &[]),
        command("i |\n  j", &["k", "…"]),
        command("l", &[]),
        manifest("# m.yaml\nn: 1\n", Some("m.yaml")),
        manifest("o: 1\n", None),
    ];
    assert_eq!(found, expected);
    assert_eq!(in_one_line("a \\\n  b |\n c"), "a b | c");
}
