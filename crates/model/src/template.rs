//! Templates (`checklists` in the API, `product.md` 2.4): what an organization
//! models once and launches many times.
//!
//! What processes are made of (kick-off form, steps, rules) is the template's
//! [`Blueprint`]; the rest is here: who owns it and may use it, and settings
//! that no process depends on.

mod access;
mod change;
pub mod copy;
mod edit;
pub mod files;
mod uses;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{FieldId, MemberId, StageId, StepId, TemplateId, TemplateKey, VersionKey};
use crate::workflow::{Blueprint, DefaultAnswer, Field, People, Snapshot};

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

/// What a template has beside its blueprint, and no process depends on. Keys
/// that are not stored yet have their defaults.
#[expect(clippy::struct_excessive_bools, reason = "the API has these switches, each its own")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What it is about, at most 2,000 characters.
    pub summary: Option<String>,
    /// What to know before a launch: rich text.
    pub guidance: Option<String>,
    /// Where what happens to its processes is announced.
    pub webhook: Option<String>,
    /// The address of a film about it.
    pub explanation_video: Option<String>,
    /// The name of its icon.
    pub icon: Option<String>,
    /// Its picture in public lists.
    pub public_cover: Option<String>,
    /// The heading of the kick-off form.
    pub kickoff_title: Option<String>,
    /// What stands above the kick-off form: rich text.
    pub kickoff_description: Option<String>,
    /// How far its authors are, in their own words.
    pub status_label: Option<String>,
    /// Whether it stands in public lists.
    pub is_public: bool,
    /// Whether public lists put it first.
    pub is_featured: bool,
    /// Whether the kick-off form is open to whoever has its address.
    pub is_public_kickoff: bool,
    /// Whether lists put it first.
    pub is_pinned: bool,
    /// Whether it is published before it can be launched.
    pub dual_version_enabled: bool,
    /// Whether it is published; counts with `dual_version_enabled` only.
    pub is_published_state: bool,
    /// Whether its processes come into its folder.
    pub folderize_process: bool,
    /// Whether its processes get its tags.
    pub tag_process: bool,
    /// Whether its processes take one-off tasks.
    pub can_add_oot: bool,
    /// Whether the launcher may choose another folder.
    pub folder_changeable_by_launcher: bool,
    /// The folder that its processes come into.
    pub default_folder: Option<String>,
    /// The folder that it is in.
    pub folder_id: Option<String>,
    /// The member in whose name the public kick-off form launches.
    pub kickoff_sharing_user_id: Option<MemberId>,
    /// The template whose kick-off form it uses.
    pub ko_form_blueprint_id: Option<TemplateId>,
    /// The trades it is for.
    pub industry_tags: Vec<Topic>,
    /// What it is about, in words that lists group by.
    pub topic_tags: Vec<Topic>,
    /// The milestones of the blueprint, with their names, in their order.
    pub milestones: Vec<Milestone>,
    /// By step: what the engine does not need. A step that is not here has the
    /// defaults.
    pub steps: BTreeMap<StepId, StepSettings>,
    /// By field of a step or of the kick-off form: what the engine does not
    /// need. A field that is not here has the defaults.
    pub fields: BTreeMap<FieldId, FieldSettings>,
    /// Whether it is the organization's hidden template, of which processes are
    /// made that consist of added tasks alone. Nobody sees or changes it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub misc: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            summary: None,
            guidance: None,
            webhook: None,
            explanation_video: None,
            icon: None,
            public_cover: None,
            kickoff_title: None,
            kickoff_description: None,
            status_label: None,
            is_public: false,
            is_featured: false,
            is_public_kickoff: false,
            is_pinned: false,
            dual_version_enabled: false,
            is_published_state: true,
            folderize_process: false,
            tag_process: false,
            can_add_oot: false,
            folder_changeable_by_launcher: false,
            default_folder: None,
            folder_id: None,
            kickoff_sharing_user_id: None,
            ko_form_blueprint_id: None,
            industry_tags: Vec::new(),
            topic_tags: Vec::new(),
            milestones: Vec::new(),
            steps: BTreeMap::new(),
            fields: BTreeMap::new(),
            misc: false,
        }
    }
}

/// A word of a shared list that templates are grouped by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// What programs know it by.
    pub id: String,
    /// What people read.
    pub title: String,
}

/// Some steps that belong together (`stages` in the API).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// The public id.
    pub id: StageId,
    /// What people read, at most 250 characters.
    pub name: String,
}

/// What a step has that the engine does not need.
#[expect(clippy::struct_excessive_bools, reason = "the API has these switches, each its own")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepSettings {
    /// Whether guests may be put on it.
    pub allow_guest_owners: bool,
    /// Whether mail about it comes without letterhead.
    pub send_chromeless: bool,
    /// Kept for callers; says nothing.
    pub skip_start_process: bool,
    /// Whether only those who are on its tasks may know of them.
    pub top_secret: bool,
    /// Whether its job titles are filled anew at every launch.
    pub role_changes_every_time: bool,
    /// What is launched when it is completed.
    pub bp_to_launch: Option<BlueprintToLaunch>,
    /// The ids of its tags.
    pub tags: Vec<String>,
}

impl Default for StepSettings {
    fn default() -> Self {
        Self {
            allow_guest_owners: true,
            send_chromeless: false,
            skip_start_process: false,
            top_secret: false,
            role_changes_every_time: false,
            bp_to_launch: None,
            tags: Vec::new(),
        }
    }
}

