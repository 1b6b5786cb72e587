//! What a fault can be about at a vendor.

/// What a fault can be about at a vendor.
pub trait Target {
    /// The members of answers that carry a token.
    const TOKENS: &'static [&'static str];

    /// The templates of all routes, whatever contract serves them.
    fn templates() -> impl Iterator<Item = &'static str>;
}
