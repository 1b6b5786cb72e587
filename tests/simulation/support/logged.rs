//! What a test's own thread logs, line by line as JSON.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::Once;
use tracing::Level;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

thread_local! {
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

struct Here;

impl Write for Here {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.iter_mut().for_each(|log| log.extend_from_slice(part)));
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps what this thread logs, at the usual level, from now on.
///
/// One subscriber serves all threads, as what a span or an event is worth is remembered for the whole process.
pub fn keep_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let here =
            dynamic_filter_fn(|meta, _| *meta.level() <= Level::INFO && LOG.with_borrow(Option::is_some));
        let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(|| Here);
        tracing_subscriber::registry().with(lines.with_filter(here)).init();
    });
    LOG.set(Some(Vec::new()));
}

/// The lines with this text.
pub fn logged(text: &str) -> Vec<serde_json::Value> {
    let log = LOG.with_borrow(|log| String::from_utf8(log.clone().unwrap_or_default()).unwrap());
    let lines = log.lines().filter(|line| line.contains(text));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}
