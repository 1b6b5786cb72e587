//! What holds calls up, in words for whoever waits (rule 7).

/// What has no room for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The vendor's word that there is to be no such call for so long.
    Vendor,
    /// The calls a minute that the vendor allows, as it told: those of this process are counted here.
    Rate,
    /// What a person allows.
    Ceiling,
    /// The calls that strangers share.
    Strangers,
    /// Another access token had to be had.
    Renewal,
}

impl Limit {
    /// What is said of it to whoever waits, in words that stay the same: with each call that has no room, another moment
    /// would be told. The organization tells until when the vendor pauses calls.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Vendor => {
                "the vendor asked for a pause of such calls, by an answer 429 or its headers (the condition Throttled of \
                 the organization says until when)"
            }
            Self::Rate => {
                "as many such calls were made within a minute as the vendor allows for this, and there is room again \
                 within a minute, in turns"
            }
            Self::Ceiling => {
                "as many calls were made within a minute as the organization's manifest allows for this \
                 (spec.connection.requestsPerMinute), and there is room again within a minute, in turns"
            }
            Self::Renewal => "another access token had to be had first, and it goes on with that",
            Self::Strangers => {
                "the few calls a minute are used up that objects share whose token has not proved to be their \
                 organization's, and there is room again within a minute, in turns"
            }
        }
    }
}
