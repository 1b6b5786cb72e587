//! What people write and read: the kinds, their conditions, their references. No I/O.
//!
//! | module | holds |
//! |---|---|
//! | [`spot`] | the kinds of the group [`GROUP`], one file a kind |
//! | [`policy`] | how an object is kept: manage or observe, correct or report, orphan or delete |
//! | [`mod@reference`] | pointers to other objects and to Secrets |
//! | [`referrer`] | the kinds that an object can admit |
//! | [`grant`] | who may point at an object, and how much power may go with it |
//! | [`status`] | the status that every kind has |
//! | [`mod@state`] | how an object stands, in one word |
//! | [`token`] | what is known of a token that the vendor shows only once |
//! | [`guard`] | what an organization remembers of destructive writes |
//! | [`budget`] | what a vendor and a person allow an organization |
//! | [`mod@external_id`] | an id that the vendor hands out before an object can be made |
//! | [`mod@id`] | the ids that vendors give |
//! | [`annotation`] | what a person asks for once |
//! | [`conditions`] | the condition types, and reading and writing a list of them |
//! | [`text`] | what nobody sees in a name or a value, and how a text is cut |
//! | [`duration`] | durations as people write them (`5m`, `1h30m`) |
//! | [`mod@kind`] | which kind an object is of |
//! | [`managed`] | the trait through which the engine sees a kind |
//! | [`mod@column`] | the columns in which `kubectl get` shows them |
//! | [`crd`] | the custom resource definition of a kind, made from its type |
//! | [`schema`] | a lint for their schemas |

pub mod annotation;
pub mod budget;
pub mod column;
pub mod conditions;
pub mod crd;
pub mod duration;
pub mod external_id;
pub mod grant;
pub mod guard;
pub mod id;
pub mod kind;
pub mod managed;
pub mod policy;
pub mod reference;
pub mod referrer;
pub mod schema;
pub mod spot;
pub mod state;
pub mod status;
pub mod text;
pub mod token;

/// The API group of the kinds for Spot.
pub const GROUP: &str = "spot.orgkeeper.dev";

/// The finalizers that orgkeeper sets.
pub mod finalizer {
    /// On our own objects: what stands for them at the vendor is dealt with before they go.
    pub const OBJECT: &str = "orgkeeper.dev/finalizer";
    /// On a token Secret: an object that will be deleted at the vendor still needs it.
    pub const SECRET_IN_USE: &str = "orgkeeper.dev/in-use";
}
