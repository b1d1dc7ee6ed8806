//! What an organization decides for itself (`product.md` 2.1).

use serde::{Deserialize, Serialize};

/// An organization's settings, as far as anything depends on them yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {}
