//! Spot as the core sees it.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::console::Console;
use super::contract::Contract;
use super::envelope;
use super::ids::OrganizationId;
use super::operation::Operation;
use super::perform::{SECRETS, perform};
use super::routes::routes;
use super::start::Start;
use super::target::Spot;
use super::world::World;
use crate::sandbox::core::{
    Admitted, Answer, Echo, Lag, Options, Refusal, Request, Route, Standing, Target, Vendor,
};

impl Target for Spot {
    const TOKENS: &'static [&'static str] = &["token", "personalAccessToken"];

    fn templates() -> impl Iterator<Item = &'static str> {
        let templates = |contract: Contract| routes(contract).iter().map(|route| route.template);
        templates(Contract::Production).chain(templates(Contract::Published))
    }
}

impl Vendor for Spot {
    type Start = Start;
    type World = World;
    type Operation = &'static Operation;
    type Organization = OrganizationId;
    type Console<'a> = Console<'a>;

    const SECRETS: &'static [&'static str] = SECRETS;

    fn options(start: &Start) -> Options<Self> {
        start.options()
    }

    fn begin(start: &Start, now: Timestamp) -> World {
        start.world(now)
    }

    fn go_on(start: &Start, world: &mut World) {
        start.go_on(world);
    }

    fn routes(start: &Start) -> &'static [Route<&'static Operation>] {
        routes(start.contract)
    }

    fn caller(world: &World, request: &Request) -> Option<OrganizationId> {
        let token = world.tokens.of_value(request.token()?)?;
        Some(token.organization)
    }

    fn perform(start: &Start, world: &mut World, admitted: &Admitted<'_, &'static Operation>) -> Answer {
        let outcome = perform(start, world, admitted);
        envelope::answer(start.contract, admitted.echo, &outcome)
    }

    fn refuse(start: &Start, echo: &Echo, why: &Refusal) -> Answer {
        envelope::answer(start.contract, echo, &Err(why.clone().into()))
    }

    fn tell_standing(start: &Start, answer: &mut Answer, standing: Standing) {
        envelope::limit_headers(start.contract, answer, standing);
    }

    fn list(body: &mut Value) -> Option<&mut Map<String, Value>> {
        body.get_mut("response")?.as_object_mut()
    }

    fn console(world: &mut World, now: Timestamp, lag: Lag) -> Console<'_> {
        Console::new(world, now, lag)
    }
}
