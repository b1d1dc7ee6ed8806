//! The API, through a real port on both databases. The tree follows the URLs.

mod guests;
