//! What a vendor brings to its sandbox.

use std::fmt::Debug;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::echo::Echo;
use super::lagged::Lag;
use super::message::{Answer, Request};
use super::options::Options;
use super::rate_limit::Standing;
use super::refusal::Refusal;
use super::route::{Matched, Operation, Route};
use super::state::State;
use super::target::Target;

/// A request whose caller is known, and for which there is a route and room in the window.
#[derive(Debug)]
pub struct Admitted<'a, O: 'static> {
    /// When it is carried out.
    pub now: Timestamp,
    /// How far reads run behind.
    pub lag: Lag,
    /// The request.
    pub request: &'a Request,
    /// Its route, and what the path filled in.
    pub matched: &'a Matched<O>,
    /// What the answer can repeat of it.
    pub echo: &'a Echo,
}

/// A vendor: what it serves, what it knows, and how its answers look. The control surface is
/// [`Controlled`](super::Controlled).
pub trait Vendor: Target + Clone + Debug + Send + 'static {
    /// How a sandbox starts, and what it keeps to as long as it runs.
    type Start: Clone + Debug + Send + 'static;
    /// What the vendor knows.
    type World: State;
    /// What a route leads to.
    type Operation: Operation;
    /// Whom requests are counted for: what a token belongs to.
    type Organization: Clone + Ord + Debug + Serialize + Send + 'static;
    /// A person who acts by hand.
    type Console<'a>;

    /// Members whose values are secrets, in whatever body or query they come.
    const SECRETS: &'static [&'static str];

    /// What of a start is any vendor's.
    fn options(start: &Self::Start) -> Options<Self>;

    /// The world that it begins with.
    fn begin(start: &Self::Start, now: Timestamp) -> Self::World;

    /// Goes on with a world that was kept.
    fn go_on(start: &Self::Start, world: &mut Self::World);

    /// What is served; everything else is a 404.
    fn routes(start: &Self::Start) -> &'static [Route<Self::Operation>];

    /// What the token of a request belongs to.
    fn caller(world: &Self::World, request: &Request) -> Option<Self::Organization>;

    /// Carries out what a known caller asks, and answers.
    fn perform(
        start: &Self::Start,
        world: &mut Self::World,
        admitted: &Admitted<'_, Self::Operation>,
    ) -> Answer;

    /// A refusal in the vendor's own form.
    fn refuse(start: &Self::Start, echo: &Echo, why: &Refusal) -> Answer;

    /// Tells the caller how much it may still ask.
    fn tell_standing(start: &Self::Start, answer: &mut Answer, standing: Standing);

    /// The object in an answer's body that has its `items`, and their `count` if it is told.
    fn list(body: &mut Value) -> Option<&mut Map<String, Value>>;

    /// A person who acts by hand from now on.
    fn console(world: &mut Self::World, now: Timestamp, lag: Lag) -> Self::Console<'_>;
}
