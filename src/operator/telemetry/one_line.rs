//! An event is one line of the log, whatever names and answers it tells of.

use std::io::{self, Write};

/// Writes each event as one line: what would end it, or turn what stands around it about, is written as its number.
#[derive(Debug)]
pub struct OneLine<W> {
    to: W,
    /// Whether the subscriber colours what it writes.
    colours: bool,
}

impl<W> OneLine<W> {
    /// Writes there.
    pub const fn new(to: W, colours: bool) -> Self {
        Self { to, colours }
    }
}

impl<W: Write> Write for OneLine<W> {
    /// Writes a whole event, as the subscriber hands it over.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        self.to.write_all(one_line(&text, self.colours).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn one_line(event: &str, colours: bool) -> String {
    let (line, end) = event.strip_suffix('\n').map_or((event, ""), |line| (line, "\n"));
    let mut safe = String::with_capacity(event.len());
    for (at, c) in line.char_indices() {
        let harmless = !misleads(c) || colours && is_colour(&line[at..]);
        if harmless { safe.push(c) } else { safe.extend(c.escape_default()) }
    }
    safe + end
}

/// Controls, and marks that end a line or turn its direction.
fn misleads(c: char) -> bool {
    c.is_control() && c != '\t'
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether an escape begins here that does nothing but colour what comes.
fn is_colour(rest: &str) -> bool {
    let number = |c: char| c.is_ascii_digit() || c == ';';
    rest.strip_prefix("\u{1b}[").is_some_and(|rest| rest.trim_start_matches(number).starts_with('m'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, part: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(part)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged of something with this name.
    fn said(name: &str, colours: bool) -> String {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(colours)
            .without_time()
            .with_writer(move || OneLine::new(writer.clone(), colours))
            .finish();
        tracing::subscriber::with_default(subscriber, || tracing::warn!(%name, "of {name}"));
        String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn whatever_a_name_holds_its_event_is_one_line() {
        let name = "prod\n  INFO orgkeeper: all is well\r\u{85}\u{2028}\u{202e}\u{1b}[2K\ttab, é";
        for colours in [false, true] {
            let said = said(name, colours);
            assert_eq!(said.lines().count(), 1, "{said}");
            assert!(said.ends_with('\n') && said.contains("\ttab, é"), "{said}");
            let escaped = r"prod\n  INFO orgkeeper: all is well\r\u{85}\u{2028}\u{202e}\u{1b}[2K";
            assert!(said.contains(escaped) && !said.contains("\u{1b}[2K"), "{said}");
            assert_eq!(said.contains('\u{1b}'), colours, "{said}");
        }
    }
}
