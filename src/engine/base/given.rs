//! Values as somebody put them into a Secret. What an editor, a shell or a copy added to one is told here: the vendor
//! would only say that it is wrong.

use crate::api::text::{is_invisible, is_line_break};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// A value of a Secret that nobody has looked at: it is used in the form that it is meant to have, or not at all.
#[derive(Clone, Default)]
pub struct Given(SecretString);

/// What a value is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A token, as it goes into a header.
    Token,
    /// One word, such as an address or a generated secret.
    Word,
    /// What a person may have thought up, a password: with blanks inside.
    Phrase,
    /// A file of several lines.
    File,
}

/// What is wrong with a value. It shows nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing is in it.
    Empty,
    /// It is not UTF-8.
    NotText,
    /// It begins with a byte order mark.
    ByteOrderMark,
    /// It stands in quotation marks, which only a password may do that a person thought up.
    Quoted,
    /// There is something in it that shows nothing.
    Invisible,
    /// It has several lines.
    Lines,
    /// There is a control character in it.
    Control,
    /// There is white space in it, or at an end of it.
    Blank,
    /// There is something in it that no header can carry.
    NotAscii,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "is empty: write the value there",
            Self::NotText => "is not UTF-8: if it is text, save it as UTF-8, without a byte order mark",
            Self::ByteOrderMark => "begins with a byte order mark: save it as UTF-8 without one",
            Self::Quoted => "stands in quotation marks, which are taken as part of it: leave them out",
            Self::Invisible => {
                "has an invisible character in it, such as a zero-width space: copy it anew from where it was given out"
            }
            Self::Lines => "has a line break inside: write it on one line",
            Self::Control => "has a control character in it: copy it anew from where it was given out",
            Self::Blank => "has white space in it, or at an end: write it without",
            Self::NotAscii => {
                "has a character in it that no token has, as it is not ASCII: copy it anew from where it was given out"
            }
        })
    }
}

impl From<SecretString> for Given {
    fn from(value: SecretString) -> Self {
        Self(value)
    }
}

impl Given {
    /// The value, if it has that form. The line break that an editor leaves at its end is not part of it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(&self, form: Form) -> Result<SecretString, Flaw> {
        let whole = self.0.expose_secret();
        let text = match form {
            // White space at an end could be meant: it is not cut off.
            Form::Phrase => whole.trim_end_matches(['\r', '\n']),
            Form::Token | Form::Word | Form::File => whole.trim(),
        };
        match flaw(text, form) {
            Some(flaw) => Err(flaw),
            None => Ok(SecretString::from(text.to_owned())),
        }
    }
}

fn flaw(text: &str, form: Form) -> Option<Flaw> {
    let (file, phrase) = (form == Form::File, form == Form::Phrase);
    let control = |char: char| char.is_control() && !(file && matches!(char, '\n' | '\r' | '\t'));
    let blank = |text: &str| text.contains(char::is_whitespace);
    let at_an_end = |text: &str| text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    // The first that fits is told: what a whole file was saved as before what is in it.
    let flaws = [
        (text.is_empty(), Flaw::Empty),
        // What stands where the bytes were no text.
        (text.contains(char::REPLACEMENT_CHARACTER), Flaw::NotText),
        (text.starts_with('\u{feff}'), Flaw::ByteOrderMark),
        (!phrase && is_quoted(text), Flaw::Quoted),
        (text.contains(is_invisible), Flaw::Invisible),
        (!file && text.contains(is_line_break), Flaw::Lines),
        (!file && if phrase { at_an_end(text) } else { blank(text) }, Flaw::Blank),
        (text.contains(control), Flaw::Control),
        (form == Form::Token && !text.is_ascii(), Flaw::NotAscii),
    ];
    flaws.into_iter().find_map(|(is_so, flaw)| is_so.then_some(flaw))
}

/// Whether the text stands in quotation marks, as in a shell or in a word processor.
fn is_quoted(text: &str) -> bool {
    const PAIRS: [(char, char); 6] =
        [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’'), ('„', '“')];
    text.chars().count() > 1
        && PAIRS.iter().any(|(first, last)| text.starts_with(*first) && text.ends_with(*last))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Form; 4] = [Form::Token, Form::Word, Form::Phrase, Form::File];

    fn read(text: &str, form: Form) -> Result<String, Flaw> {
        let given = Given::from(SecretString::from(text));
        given.read(form).map(|value| value.expose_secret().to_owned())
    }

    #[test]
    fn what_is_wrong_with_a_value_is_told_in_whatever_form_it_is_meant_to_have() {
        let table = [
            ("", Flaw::Empty),
            ("\n", Flaw::Empty),
            ("\u{fffd}\u{fffd}s\0e\0", Flaw::NotText),
            ("\u{feff}secret", Flaw::ByteOrderMark),
            ("se\u{200b}cret", Flaw::Invisible),
            ("secret\u{feff}", Flaw::Invisible),
            ("se\u{1b}cret", Flaw::Control),
            ("se\0cret", Flaw::Control),
        ];
        for (text, flaw) in table {
            for form in ALL {
                assert_eq!(read(text, form), Err(flaw), "{text:?} {form:?}");
            }
            assert!(!flaw.to_string().contains("secret"));
        }
    }

    #[test]
    fn what_one_form_has_is_wrong_in_another() {
        use Flaw::{Blank, Control, Lines, NotAscii, Quoted};
        // In the order of ALL.
        let quoted = [Some(Quoted), Some(Quoted), None, Some(Quoted)];
        let table: [(&str, [Option<Flaw>; 4]); 8] = [
            ("\"secret\"\n", quoted),
            ("'secret'", quoted),
            ("“secret”", quoted),
            ("secret", [None; 4]),
            ("se\ncret", [Some(Lines), Some(Lines), Some(Lines), None]),
            ("se cret", [Some(Blank), Some(Blank), None, None]),
            ("se\tcret", [Some(Blank), Some(Blank), Some(Control), None]),
            ("ſecret", [Some(NotAscii), None, None, None]),
        ];
        for (text, flaws) in table {
            assert_eq!(ALL.map(|form| read(text, form).err()), flaws, "{text:?}");
        }
        assert_eq!(read(" secret", Form::Phrase), Err(Blank), "it could be meant");
    }

    #[test]
    fn the_line_break_at_the_end_is_an_editors() {
        for form in ALL {
            assert_eq!(read("secret\r\n", form).as_deref(), Ok("secret"), "{form:?}");
        }
        assert_eq!(read(" secret\u{a0}", Form::Token).as_deref(), Ok("secret"));
    }
}
