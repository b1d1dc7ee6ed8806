//! What guests reach on their own pages: one task and who is on it ([`sight`]),
//! their list ([`list`]), and what they did ([`history`]).

pub mod history;
pub mod list;
pub mod sight;
