//! Step five for a token: it is kept, and made anew where it is lost or another is asked for (rule 5).

use crate::api::managed::Managed;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::decide::custody::{Custody, Judgement, Known, Trial, in_overlap, judge};
use crate::engine::decide::ledger;
use crate::engine::decide::ledger::Provenance;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::token::custody::Custodian;
use crate::engine::resource::token::fill::not_yet;
use crate::engine::resource::token::rotate::Rotating;
use crate::engine::resource::token::standing::{Case, Rotated, Tokened};
use crate::engine::resource::token::told::Told;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::newer;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;
use std::rc::Rc;

/// Keeps the token of an object.
pub struct TokenKeeper<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> TokenKeeper<'_, K> {
    /// Looks after the token of an object that exists.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn keep_token(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        row: &K::Observed,
        desired: &DeclaredOf<K>,
        manage: bool,
    ) -> Result<Tokened, ClusterError> {
        let Some(target) = work.object.token_target().cloned() else { return Ok(Tokened::FINE) };
        if !manage {
            return Ok(match Told(self.0).unwritten(work, organization) {
                Some(findings) => Tokened::Fine(findings.extra, Next::Rest),
                None => Tokened::FINE,
            });
        }
        if self.0.commit().owes_token(work.object.as_ref()).is_some_and(|of| of == id) {
            let owner = Custodian::<K>::owner(work.object.as_ref(), organization);
            if let (Custody::Foreign(why), _) = Custodian(self.0).custody(&owner, &target).await? {
                return Ok(Custodian(self.0).wrong(work, &target, Reason::SecretConflict, &why));
            }
            let findings = not_yet(id, &target.name, "Kubernetes did not take it");
            return Ok(Tokened::Wrong(Verdict::new(findings, Next::Rest)));
        }
        if work.token.lost.as_deref() == Some(id) {
            // An earlier version found it by a list, and was about to delete it.
            let provisional = work.status.provisional.take();
            ledger::stand_for(&mut work.status, id, Provenance::Found, provisional);
            work.token.lost = None;
            work.token.made_again_for = None;
        }
        let case = Case { organization, target: &target, id, desired, holds: true };
        // In an overlap, whether the Secret holds the new token comes first.
        let checked = match in_overlap(&work.token) {
            true => Some(self.check_token(work, &case, row).await?),
            false => None,
        };
        let case =
            Case { holds: checked.as_ref().is_none_or(|token| matches!(token, Tokened::Fine(..))), ..case };
        let rotated = Rotating(self.0).rotate(work, &case).await?;
        let token = match (rotated, checked) {
            (Rotated::Alone(token), _) | (Rotated::Rest, Some(token)) => token,
            (Rotated::Rest, None) => self.check_token(work, &case, row).await?,
            (Rotated::Beside(findings, next), Some(token)) => beside(token, findings, next),
            (Rotated::Beside(findings, next), None) => {
                beside(self.check_token(work, &case, row).await?, findings, next)
            }
        };
        Ok(match token {
            // Whoever found it does not know whose it is: as long as its token cannot be had, it is left as it is.
            Tokened::Wrong(verdict)
                if work.token.fingerprint.is_none()
                    && Provenance::of(&work.status) == Some(Provenance::Found) =>
            {
                Tokened::Stop(verdict)
            }
            token => token,
        })
    }

    /// Looks whether the Secret holds the token, unless it was found to and has not changed.
    pub async fn check_token(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        row: &K::Observed,
    ) -> Result<Tokened, ClusterError> {
        let Case { organization, target, id, .. } = *case;
        let owner = Custodian::<K>::owner(work.object.as_ref(), organization);
        let shown = self.0.context.secret_version(&owner.object.namespace, &target.name);
        let checked = self.0.memory(work.object.as_ref(), |memory| memory.token.clone());
        if let (Some(shown), Some(checked)) = (shown, checked)
            && checked.id == id
            && work.token.fingerprint.is_some()
            && !newer(Some(&shown), Some(&checked.version))
        {
            return Ok(Tokened::FINE);
        }
        let (custody, secret) = Custodian(self.0).custody(&owner, target).await?;
        let Some(prints) = self.0.context.prints.get() else { return Ok(Tokened::FINE) };
        let generation = work.generation();
        let known = Known { id, by: Provenance::of(&work.status), generation, status: &work.token };
        let judgement = judge(&custody, known, prints);
        let why = if let Custody::Foreign(why) = &custody { why } else { "" };
        match judgement {
            Judgement::Known => {}
            Judgement::Record(token) => Custodian(self.0).record(work, target, &token),
            Judgement::Try { token, least, otherwise } => {
                match Custodian(self.0).tried(organization, row, &token).await {
                    Ok(trial) if trial >= least => Custodian(self.0).record(work, target, &token),
                    Ok(Trial::Untold | Trial::Works) if in_overlap(&work.token) => {
                        let findings = Custodian(self.0).anybodys(work, target, Some(&token));
                        return Ok(Tokened::Wrong(self.0.slow(findings)));
                    }
                    Ok(_) => return Ok(Custodian(self.0).wrong(work, target, otherwise, why)),
                    Err(error) => {
                        let verdict = Outcomes(self.0).failed_write(work, organization, &error);
                        return Ok(Tokened::Wrong(verdict));
                    }
                }
            }
            Judgement::MakeAnother => return Rotating(self.0).make_another(work, case).await,
            Judgement::Wrong(reason) => return Ok(Custodian(self.0).wrong(work, target, reason, why)),
        }
        Custodian(self.0).checked(work, secret.map(|secret| secret.resource_version).unwrap_or_default(), id);
        Ok(Tokened::FINE)
    }
}

/// How the token stands, with what is to be said besides.
fn beside(token: Tokened, findings: Findings, next: Next) -> Tokened {
    match token {
        Tokened::Fine(..) if findings.health == Health::Kept => Tokened::Fine(findings.extra, next),
        Tokened::Fine(..) => Tokened::Wrong(Verdict::new(findings, next)),
        Tokened::Wrong(mut wrong) => {
            wrong.findings.extra.extend(findings.extra);
            if let Health::Stalled(..) = findings.health {
                wrong.findings.health = findings.health;
            }
            wrong.next = wrong.next.sooner(next);
            Tokened::Wrong(wrong)
        }
        Tokened::Stop(verdict) => Tokened::Stop(verdict),
    }
}
