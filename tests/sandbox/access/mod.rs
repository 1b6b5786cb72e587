//! Who may do what: users, groups, policies, and the log of their changes.

mod account_users;
mod audit;
mod catalogue;
mod console;
mod groups;
mod lag;
mod machines;
mod model;
mod policies;
mod published;
mod rights;
mod users;
