//! A search through all users, for who administers the organization or whose token the operator has (rules 7 and 12).
//!
//! No list shows either, so it takes a call for each user, and a limit may end it at any of them. What it read it
//! remembers, and it goes on there: also where another object asks.

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::Tick;
use crate::vendors::spot::access::searched::{KEPT, State, TIMES};
use crate::vendors::spot::session::{Policies, SpotSession};
use crate::vendors::spot::user::calls::UserCalls;
use crate::vendors::spot::user::model::{UserDetail, UserRow};
use std::rc::Rc;

/// Whether a user may be an administrator.
type Administers = fn(&UserDetail, &Policies) -> bool;

/// A search under way.
pub struct Search<'a> {
    session: &'a SpotSession,
    policies: &'a Policies,
    administers: Administers,
    since: Tick,
}

impl<'a> Search<'a> {
    /// Goes on with the search, or begins another, for what is judged since then.
    pub fn new(
        session: &'a SpotSession,
        policies: &'a Policies,
        administers: Administers,
        since: Tick,
    ) -> Self {
        let now = session.now();
        let mut state = session.searched.0.borrow_mut();
        if state.is_over(now) {
            *state = State::default();
        }
        if state.news == 0 {
            state.began = now;
        }
        state.asked = now;
        Self { session, policies, administers, since }
    }

    /// The users, as they were listed when it began.
    ///
    /// # Errors
    /// Those of the list.
    pub async fn rows(&self) -> Result<Vec<UserRow>, VendorError> {
        let known = self.session.searched.0.borrow().rows.clone();
        let rows = match known {
            Some(rows) => rows,
            None => {
                let client = &self.session.client;
                let rows = Rc::new(UserCalls(client).list(client.organization()).await?);
                self.session.searched.0.borrow_mut().rows = Some(Rc::clone(&rows));
                rows
            }
        };
        self.session.note_users(&rows);
        Ok(rows.to_vec())
    }

    /// The user, as it was read since the search began: enough to see who is none. Nobody who is gone.
    ///
    /// # Errors
    /// Those of the read.
    pub async fn user(&self, id: &str) -> Result<Option<Rc<UserDetail>>, VendorError> {
        let known = self.session.searched.0.borrow().read.get(id).map(|(_, user)| user.clone());
        match known {
            Some(user) => Ok(user),
            None => self.read(id).await,
        }
    }

    /// The user, as it is since the question was put: what is good news has to be new.
    ///
    /// # Errors
    /// Those of the read.
    pub async fn user_now(&self, id: &str) -> Result<Option<Rc<UserDetail>>, VendorError> {
        let known = self.session.searched.0.borrow().read.get(id).cloned();
        match known {
            Some((begun, user)) if begun >= self.since => Ok(user),
            _ => self.read(id).await,
        }
    }

    async fn read(&self, id: &str) -> Result<Option<Rc<UserDetail>>, VendorError> {
        let begun = self.session.now();
        let user = match UserCalls(&self.session.client).get(id).await {
            Ok(user) => {
                self.session.note_user(&user, (self.administers)(&user, self.policies));
                Some(Rc::new(user))
            }
            Err(error) if error.failure == Failure::NotFound => None,
            Err(error) => return Err(error),
        };
        let mut state = self.session.searched.0.borrow_mut();
        if state.read.insert(id.to_owned(), (begun, user.clone())).is_none() {
            // Until there is an answer, nothing of it is forgotten.
            state.news += 1;
            state.until = None;
        }
        Ok(user)
    }

    /// It has an answer.
    pub fn answered(&self) {
        let now = self.session.now();
        let mut state = self.session.searched.0.borrow_mut();
        let kept = KEPT.max(now.since(state.began).saturating_mul(TIMES));
        let news = std::mem::take(&mut state.news) > 0;
        // An answer out of what was known makes that no newer.
        state.until = state.until.filter(|_| !news).or(Some(now + kept));
    }
}
