//! Texts as people write them: what nobody sees in one and makes it another all the same, and how one is cut.

use kube::core::{Message, Rule};

/// Characters that show nothing, as ranges: soft hyphens, joiners, marks of direction, fillers, tags, the byte order mark.
/// They are those of Unicode 16 with the property `Default_Ignorable_Code_Point`, and two blanks that are no white space
/// by its tables: an empty note and an empty pattern of Braille. Left out are those with the property
/// `Variation_Selector`: they choose how the character before them looks, and many an emoji ends with one.
const INVISIBLE: [(char, char); 19] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fff8}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d159}', '\u{1d159}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e00ff}'),
    ('\u{e01f0}', '\u{e0fff}'),
];

/// Whether the character shows nothing.
pub fn is_invisible(char: char) -> bool {
    INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&char))
}

/// Whether a line ends with the character.
pub fn is_line_break(char: char) -> bool {
    matches!(char, '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What is wrong with a name, if something is: what one place cuts off and another keeps makes two names of one. Inside,
/// joiners and marks of direction belong to how some scripts are written.
pub fn wrong_in_name(name: &str) -> Option<&'static str> {
    let hidden = |char: char| char.is_whitespace() || char.is_control() || is_invisible(char);
    if name.starts_with(hidden) || name.ends_with(hidden) {
        return Some("begins or ends with white space, or with a character that nobody sees");
    }
    let broken = |char: char| char.is_control() || is_line_break(char);
    name.contains(broken).then_some("has a line break or a control character inside")
}

/// The same as a rule for the API server, on the member of that name.
pub(crate) fn is_name(member: &str) -> Rule {
    let range = |(first, last): (char, char)| match (first as u32, last as u32) {
        (first, last) if first == last => format!("\\\\x{{{first:x}}}"),
        (first, last) => format!("\\\\x{{{first:x}}}-\\\\x{{{last:x}}}"),
    };
    let hidden = format!("\\\\p{{Z}}\\\\p{{Cc}}{}", INVISIBLE.map(range).concat());
    let broken = "\\\\p{Cc}\\\\p{Zl}\\\\p{Zp}";
    Rule::new(format!("self.matches('^([^{hidden}]([^{broken}]*[^{hidden}])?)?$')")).message(Message::Message(format!(
        "{member} may neither begin nor end with white space or an invisible character, nor hold a line break: write \
         it on one line, without them"
    )))
}

/// The beginning of a text that has at most so many bytes, cut between characters.
pub fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_in_a_name() {
        let fine =
            ["", "a", "payments-prod", "R & D", "Zoë", "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}", "a\u{a0}b"];
        for name in fine.into_iter().chain(["prod ☁\u{fe0f}", "葛\u{e0100}"]) {
            assert_eq!(wrong_in_name(name), None, "{name:?}");
        }
        let ends =
            ["a ", " a", "a\n", "a\r\n", "\ta", "a\u{a0}", "\u{feff}a", "a\u{200b}", "a\u{7f}", " ", "\n"];
        for name in ends {
            assert!(wrong_in_name(name).is_some_and(|why| why.contains("ends with")), "{name:?}");
        }
        for nothing in ['\u{115f}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{ffa0}', '\u{e0001}', '\u{e007f}']
        {
            for name in [format!("a{nothing}"), format!("{nothing}a"), nothing.to_string()] {
                assert!(wrong_in_name(&name).is_some_and(|why| why.contains("ends with")), "{name:?}");
            }
        }
        for name in ["a\nb", "a\u{2028}b", "a\u{85}b", "a\0b", "a\tb"] {
            assert!(wrong_in_name(name).is_some_and(|why| why.contains("inside")), "{name:?}");
        }
    }
}
