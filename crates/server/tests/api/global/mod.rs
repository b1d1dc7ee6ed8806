//! What holds for every route.

mod auth;
mod bad_input;
mod conditional;
mod cors;
mod domains;
mod errors;
mod idempotency;
mod rate_limits;
mod requests;
