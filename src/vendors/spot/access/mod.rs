//! Who may do what, and where: what users and groups have in common.
//!
//! | module | holds |
//! |---|---|
//! | `model`, `decode`, `requests` | policies and roles as the vendor has them: kept, read, sent |
//! | `grants` | the same as sets: what is asked, what is shown, what is sent |
//! | `asked` | from what manifests say of them to the vendor's ids |
//! | `lists` | lists of them, and what becomes of one with a gap |
//! | `admins` | who administers the organization |

pub(super) mod admins;
pub(super) mod asked;
pub(super) mod decode;
pub(super) mod grants;
pub(super) mod lists;
pub mod model;
pub mod requests;
