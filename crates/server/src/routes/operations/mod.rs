//! For those who run the server.

pub mod health;
pub mod metrics;
