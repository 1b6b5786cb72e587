//! What is said of a rotation that does not go on now: it waits, or both users have their time.

use crate::api::conditions::ConditionType;
use crate::api::text::cut;
use crate::api::token::TokenStatus;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::sentence;
use crate::engine::decide::ledger::Purpose;
use crate::engine::decide::rotation;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::resource::token::standing::Case;
use crate::engine::runtime::object::rotation_asked;
use crate::engine::runtime::work::Work;

/// What becomes of a rotation of an object for which nothing is written.
const LATER: &str =
    "Whatever token works now goes on working. Once something is written again, it goes on by itself.";

/// The most bytes of what somebody asked by that are said.
const MAX_TOLD: usize = 64;

/// A rotation waits for an entry of the manifest: the new user would be given less than the old one has.
pub fn waits_for(requested: &str, why: &str) -> Findings {
    let text = format!(
        "Another token was asked for ({}), and waits, as a new user would lack what an entry gives that leads nowhere: {} \
         Whatever token works now goes on working meanwhile. Take that entry out to have the new one now.",
        cut(requested, MAX_TOLD),
        sentence(why)
    );
    Findings::of(Health::Kept).with(ConditionType::Rotating, Reason::Rotating, text)
}

/// Tells how a rotation stands.
pub struct Told<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Told<'_, K> {
    /// What is said in an overlap.
    pub fn overlaps(&self, status: &TokenStatus, case: &Case<'_, K>, asked: Option<&str>) -> String {
        let (noun, secret) = (K::FACTS.noun, &case.target.name);
        let rotation = status.rotation.as_ref();
        let old = rotation.and_then(|rotation| rotation.old_id.as_deref()).unwrap_or_default();
        let ends = rotation::ends(status, self.0.context.settings.rotation_overlap);
        let (then, now) = match case.holds {
            true => (format!(": have whoever uses one read Secret {secret} again by then"), String::new()),
            false => {
                let now = format!(
                    " Secret {secret} does not hold the new one now. See the other conditions, which say what to do."
                );
                (String::new(), now)
            }
        };
        let another = match rotation::asks_for_another(status, asked) {
            true => " Another one is asked for, and begins then.",
            false => "",
        };
        format!(
            "Any token of the former {noun} {old} works until {ends}, when that {noun} is deleted{then}.{another}{now}"
        )
    }

    /// What is said of a rotation, asked for or under way, of an object for which nothing is written.
    pub fn unwritten(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
    ) -> Option<Findings> {
        let why = Resolution(self.0).unwritten(work.object.as_ref(), &organization.root)?;
        let (noun, status) = (K::FACTS.noun, &work.token);
        let asked = rotation_asked(work.object.as_ref()).map(str::to_owned);
        let text = match (Purpose::under_way(status).map(|(_, made)| made.old_id.as_deref()), asked) {
            (Some(Some(old)), _) => format!(
                "A new token took the place of the old one. {why} So the former {noun} {old} stays beside the new one, and \
                 its token works. Once something is written again it is deleted by itself, at {} at the earliest.",
                rotation::ends(status, self.0.context.settings.rotation_overlap)
            ),
            (Some(None), _) => {
                format!("A new token takes the place of the old one. {why} {LATER}")
            }
            (None, Some(asked)) if status.last_handled_rotate_at.as_ref() != Some(&asked) => {
                format!("Another token was asked for ({}), and waits. {why} {LATER}", cut(&asked, MAX_TOLD))
            }
            (None, _) => return None,
        };
        Some(Findings::of(Health::Kept).with(ConditionType::Rotating, Reason::Rotating, text))
    }
}
