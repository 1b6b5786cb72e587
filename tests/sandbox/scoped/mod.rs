//! What belongs to one account: credentials, subscriptions, notification policies, health checks.

mod aws;
mod azure;
mod gcp;
mod health;
mod notifications;
mod published;
mod secrets;
mod subscriptions;
mod trouble;
