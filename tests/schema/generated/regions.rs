//! The parts of a file between marks, which are comments of the file's language. The first says what is between:
//!
//! ```text
//! # begin kinds (make generate): rules all: [list, watch]
//! …
//! # end kinds
//! ```

/// What every first mark has.
pub const MARK: &str = "begin kinds (make generate): ";
const END: &str = "end kinds";

/// How comments begin, and how they end.
const COMMENTS: [(&str, &str); 3] = [("# ", ""), ("<!-- ", " -->"), ("{{/* ", " */}}")];

/// What a comment says; `None` for another line.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim();
    COMMENTS.iter().find_map(|(begin, end)| line.strip_prefix(begin)?.strip_suffix(end))
}

/// The text with what is between marks written anew, indented as they are. `write` knows each form that a mark names.
pub fn rewrite(text: &str, write: &dyn Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let mut fresh = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        fresh = format!("{fresh}{line}\n");
        let Some(form) = comment(line).and_then(|said| said.strip_prefix(MARK)) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        for written in write(form)?.lines() {
            fresh = format!("{fresh}{indent}{written}\n");
        }
        let end = lines.find(|line| comment(line) == Some(END));
        fresh = format!("{fresh}{}\n", end.ok_or_else(|| format!("`{END}` is missing after `{form}`"))?);
    }
    Ok(fresh)
}

#[test]
fn what_is_between_marks_is_written_and_the_rest_is_left() {
    let write = |form: &str| Ok(format!("{form} 1\n{form} 2\n"));
    for (begin, end) in COMMENTS {
        let file = |between: &str| {
            let begin_mark = format!("  {begin}{MARK}a b{end}");
            format!("before\n{begin_mark}\n{between}  {begin}{END}{end}\nafter\n")
        };
        let fresh = file("  a b 1\n  a b 2\n");
        for stored in [file(""), file("  old\n"), fresh.clone()] {
            assert_eq!(rewrite(&stored, &write), Ok(fresh.clone()));
        }
    }
}

#[test]
fn a_mark_that_means_nothing_or_has_no_end_is_refused() {
    let write = |form: &str| if form == "a" { Ok(String::new()) } else { Err(form.to_owned()) };
    assert_eq!(rewrite(&format!("# {MARK}b\n# {END}\n"), &write), Err("b".to_owned()));
    assert!(rewrite(&format!("# {MARK}a\nthe rest\n"), &write).is_err());
    let quoted = format!("`# {MARK}b`\n");
    assert_eq!(rewrite(&quoted, &write), Ok(quoted.clone()));
}
