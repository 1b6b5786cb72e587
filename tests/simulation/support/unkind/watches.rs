//! The watches of one process: each in its own time, and each may break and begin anew with a list.

use super::{Source, Unkind};
use crate::support::house::News;
use crate::support::watched::kind_of;
use orgkeeper::engine::base::ports::Tick;
use orgkeeper::engine::base::simulation::Told;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// The longest that a watch stays broken.
const LONGEST_BREAK: Duration = Duration::from_secs(20);
/// The latest that a watch tells.
const LATEST: Duration = Duration::from_secs(8);

/// What a watch is of.
pub type Stream = String;

/// The watch of Secrets.
pub const SECRETS: &str = "Secret";
/// The watch of namespaces.
pub const NAMESPACES: &str = "Namespace";

#[derive(Default)]
struct Watch {
    news: VecDeque<(Tick, u64, News)>,
    /// When it begins anew.
    broken_until: Option<Tick>,
    /// How late it is besides.
    late: Duration,
    /// The Secrets that it has told of: a list says what of them is gone.
    shown: BTreeSet<(String, String)>,
}

/// The watches of one process.
#[derive(Default)]
pub struct Watches {
    watches: BTreeMap<Stream, Watch>,
    heard: u64,
}

/// The watch that tells it.
fn stream(news: &News) -> Stream {
    match news {
        News::Object(Told::Applied(object) | Told::Deleted(object)) => kind_of(object).unwrap().to_string(),
        News::List(kind, _) => kind.to_string(),
        News::Namespace(..) => NAMESPACES.to_owned(),
        News::Secret(..) => SECRETS.to_owned(),
    }
}

impl Watches {
    /// When something is due, a list that begins anew too.
    pub fn next_due(&self) -> Option<Tick> {
        let due =
            |watch: &Watch| watch.news.front().map(|(due, _, _)| *due).into_iter().chain(watch.broken_until);
        self.watches.values().flat_map(due).min()
    }

    /// Takes in what happened; it is told at `due`, or later.
    pub fn hear(&mut self, unkind: &Unkind, news: News, due: Tick, now: Tick) {
        let name = stream(&news);
        // Namespaces matter to the very first look only.
        let troubled = name != NAMESPACES;
        let watch = self.watches.entry(name).or_default();
        if troubled && unkind.strikes(Source::DroppedWatches, 60) {
            let span = unkind.draw(Source::DroppedWatches, |dice| dice.span(Duration::ZERO, LONGEST_BREAK));
            watch.broken_until = Some(now + span.unwrap_or_default());
            watch.news.clear();
        }
        if watch.broken_until.is_some() {
            return;
        }
        let late = unkind.draw(Source::LateWatches, |dice| match dice.below(30) {
            0 => Some(dice.span(Duration::ZERO, LATEST)),
            1..=9 => Some(Duration::ZERO),
            _ => None,
        });
        watch.late = match late {
            None => Duration::ZERO,
            Some(late) => late.unwrap_or(watch.late),
        };
        self.heard += 1;
        let last = watch.news.back().map(|(due, _, _)| *due).unwrap_or_default();
        watch.news.push_back(((due + watch.late).max(last), self.heard, news));
    }

    /// The watches that begin anew now.
    pub fn begin_anew(&mut self, now: Tick) -> Vec<Stream> {
        let due = |watch: &Watch| watch.broken_until.is_some_and(|until| until <= now);
        let anew = self.watches.iter_mut().filter(|(_, watch)| due(watch));
        anew.map(|(name, watch)| {
            watch.broken_until = None;
            name.clone()
        })
        .collect()
    }

    /// What was not told yet never will be, as where a watch ends.
    pub fn forget(&mut self) {
        self.watches.values_mut().for_each(|watch| watch.news.clear());
    }

    /// The Secrets that the watch has told of.
    pub fn shown(&mut self) -> BTreeSet<(String, String)> {
        self.watches.entry(SECRETS.to_owned()).or_default().shown.clone()
    }

    /// What is to be told now.
    pub fn take(&mut self, now: Tick) -> Option<News> {
        let first = |watch: &Watch| watch.news.front().map(|(due, number, _)| (*due, *number));
        let (_, watch) = self
            .watches
            .iter_mut()
            .filter(|(_, watch)| first(watch).is_some_and(|(due, _)| due <= now))
            .min_by_key(|(_, watch)| first(watch))?;
        let (_, _, news) = watch.news.pop_front()?;
        if let News::Secret(namespace, name, mark) = &news {
            let key = (namespace.clone(), name.clone());
            match mark {
                Some(_) => watch.shown.insert(key),
                None => watch.shown.remove(&key),
            };
        }
        Some(news)
    }
}
