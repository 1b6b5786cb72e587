//! No command that somebody may copy puts a secret where others see it: on a command line, which everybody on the
//! machine can list, or into the history of a shell.

use super::commands::command_lines;
use super::markdown::{files, pages, root};

/// Flags whose value is a secret.
const FLAGS: [&str; 3] = ["--token", "--password", "--bearer"];
/// What a variable that holds a secret is called by.
const NAMES: [&str; 4] = ["TOKEN", "PASSWORD", "SECRET", "API_KEY"];

/// A value that is written out, and not read from a file, a program or another variable.
fn is_written_out(value: &str) -> bool {
    let value = value.trim_start_matches(['"', '\'']);
    !value.is_empty() && !value.starts_with(['$', '<', '@'])
}

/// What is wrong with a command.
fn complaint(line: &str) -> Option<&'static str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let pairs = || words.iter().zip(words.iter().skip(1).chain([&""]));
    if words.iter().any(|word| word.starts_with("--from-literal")) && line.contains("secret") {
        return Some("--from-file reads it from a file or from /dev/stdin");
    }
    // A flag alone is what a table of flags has.
    let flag = |(word, next): (&&str, &&str)| {
        let (name, value) = word.split_once('=').unwrap_or((word, next));
        FLAGS.contains(&name) && !value.is_empty() && !value.starts_with('<')
    };
    if !line.starts_with("--") && pairs().any(flag) {
        return Some("a variable or a file can hold it");
    }
    let headers = line.split("--header").skip(1).chain(line.split("-H ").skip(1));
    if headers.map(|rest| rest.trim_start_matches([' ', '=', '\'', '"'])).any(|rest| rest.starts_with("Auth"))
    {
        return Some("curl reads headers from a file or from a pipe: --header @-");
    }
    let assigns = |word: &&str| {
        let Some((name, value)) = word.trim_start_matches(['\'', '"']).split_once('=') else { return false };
        let is_variable = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        is_variable && NAMES.iter().any(|one| name.contains(one)) && is_written_out(value)
    };
    if words.iter().any(assigns) {
        return Some("$(cat file) reads it from a file");
    }
    let sets = |(word, next): (&&str, &&str)| {
        word.starts_with("--set")
            && next.split(['{', ',']).filter_map(|one| one.split_once('=')).any(|(key, _)| {
                let key = key.rsplit('.').next().unwrap_or_default().to_lowercase();
                ["token", "password", "secret"].contains(&key.as_str())
            })
    };
    if pairs().any(sets) {
        return Some("Helm keeps values, and the shell the command");
    }
    let told = words.first().is_some_and(|word| ["echo", "printf"].contains(word));
    if (told && line.contains('|') || line.contains("<<<")) && line.to_lowercase().contains("secret") {
        return Some("it is in the history: --from-file token=/dev/stdin asks for it");
    }
    let addresses = line.split("://").skip(1).filter_map(|rest| rest.split(['/', ' ', '\'', '"']).next());
    if addresses.filter_map(|host| host.split_once('@')).any(|(who, _)| who.contains(':')) {
        return Some("a password in an address is seen like any other");
    }
    None
}

/// What somebody may copy: commands on pages, in the chart's notes and in comments of manifests and values.
fn commands() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for page in pages() {
        found.extend(command_lines(&page).into_iter().map(|line| (page.path.clone(), line)));
    }
    let notes = "charts/orgkeeper/templates/NOTES.txt";
    let text = std::fs::read_to_string(root().join(notes)).unwrap();
    found.extend(text.lines().map(|line| (notes.to_owned(), line.to_owned())));
    for (path, text) in files("config", "yaml").into_iter().chain(files("charts", "yaml")) {
        let comments =
            text.lines().filter_map(|line| line.split_once("# ")).map(|(_, comment)| comment.to_owned());
        found.extend(comments.flat_map(|comment| {
            let spans: Vec<String> = comment.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            spans.into_iter().map(|span| (path.clone(), span))
        }));
    }
    found.into_iter().map(|(path, line)| (path, line.trim().trim_start_matches("$ ").to_owned())).collect()
}

#[test]
fn no_command_shows_a_secret() {
    let commands = commands();
    assert!(commands.len() > 300 && commands.iter().any(|(_, line)| line.contains("create secret")));
    let wrong: Vec<String> = commands
        .iter()
        .filter_map(|(path, line)| Some(format!("{path}: {line}: {}", complaint(line)?)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_command_that_shows_a_secret_is_found() {
    for wrong in [
        "kubectl create secret generic spot-token --from-literal token=s3cret",
        "kubectl create secret generic spot-token --from-literal=token=…",
        "orgkeeper-sandbox --token s3cret",
        "orgkeeper-sandbox --token=$TOKEN",
        "curl -H 'Authorization: Bearer s3cret' https://example.com",
        "curl --header \"Authorization: Bearer $TOKEN\" https://example.com",
        "export SPOTINST_TOKEN=s3cret",
        "A=b ORGKEEPER_SANDBOX_TOKEN='s3cret' orgkeeper-sandbox",
        "helm install orgkeeper chart --set spot.token=s3cret",
        "echo s3cret | kubectl create secret generic a --from-file token=/dev/stdin",
        "kubectl create secret generic a --from-file token=/dev/stdin <<< s3cret",
        "curl https://me:s3cret@example.com/a",
    ] {
        assert!(complaint(wrong).is_some(), "{wrong}");
    }
    for right in [
        "kubectl create secret generic spot-token --from-file token=/dev/stdin",
        "kubectl create configmap a --from-literal a=b",
        "ORGKEEPER_SANDBOX_TOKEN=$(cat token) orgkeeper-sandbox",
        "sed 's/^/Authorization: Bearer /' token | curl --header @- https://example.com",
        "--token T",
        "helm install orgkeeper chart --set rbac.secrets.names={spot-token}",
        "curl https://example.com/a?b=c:d@e",
        "echo a | sort",
    ] {
        assert_eq!(complaint(right), None, "{right}");
    }
}
