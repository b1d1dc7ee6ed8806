//! What is there only where mail is caught: demonstrations and development.

pub mod mail;
