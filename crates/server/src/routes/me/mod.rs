//! The caller, independent of an organization in the path.

pub mod organizations;
pub mod read;
