//! The Helm chart and the kustomize bases: what they render, and that both are the same. Nothing here
//! needs a cluster; Helm and kubectl are needed (`make helm control-plane`).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crds;
mod everywhere;
mod extra;
mod flags;
mod golden;
mod kustomize;
mod notes;
mod pages;
mod people;
mod pod;
mod refusals;
mod rights;
mod shipped;
mod support;
mod umbrella;
mod values;
mod vendors;
