//! What is so of a kind, whatever the object: plain data, and nothing that an ability says already.

use crate::api::kind::KindRef;
use crate::api::policy::DeletionPolicy;
use crate::engine::base::ports::ObjectRef;

/// What is so of a kind. A kind names what it has and takes the rest from [`Facts::of`].
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// What one of it is called in messages.
    pub noun: &'static str,
    /// What happens on delete, without a word in the manifest, to what we created.
    pub deletion: DeletionPolicy,
    /// Whether a deletion takes something away from somebody: then it counts as destructive (rule 12).
    pub deletion_takes_away: bool,
    /// The other kind whose objects may decide who of this one is in them (a group lists its members), in place of these.
    pub relation: Option<KindRef>,
    /// The kind of the container, for what is in something else than the organization itself.
    pub container: Option<KindRef>,
    /// What the vendor lists.
    pub listing: Listing,
    /// The fields that make up the natural key, where manifests alone do not tell it
    /// ([`Declared::key`](super::declared::Declared::key)).
    pub key_fields: &'static [&'static str],
    /// The kinds whose objects hold up the end of one that they refer to (rule 11).
    pub held_by: &'static [KindRef],
    /// Whether an update writes every field, whichever of them changed.
    pub whole: bool,
}

impl Facts {
    /// A kind in the organization itself, with a list of its own, which nothing holds up.
    pub const fn of(noun: &'static str, deletion: DeletionPolicy) -> Self {
        Self {
            noun,
            deletion,
            deletion_takes_away: true,
            relation: None,
            container: None,
            listing: Listing::Own,
            key_fields: &[],
            held_by: &[],
            whole: false,
        }
    }

    /// Whether the vendor lists container by container.
    pub const fn per_container(&self) -> bool {
        matches!(self.listing, Listing::PerContainer)
    }

    /// Whether the vendor has no list: what is known of one is what reads by its id show.
    pub const fn by_id(&self) -> bool {
        matches!(self.listing, Listing::Nothing)
    }

    /// Whether what is wrong with one list is nothing to another.
    pub const fn lists_apart(&self) -> bool {
        self.per_container() || self.by_id()
    }

    /// Whether one call answers for another kind, too.
    pub const fn shares_list(&self) -> bool {
        matches!(self.listing, Listing::Shared)
    }
}

/// What the vendor lists of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// All of the organization's, for this kind alone.
    Own,
    /// The same, for another kind too: one call answers for both.
    Shared,
    /// One container's.
    PerContainer,
    /// Nothing: one is read by its id alone, and only an id leads to what exists.
    Nothing,
}

/// Whether the vendor lets several have one natural key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAtVendor {
    /// One at most has it: there is no doubt which it is, though there may be about who made it.
    Unique,
    /// Several may have it: only an id tells which.
    MayRepeat,
}

/// How a manifest names what it stands for.
#[derive(Clone, Debug)]
pub struct Naming {
    /// What the object is called in messages; nothing secret.
    pub title: String,
    /// Why a name in the manifest cannot be sent, if so. Admission refuses such a name, where it is asked.
    pub unsendable: Option<String>,
    /// How a person has a manifest stand for something else, as part of a sentence.
    pub differ: &'static str,
    /// Whether the vendor lets several have its key: a fact about the vendor, which the page of the kind tells.
    pub at_vendor: KeyAtVendor,
}

/// What an object is in, as an inventory and a claim know it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Within {
    /// The organization itself.
    #[default]
    Organization,
    /// A container that has no id yet: its object.
    Unmade(ObjectRef),
    /// The container with this id.
    Container(String),
}

impl Within {
    /// The container's id; empty where there is none.
    pub fn id(&self) -> &str {
        match self {
            Self::Container(id) => id,
            Self::Organization | Self::Unmade(_) => "",
        }
    }

    /// A text that tells one from another.
    pub fn key(&self) -> String {
        match self {
            Self::Organization => String::new(),
            // No vendor's id has a blank.
            Self::Unmade(object) => object.to_string(),
            Self::Container(id) => id.clone(),
        }
    }
}
