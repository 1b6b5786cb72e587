//! How whatever exists at the vendor is brought in line with its manifest, an organization or what is below one.
//!
//! | in `update` | |
//! |---|---|
//! | `align` | the steps: what differs is planned, judged and written |
//! | `subject` | what is brought in line, and what it brings for that |
//! | `planning` | the plan of what differs |
//! | `changes` | what was changed, by us or by somebody else, is noted and told |
//! | `differences` | in which words |
//! | `settled` | what is said once nothing is left to write |
//! | `failed` | what a failed call means |
//! | `writes` | what this process remembers of its writes |
//! | `hidden` | writes of what no read shows |

mod align;
mod changes;
mod differences;
mod failed;
mod hidden;
pub mod planning;
mod settled;
mod subject;
mod writes;

pub use align::{align, planned};
pub use failed::{deletion_refused, passes, refused};
pub use subject::Subject;
pub use writes::Writes;
