//! How guests get in and what they may do there: the decisions behind the pages
//! of guests (`trust.md` 1, `product.md` 1.6).

pub mod codes;
pub mod files;
pub mod kickoff;
pub mod links;
pub mod sight;
