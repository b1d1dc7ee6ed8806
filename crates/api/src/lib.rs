//! The wire: requests and answers as JSON, as the published clients know them.
//!
//! Here are the shapes, their OpenAPI schemas, the conversions from the model,
//! and the reading of request bodies into model values with every fault named
//! at once. No HTTP, no storage, no clock.

pub mod activity;
pub mod assets;
pub mod comments;
pub mod envelope;
pub mod fields;
pub mod groups;
pub mod guests;
mod keys;
pub mod mail;
pub mod members;
pub mod moments;
pub mod organizations;
pub mod people;
pub mod runs;
pub mod tasks;
pub mod templates;
