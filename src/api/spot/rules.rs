//! The rules of schemas that several kinds have alike.

use kube::core::{Message, Rule};

fn rule(text: &str, field: &str, message: String) -> Rule {
    Rule::new(text).field_path(field).message(Message::Message(message))
}

/// An id that was adopted stays, in objects of this `kind`.
pub(super) fn adopted_id_stays(kind: &str) -> Rule {
    let text = "!has(oldSelf.adopt) || !has(oldSelf.adopt.id) || (has(self.adopt) && has(self.adopt.id) && self.adopt.id == oldSelf.adopt.id)";
    let message = format!(
        "adopt.id cannot be changed or removed once it is set: put the former value back, or create another {kind}"
    );
    rule(text, ".adopt.id", message)
}

/// The organization stays; `noun`, with its article, is what objects of this `kind` stand for.
pub(super) fn organization_stays(noun: &str, kind: &str) -> Rule {
    let text = "self.organizationRef == oldSelf.organizationRef";
    rule(text, ".organizationRef", another_organization(noun, kind))
}

/// The account stays; `noun`, with its article, is what objects of this `kind` stand for.
pub(super) fn account_stays(noun: &str, kind: &str) -> Rule {
    let message = format!(
        "accountRef cannot be changed, as {noun} cannot move between accounts: create another {kind} for the other \
         account"
    );
    rule("self.accountRef == oldSelf.accountRef", ".accountRef", message)
}

/// The organization of an account that is given by its id stays.
pub(super) fn account_organization_stays(kind: &str) -> Rule {
    let text = "has(self.organizationRef) == has(oldSelf.organizationRef) && (!has(self.organizationRef) || self.organizationRef == oldSelf.organizationRef)";
    rule(text, ".organizationRef", another_organization("an account", kind))
}

fn another_organization(noun: &str, kind: &str) -> String {
    format!(
        "organizationRef cannot be changed, as {noun} cannot move between organizations: create another {kind} for the \
         other organization"
    )
}

/// An account that is given by its id needs the organization beside it.
pub(super) fn account_id_needs_organization() -> Rule {
    let message =
        "an account that is given by its id needs organizationRef: add it, or give the name of a SpotAccount";
    rule("!has(self.accountRef.id) || has(self.organizationRef)", ".organizationRef", message.to_owned())
}

/// A `SpotAccount` leads to its organization.
pub(super) fn account_name_needs_no_organization() -> Rule {
    let message = "organizationRef goes with accountRef.id only, as a SpotAccount leads to its organization: remove organizationRef";
    rule("!has(self.accountRef.name) || !has(self.organizationRef)", ".organizationRef", message.to_owned())
}

/// The member of that name has none of the marks that Spot refuses in names.
pub(super) fn without_marks(member: &str) -> Rule {
    let message = format!("{member} may not contain + = or @: Spot refuses a name with one of them");
    Rule::new("!self.matches('[+=@]')").message(Message::Message(message))
}