/// A template that is launched when a step is completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlueprintToLaunch {
    /// The template.
    pub id: TemplateId,
    /// How the process is named, with variables.
    pub default_name_format: Option<String>,
    /// Whether its tasks come into the process that the step is of.
    pub tasks_within_process: bool,
}

/// What a field has that the engine does not need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldSettings {
    /// Long texts: whether they are written as rich text.
    pub use_wysiwyg_editor: bool,
    /// Dates: whether a time is asked for too.
    pub collect_time: bool,
    /// What stands in front of the answer.
    pub prefix: Option<String>,
    /// What stands behind the answer.
    pub suffix: Option<String>,
    /// A default that is kept and not used (`default_value_enabled` is false).
    pub unused_default: Option<DefaultAnswer>,
}

impl Default for FieldSettings {
    fn default() -> Self {
        Self {
            use_wysiwyg_editor: true,
            collect_time: true,
            prefix: None,
            suffix: None,
            unused_default: None,
        }
    }
}

impl Settings {
    /// Whether it waits to be published: drafts cannot be launched.
    pub fn is_draft(&self) -> bool {
        self.dual_version_enabled && !self.is_published_state
    }

    /// Forgets what was kept for steps, fields and milestones that are no more.
    pub fn keep_only(&mut self, blueprint: &Blueprint) {
        self.milestones.retain(|milestone| blueprint.stages.contains(&milestone.id));
        let steps: BTreeSet<StepId> = blueprint.steps.iter().map(|step| step.id).collect();
        self.steps.retain(|id, settings| steps.contains(id) && *settings != StepSettings::default());
        let captures = blueprint.steps.iter().flat_map(|step| &step.captures);
        let fields: BTreeSet<FieldId> = blueprint.prerun.iter().chain(captures).map(Field::id).collect();
        self.fields.retain(|id, settings| fields.contains(id) && *settings != FieldSettings::default());
    }
}

impl Template {
    /// What it says.
    pub fn blueprint(&self) -> &Blueprint {
        self.snapshot.blueprint()
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::ids::OrgNo;
    use crate::task::TaskType;
    use crate::task::testing::{at, member};
    use crate::workflow::Step;

    /// A template with one step.
    pub(crate) fn template(owner: i64, access: &[i64]) -> Template {
        let steps = vec![Step::new(StepId::new(1, [1; 10]), "S", TaskType::Task)];
        let empty = Blueprint::empty(TemplateId::new(1, [1; 10]), "T".to_owned());
        let blueprint = Blueprint { steps, ..empty };
        let org = OrgNo::new(1).unwrap();
        Template {
            key: TemplateKey::new(org, 1),
            id: blueprint.template,
            version: VersionKey::new(org, 1),
            snapshot: Arc::new(Snapshot::new(blueprint).unwrap()),
            settings: Settings::default(),
            owner: member(owner),
            created_by: member(owner),
            updated_by: member(owner),
            access: People::members(access.iter().map(|id| member(*id))),
            starred: false,
            started_processes: 0,
            archived_at: None,
            created_at: at(0),
            updated_at: at(0),
            revision: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::TaskType;
    use crate::workflow::Step;

    #[test]
    fn only_unpublished_templates_of_two_versions_are_drafts() {
        let mut settings = Settings { is_published_state: false, ..Settings::default() };
        assert!(!settings.is_draft());
        settings.dual_version_enabled = true;
        assert!(settings.is_draft());
        settings.is_published_state = true;
        assert!(!settings.is_draft() && !Settings::default().is_draft());
    }

    #[test]
    fn the_marker_of_the_hidden_template_is_stored_there_only() {
        let stored = |settings: &Settings| serde_json::to_string(settings).unwrap();
        assert!(!stored(&Settings::default()).contains("misc"));
        // What somebody writes into a text never looks like it.
        let text = Settings { guidance: Some("\"misc\":true".to_owned()), ..Settings::default() };
        assert!(!stored(&text).contains("\"misc\":true"));
        let hidden = Settings { misc: true, ..Settings::default() };
        assert!(stored(&hidden).contains("\"misc\":true"));
        assert_eq!(serde_json::from_str::<Settings>(&stored(&hidden)).unwrap(), hidden);
    }

    #[test]
    fn what_is_no_more_and_what_says_nothing_is_forgotten() {
        let step = |number: u8| StepId::new(1, [number; 10]);
        let stage = |number: u8| StageId::new(1, [number; 10]);
        let secret = StepSettings { top_secret: true, ..StepSettings::default() };
        let mut settings = Settings::default();
        settings.steps.extend([
            (step(1), secret.clone()),
            (step(2), StepSettings::default()),
            (step(3), secret),
        ]);
        settings.milestones = [1, 2].map(|n| Milestone { id: stage(n), name: n.to_string() }).to_vec();
        settings.fields.insert(FieldId::new(1, [1; 10]), FieldSettings::default());
        settings.keep_only(&Blueprint {
            stages: vec![stage(2)],
            steps: [1, 2].map(|n| Step::new(step(n), "S", TaskType::Task)).to_vec(),
            ..Blueprint::empty(TemplateId::new(1, [1; 10]), "T".to_owned())
        });
        assert_eq!(settings.steps.into_keys().collect::<Vec<_>>(), [step(1)]);
        assert_eq!(settings.milestones.len(), 1);
        assert!(settings.fields.is_empty());
    }
}
