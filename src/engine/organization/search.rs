//! A search through those who can act in an organization, for who administers it or whose token we have (rules 7 and 12).
//!
//! Where no list shows either it takes a call for each, and a limit may end it at any of them. What it read it
//! remembers, and it goes on there: also where another object asks.

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::{Clock, Tick};
use crate::engine::decide::lock_out::{LockOut, Stake, Weighed};
use crate::engine::organization::managed::Organization;
use crate::engine::provider::harm::{Principals, Row, SeenBefore};
use crate::engine::provider::vendor::Vendor;
use std::collections::BTreeSet;

/// A search under way.
pub struct Search<'a, V: Vendor> {
    principals: &'a dyn Principals<V>,
    organization: &'a Organization<V>,
    clock: &'a dyn Clock,
    since: Tick,
}

impl<'a, V: Vendor> Search<'a, V> {
    /// Goes on with the search, or begins another, for what is judged since then.
    pub fn new(
        principals: &'a dyn Principals<V>,
        organization: &'a Organization<V>,
        clock: &'a dyn Clock,
        since: Tick,
    ) -> Self {
        organization.searched.ask(clock.tick());
        Self { principals, organization, clock, since }
    }

    /// Takes in those with these ids, as they were read since the search began. Of those who stay administrators by
    /// something else one has to do so now, where nobody loses anything.
    ///
    /// # Errors
    /// Those of the reads.
    pub async fn these(
        &self,
        ids: &[String],
        stake: &impl Fn(&V::Principal) -> Stake,
        weighed: &mut Weighed,
    ) -> Result<Option<LockOut>, VendorError> {
        for id in ids {
            // Whoever is gone loses nothing.
            let Some(known) = self.known(id).await? else { continue };
            if let Some(found) = weighed.take(id, stake(&known), false) {
                return Ok(Some(found));
            }
        }
        for id in weighed.unconfirmed() {
            let Some(now) = self.now(&id).await? else { continue };
            let found = weighed.take(&id, stake(&now), true);
            if found.is_some() || weighed.remains() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Takes in all, until no other can change the answer: who we are first, then those who were administrators when last
    /// read, where `administration` is at stake.
    ///
    /// # Errors
    /// Those of the reads.
    pub async fn all(
        &self,
        administration: bool,
        stake: &impl Fn(&V::Principal) -> Stake,
        weighed: &mut Weighed,
    ) -> Result<Option<LockOut>, VendorError> {
        let ids = self.ids(|seen, _| (!seen.ours, administration && !seen.administers)).await?;
        for id in ids {
            if weighed.is_settled(administration) {
                break;
            }
            let Some(known) = self.known(&id).await? else { continue };
            let mut at_stake = stake(&known);
            if at_stake.ours == Some(true) || at_stake.remains && !weighed.remains() {
                let Some(now) = self.now(&id).await? else { continue };
                at_stake = stake(&now);
            }
            if let Some(found) = weighed.take(&id, at_stake, true) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Looks for one who remains, besides those from whom something was taken a moment ago: those first who were
    /// administrators when last read, then those whom a list shows as likely.
    ///
    /// # Errors
    /// Those of the reads; then nobody knows.
    pub async fn another(
        &self,
        spent: &BTreeSet<String>,
        stake: &impl Fn(&V::Principal) -> Stake,
        weighed: &mut Weighed,
    ) -> Result<(), VendorError> {
        for id in self.ids(|seen, likely| (!seen.administers, !likely)).await? {
            let excepted = weighed.loses(&id) || spent.contains(&id);
            if !excepted
                && self.known(&id).await?.is_some_and(|known| stake(&known).remains)
                && self.now(&id).await?.is_some_and(|now| stake(&now).remains)
            {
                weighed.found();
                break;
            }
        }
        Ok(())
    }

    /// All of them, as they were listed when it began: those first whom `rank` has first.
    async fn ids<R: Ord>(&self, rank: impl Fn(SeenBefore, bool) -> R) -> Result<Vec<String>, VendorError> {
        let session = &self.organization.session;
        let rows = match self.organization.searched.rows() {
            Some(rows) => rows,
            None => {
                let begun = self.clock.tick();
                self.organization.searched.listed(begun, self.principals.list(session).await?)
            }
        };
        let mut rows: Vec<&Row<V::Principal>> = rows.iter().collect();
        rows.sort_by_key(|row| (rank(self.principals.seen(session, &row.id), row.likely), row.id.clone()));
        Ok(rows.into_iter().map(|row| row.id.clone()).collect())
    }

    /// One as they were read since the search began: enough to see who is none. Nobody who is gone.
    async fn known(&self, id: &str) -> Result<Option<V::Principal>, VendorError> {
        match self.organization.searched.of(id) {
            Some((_, known)) => Ok(known),
            None => self.read(id).await,
        }
    }

    /// One as they are since the question was put: what is good news has to be new.
    async fn now(&self, id: &str) -> Result<Option<V::Principal>, VendorError> {
        match self.organization.searched.of(id) {
            Some((begun, known)) if begun >= self.since => Ok(known),
            _ => self.read(id).await,
        }
    }

    async fn read(&self, id: &str) -> Result<Option<V::Principal>, VendorError> {
        let begun = self.clock.tick();
        let read = match self.principals.read(&self.organization.session, id).await {
            Ok(principal) => Some(principal),
            Err(error) if error.failure == Failure::NotFound => None,
            Err(error) => return Err(error),
        };
        self.organization.searched.read(id, (begun, read.clone()));
        Ok(read)
    }

    /// It has an answer.
    pub fn answered(&self) {
        self.organization.searched.answered(self.clock.tick());
    }
}
