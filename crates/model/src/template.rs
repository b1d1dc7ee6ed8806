//! Templates (`checklists` in the API, `product.md` 2.4): what an organization
//! models once and launches many times.
//!
//! What processes are made of (kick-off form, steps, rules) is the template's
//! [`Blueprint`]; the rest is here: who owns it and may use it, and settings
//! that no process depends on.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{MemberId, TemplateId, TemplateKey, VersionKey};
use crate::member::{Actor, Role};
use crate::workflow::{Blueprint, Directory, People, Snapshot};

/// A template as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Where it is stored; its sequence number is `increment_id`.
    pub key: TemplateKey,
    /// The public id.
    pub id: TemplateId,
    /// The version that is launched from now on.
    pub version: VersionKey,
    /// What that version says, checked.
    pub snapshot: Arc<Snapshot>,
    /// What no process depends on.
    pub settings: Settings,
    /// Who looks after it.
    pub owner: MemberId,
    /// Who made it.
    pub created_by: MemberId,
    /// Who changed it last.
    pub updated_by: MemberId,
    /// Who may use it, beside its owner and administrators; nobody named: every
    /// member but light ones. Members and groups, never guests.
    pub access: People,
    /// Whether it stands out in lists.
    pub starred: bool,
    /// How many processes were launched from it.
    pub started_processes: i64,
    /// Set while it is archived.
    pub archived_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows with every change.
    pub revision: i64,
}

/// What a template has beside its blueprint, and no process depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {}

impl Template {
    /// What it says.
    pub fn blueprint(&self) -> &Blueprint {
        self.snapshot.blueprint()
    }

    /// Whether a member may know of it, launch it and see its processes. To
    /// whoever may not it does not exist.
    pub fn is_visible_to(&self, actor: Actor, directory: &Directory) -> bool {
        if actor.role == Role::Admin || self.owner == actor.id {
            return true;
        }
        if self.access.is_empty() {
            return actor.role != Role::Light;
        }
        self.access.expanded(directory).users().contains(&actor.id)
    }
}
