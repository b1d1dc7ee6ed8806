//! The server: routes, sign-in, everything around a request, and the `hospes`
//! command.

pub mod access;
pub mod app;
pub mod caller;
pub mod change;
pub mod cli;
pub mod config;
pub mod control;
pub mod data_dir;
pub mod domains;
pub mod edge;
pub mod entropy;
pub mod error;
pub mod files;
pub mod front;
pub mod http;
pub mod limits;
pub mod mail;
pub mod openapi;
pub mod page_cache;
pub mod places;
pub mod query;
pub mod reply;
pub mod request;
pub mod router;
pub mod routes;
pub mod slice;
pub mod telemetry;
pub mod text;
pub mod time;
pub(crate) mod whole_list;
pub mod workers;
pub mod workplace;
