//! The API, through a real port on both databases. The tree follows the URLs.

#![recursion_limit = "256"] // for large objects in `json!`
#![expect(clippy::unwrap_used, reason = "a test that fails here fails as it should")]

mod activity;
mod assets;
mod comments;
mod documentation;
mod global;
mod groups;
mod guests;
mod kickoff;
mod mail;
mod members;
mod openapi;
mod organizations;
mod permissions;
mod properties;
mod runs;
mod tasks;
mod templates;
mod walkthrough;
mod workplace;
