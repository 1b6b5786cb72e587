//! The writes that may have an effect still.

use orgkeeper::engine::base::ports::{HttpRequest, Tick};
use std::cell::RefCell;

/// A write that a process has sent, and until when it may have an effect.
struct Write {
    by: String,
    path: String,
    until: Tick,
}

/// All that are under way.
#[derive(Default)]
pub struct UnderWay(RefCell<Vec<Write>>);

impl UnderWay {
    /// A process sends one. What another has under way then, if it has.
    pub fn begins(&self, by: &str, request: &HttpRequest, now: Tick, until: Tick) -> Option<String> {
        let (mut all, path) = (self.0.borrow_mut(), request.url.path());
        all.retain(|one| one.until > now);
        let other = all.iter().find(|one| one.by != by).map(|other| {
            let (method, whose, what) = (&request.method, &other.by, &other.path);
            format!("{by} sent {method} {path} while {whose}'s to {what} was under way")
        });
        all.push(Write { by: by.to_owned(), path: path.to_owned(), until });
        other
    }

    /// The process knows that it has ended.
    pub fn over(&self, by: &str, request: &HttpRequest) {
        let mut all = self.0.borrow_mut();
        if let Some(place) = all.iter().position(|one| one.by == by && one.path == request.url.path()) {
            all.remove(place);
        }
    }
}
