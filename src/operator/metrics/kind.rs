//! The label of a kind: its text, as it stands in messages too.

use crate::api::kind::KindRef;
use prometheus_client::encoding::{EncodeLabelValue, LabelValueEncoder};
use std::fmt::Write as _;

impl EncodeLabelValue for KindRef {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> Result<(), std::fmt::Error> {
        write!(encoder, "{self}")
    }
}
