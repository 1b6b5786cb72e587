//! What is said of an object whose manifest cannot be read: its status would say for ever how it stood before.

use super::sending::Sending;
use crate::api::managed::Managed;
use crate::api::text::cut;
use crate::engine::base::ports::{ClusterError, ObjectRef};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::sentence;
use crate::engine::decide::unkept;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::Precondition;
use crate::engine::runtime::unread::Unread;
use serde_json::Value;

/// The most bytes of why it cannot be read.
const MAX_WHY: usize = 256;

/// Says it, if it is not said already; what is next.
pub(super) async fn say<R: Managed>(sending: &Sending<'_, R>, key: &ObjectRef) -> Next {
    let Some(unread) = sending.objects.unread(key) else { return Next::Rest };
    let form = sending.objects.get(key);
    let stored = form.as_ref().map_or_else(|| unread.status.clone(), |form| sending.stored_of(form.as_ref()));
    let Some(patch) = words(sending, &unread, &stored) else { return Next::Rest };
    let said = match form {
        Some(form) => sending.patch(&form, stored, &patch, Precondition::Unchanged).await.map(drop),
        None => sending.patch_unread(&unread, &patch).await,
    };
    match said {
        Ok(()) => Next::Rest,
        Err(ClusterError::NotFound) => Next::Gone,
        Err(error) => {
            tracing::info!(object = %key, %error, "it is not said yet that its manifest cannot be read");
            Next::Retry
        }
    }
}

/// What is to be said in the status besides what is stored, if anything is.
fn words<R: Managed>(sending: &Sending<'_, R>, unread: &Unread, stored: &Value) -> Option<Value> {
    let ends = unread.meta.deletion_timestamp.is_some();
    let text = format!(
        "The manifest cannot be read: {} Nothing of it is carried out{}, and what the object stands for is kept. Install the \
         definitions of this operator's version and correct the manifest, or run the version that reads it.",
        sentence(cut(&unread.error, MAX_WHY)),
        if ends { ", its deletion neither" } else { "" },
    );
    let (generation, now) = (unread.meta.generation.unwrap_or_default(), sending.context.moment().wall);
    unkept::said(stored, (generation, ends), (Reason::ManifestUnreadable, text), now)
}
