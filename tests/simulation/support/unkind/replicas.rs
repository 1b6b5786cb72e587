//! Processes that come and go: some sleep, some end, and as many as there should be are started again.

use crate::support::house::House;
use crate::support::process::Process;
use orgkeeper::engine::base::ports::Tick;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long it takes until one that ended is started again.
const START: Duration = Duration::from_secs(5);

/// So many processes of one installation.
pub struct Replicas {
    wanted: usize,
    /// Who sleeps, and until when.
    asleep: BTreeMap<String, Tick>,
    /// When one is started, where there are too few.
    starts: Option<Tick>,
}

impl Replicas {
    /// So many, none of which is there yet.
    pub const fn new(wanted: usize) -> Self {
        Self { wanted, asleep: BTreeMap::new(), starts: None }
    }

    /// Lets one sleep for a while, as a machine that is suspended.
    pub fn sleep(&mut self, house: &mut House, which: usize, span: Duration) {
        let until = house.now() + span;
        let count = house.processes.len();
        if let Some(process) = house.processes.get_mut(which % count.max(1)) {
            process.paused = true;
            self.asleep.insert(process.identity.clone(), until);
        }
    }

    /// Kills one.
    pub fn kill(house: &mut House, which: usize) {
        if !house.processes.is_empty() {
            let place = which % house.processes.len();
            let killed = house.processes.remove(place);
            house.way.journal.ended(&killed.identity);
        }
    }

    /// Asks one to stop, as an update does.
    pub fn stop(house: &mut House, which: usize) {
        let count = house.processes.len();
        if let Some(process) = house.processes.get_mut(which % count.max(1)) {
            process.stop();
        }
    }

    /// Wakes whoever slept for long enough, or everybody; removes those that ended, and starts what is missing.
    pub fn tend(&mut self, house: &mut House, everybody: bool) {
        let now = house.now();
        self.asleep.retain(|_, until| !everybody && *until > now);
        for process in &mut house.processes {
            process.paused = self.asleep.contains_key(&process.identity);
        }
        let ended = |process: &Process| process.end.get().is_some() || process.fate.is_dead();
        house.processes.iter().filter(|process| ended(process)).for_each(|process| {
            house.way.journal.ended(&process.identity);
        });
        house.processes.retain(|process| !ended(process));
        if house.processes.len() >= self.wanted {
            self.starts = None;
        } else if self.starts.is_some_and(|at| at <= now) {
            house.start();
            self.starts = None;
        }
        if house.processes.len() < self.wanted && self.starts.is_none() {
            self.starts = Some(now + START);
        }
    }
}
