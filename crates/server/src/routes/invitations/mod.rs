//! What those who are invited do before they have a token.

pub mod accept;
