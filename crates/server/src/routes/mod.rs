//! Every route, one file each, in folders named like the resources of the URL.
//!
//! A handler reads its request into types, asks [`Caller::may`] once, runs one
//! closure on the store, and answers. Its `#[utoipa::path]` is the route's
//! entry in the OpenAPI document and in the router at once.
//!
//! [`Caller::may`]: crate::caller::Caller::may

pub mod activity;
mod admission;
pub mod assets;
pub mod comments;
pub mod dev;
pub mod form_fields;
pub mod groups;
pub mod guests;
pub mod invitations;
pub mod mail;
pub mod me;
pub mod members;
pub mod operations;
pub mod organizations;
pub mod runs;
pub mod tasks;
pub mod templates;
