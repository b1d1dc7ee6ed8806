//! Steps of a template.

pub mod clone;
pub mod create;
pub mod delete;
pub mod list;
pub mod read;
pub mod reorder;
pub mod update;
