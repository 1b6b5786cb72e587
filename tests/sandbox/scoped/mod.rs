//! What belongs to one account: credentials, subscriptions, health checks.

mod aws;
mod azure;
mod gcp;
mod health;
mod published;
mod secrets;
mod subscriptions;
mod trouble;
