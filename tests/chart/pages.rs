//! What the pages about installing tell to run does not fail where nothing is wrong.

use crate::support::read;

const PAGES: [&str; 6] = [
    "docs/install.md",
    "docs/upgrade.md",
    "docs/uninstall.md",
    "docs/quickstart.md",
    "docs/renaming.md",
    "charts/orgkeeper/README.md",
];

/// The lines between fences, and those outside, with the fence's language.
fn lines(page: &str) -> Vec<(Option<String>, String)> {
    let (mut found, mut open) = (Vec::new(), None::<String>);
    for line in read(page).lines() {
        match (line.trim_start().strip_prefix("```"), open.is_some()) {
            (Some(language), false) => open = Some(language.to_owned()),
            (Some(_), true) => open = None,
            (None, _) => found.push((open.clone(), line.to_owned())),
        }
    }
    found
}

/// Commands as they are run: a `\` or `|` at the end goes on.
fn commands(page: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut goes_on = false;
    for (language, line) in lines(page) {
        if !matches!(language.as_deref(), Some("sh" | "console")) {
            goes_on = false;
            continue;
        }
        let line = line.trim().trim_start_matches("$ ");
        match (goes_on, found.last_mut()) {
            (true, Some(last)) => *last = format!("{last} {}", line.trim_end_matches('\\')),
            _ => found.push(line.trim_end_matches('\\').to_owned()),
        }
        goes_on = line.ends_with(['\\', '|']);
    }
    found
}

/// A port that is being forwarded answers a moment later; a list of commands is run as a whole.
#[test]
fn whoever_asks_a_forwarded_port_waits_for_it() {
    let mut asked = 0;
    for page in PAGES {
        let commands = commands(page);
        let local = |line: &&String| {
            line.contains("curl ") && (line.contains("localhost") || line.contains("127.0.0.1"))
        };
        for line in commands.iter().filter(local) {
            assert!(line.contains("--retry-connrefused"), "{page}: {line}");
            asked += 1;
        }
    }
    assert!(asked >= 2);
}

/// With a namespace goes all that is in it, so what is deleted after it is gone already.
#[test]
fn deleting_part_by_part_does_not_complain_of_what_went_before() {
    let all: Vec<String> = PAGES.into_iter().flat_map(commands).collect();
    let parts: Vec<_> =
        all.iter().filter(|line| line.starts_with("for ") && line.contains("kubectl delete -k")).collect();
    assert!(parts.is_empty(), "{parts:?}");
    assert!(all.iter().any(|line| line.contains("kubectl delete --ignore-not-found -k config/$part")));
}

#[test]
fn the_pages_have_no_stray_markup() {
    for page in PAGES {
        for (language, line) in lines(page) {
            let wrong = match language.as_deref() {
                None => {
                    let html = line.contains('<') && !line.starts_with("<!-- ") && {
                        let plain: String = line.split('`').step_by(2).collect();
                        plain.contains('<')
                    };
                    line.matches('`').count() % 2 == 1 || html || line.matches("**").count() % 2 == 1
                }
                // What is copied is a command; a prompt says that not every line is one.
                Some("sh") => line.starts_with("$ ") || line.contains("```"),
                Some(_) => false,
            };
            assert!(!wrong, "{page}: {line}");
        }
        let fences = lines(page).into_iter().filter_map(|(language, _)| language);
        for language in fences {
            assert!(["sh", "console", "yaml"].contains(&language.as_str()), "{page}: {language:?}");
        }
    }
}
