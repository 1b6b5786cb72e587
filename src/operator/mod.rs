//! The wiring: the seams for real.

pub mod network;
