//! How a sandbox starts.

use jiff::Timestamp;

use super::World;
use super::contract::Contract;
use super::ids::{OrganizationId, token};
use super::target::{FaultPlan, Spot};
use crate::sandbox::core::{Generator, Lag, Limits, Options};

/// How a sandbox starts, and what a reset brings back.
#[derive(Clone, Debug)]
pub struct Start {
    /// The contract that it keeps.
    pub contract: Contract,
    /// Seeds every id and token.
    pub seed: u64,
    /// The id of the first organization; a new one when None.
    pub organization: Option<OrganizationId>,
    /// The address of its administrator; one of the sandbox's making when None.
    pub administrator: Option<String>,
    /// The token of its administrator; none is issued when None.
    pub token: Option<String>,
    /// Accounts besides the default one.
    pub accounts: u32,
    /// The ids of resources in the default account, to subscribe to.
    pub resources: Vec<String>,
    /// Every resource of a valid id can be subscribed to, whether it is there or not.
    pub any_resource: bool,
    /// Published only: `?accountId=` counts for nothing, and the default account is meant always.
    pub ignore_account_scope: bool,
    /// How far reads run behind.
    pub lag: Lag,
    /// The rate limits.
    pub limits: Limits,
    /// The faults.
    pub faults: FaultPlan,
}

impl Start {
    /// One organization, its default account, and an administrator with this token.
    pub fn new(contract: Contract, token: &str) -> Self {
        Self {
            contract,
            seed: 0,
            organization: None,
            administrator: None,
            token: Some(token.to_owned()),
            accounts: 0,
            resources: Vec::new(),
            any_resource: false,
            ignore_account_scope: false,
            lag: Lag::default(),
            limits: Limits::default(),
            faults: FaultPlan::default(),
        }
    }

    /// The same with a token made from the seed.
    #[must_use]
    pub fn with_new_token(mut self) -> Self {
        // Not the seed itself: the world draws its ids from that.
        self.token = Some(token(&mut Generator::new(!self.seed)));
        self
    }

    /// What of it is any vendor's.
    pub(super) fn options(&self) -> Options<Spot> {
        Options { seed: self.seed, lag: self.lag, limits: self.limits.clone(), faults: self.faults.clone() }
    }

    /// Goes on with a saved world: a token that is not known there is issued to the oldest
    /// organization's administrator.
    pub(super) fn go_on(&self, world: &mut World) {
        if let Some(token) = self.token.clone()
            && world.tokens.of_value(&token).is_none()
            && let Some(id) = world.oldest_organization().map(|oldest| oldest.id)
        {
            world.issue_token(id, Some(token));
        }
    }

    /// The world that it begins with.
    pub(super) fn world(&self, now: Timestamp) -> World {
        let mut world = World::new(self.seed);
        let id = world.create_organization(now, self.organization, "Sandbox", None);
        if let Some(email) = &self.administrator
            && let Some(user) = world.organization(id).map(|made| made.administrator.clone())
        {
            world.users.change(now, Lag::default(), &user, |details| {
                email.clone_into(&mut details.email);
                email.clone_into(&mut details.username);
            });
        }
        for number in 1..=self.accounts {
            let name = format!("account-{number}");
            world.create_account(now, Lag::default(), id, &name);
        }
        if let Some(default) = world.organization(id).map(|made| made.default_account.clone()) {
            for resource in &self.resources {
                world.add_resource(&default, Some(resource), resource);
            }
        }
        if let Some(token) = &self.token {
            world.issue_token(id, Some(token.clone()));
        }
        world
    }
}
