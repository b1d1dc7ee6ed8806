//! The activity feed.

pub mod list;
