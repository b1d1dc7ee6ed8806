//! `hospes openapi`.

use super::{Failure, say};
use crate::router;

pub(super) fn run() -> Result<(), Failure> {
    let document = router::document().to_pretty_json();
    say(&document.map_err(|error| Failure::new(format!("the document cannot be rendered: {error}")))?)
}
