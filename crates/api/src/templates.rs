//! Templates on the wire (`checklists`, `wire.md` 2.2).
//!
//! Here is the template object itself. Its steps and fields are in [`steps`],
//! its rules in [`rules`]. What callers send is read in [`request`], and comes
//! out as a [`Draft`](draft::Draft): a whole template, checked at once. What a
//! `GET` with `with=steps` answers can be sent to `POST` as it is.

pub mod answers;
pub mod archived;
pub mod clone;
pub mod draft;
pub mod positions;
pub mod request;
pub mod rules;
pub mod steps;

use hospes_model::comment::Comment;
use hospes_model::template::{self, Topic};
use hospes_model::{MemberId, TemplateId};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::comments::{Place, Thread};
use crate::envelope::Collection;
use crate::members::EmptyInclude;
use crate::moments;

pub use request::{
    CreateTemplateBody, RuleActionBody, RuleConditionBody, TemplateFieldBody, TemplateRuleBody,
    TemplateStepBody, UpdateTemplateBody,
};
use rules::Rule;
use steps::{Field, Step};

/// A template: all that the documentation shows, and what the published
/// clients read beside it. Rows of lists are the same object.
#[expect(clippy::struct_excessive_bools, reason = "the published clients read these switches")]
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Template)]
pub struct Template<'a> {
    /// The template's id, 32 hexadecimal digits.
    #[schema(value_type = String, example = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e")]
    pub id: TemplateId,
    /// The template's number in the organization, in the order of creation.
    pub increment_id: i64,
    /// The title.
    pub title: &'a str,
    /// What it is about.
    pub summary: Option<&'a str>,
    /// Whether it stands out in lists.
    pub starred: bool,
    /// Where what happens to its processes is announced.
    pub webhook: Option<&'a str>,
    /// The address of a film about it.
    pub explanation_video: Option<&'a str>,
    /// What to know before a launch.
    pub guidance: Option<&'a str>,
    /// The name of its icon.
    pub icon: Option<&'a str>,
    /// Another name: the title at present, and the first digits of the id.
    #[schema(example = "new-client-0196d2")]
    pub alias: String,
    /// The folder that it is in.
    pub folder_id: Option<&'a str>,
    /// The fields of the kick-off form.
    pub prerun: Vec<Field<'a>>,
    /// The rules.
    pub automated_actions: Vec<Rule<'a>>,
    /// The member who made it.
    #[schema(value_type = i64)]
    pub created_by: MemberId,
    /// The member who looks after it.
    #[schema(value_type = i64)]
    pub owner_id: MemberId,
    /// The member who changed it last.
    #[schema(value_type = i64)]
    pub last_updated_by: MemberId,
    /// The heading of the kick-off form.
    pub kickoff_title: Option<&'a str>,
    /// What stands above the kick-off form.
    pub kickoff_description: Option<&'a str>,
    /// How many processes were launched from it.
    pub started_processes: i64,
    /// How many steps it has.
    pub steps_count: usize,
    /// When it was made.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub last_updated: Timestamp,
    /// Set while it is archived.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<Timestamp>,
    /// `procedure`, `form` or `document`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `active` or `archived`.
    pub status: &'static str,
    /// How far its authors are, in their own words.
    pub status_label: Option<&'a str>,
    /// Whether it stands in public lists.
    pub is_public: bool,
    /// Whether public lists put it first.
    pub is_featured: bool,
    /// Whether the kick-off form is open to whoever has its address.
    pub is_public_kickoff: bool,
    /// Whether lists put it first.
    pub is_pinned: bool,
    /// Its picture in public lists.
    pub public_cover: Option<&'a str>,
    /// The trades it is for.
    pub industry_tags: Vec<TopicEntry<'a>>,
    /// What it is about, in words that lists group by.
    pub topic_tags: Vec<TopicEntry<'a>>,
    /// Whether it is published before it can be launched.
    pub dual_version_enabled: bool,
    /// Whether it is published.
    pub is_published_state: bool,
    /// Whether `default_process_name_format` wins over the launcher's name.
    pub auto_naming: bool,
    /// How its processes are named, with variables.
    pub default_process_name_format: Option<&'a str>,
    /// Whether the launcher may give another name.
    pub allow_launcher_change_name: bool,
    /// Who may use it: ids of members. Nobody named: every member but light ones.
    #[schema(value_type = Vec<i64>)]
    pub users: &'a [MemberId],
    /// Who may use it: ids of groups.
    pub groups: Vec<String>,
    /// Whether its processes come into its folder.
    pub folderize_process: bool,
    /// Whether its processes get its tags.
    pub tag_process: bool,
    /// Whether its processes take one-off tasks.
    pub can_add_oot: bool,
    /// The folder that its processes come into.
    pub default_folder: Option<&'a str>,
    /// Whether the launcher may choose another folder.
    pub folder_changeable_by_launcher: bool,
    /// The template whose kick-off form it uses.
    pub ko_form_blueprint_id: Option<String>,
    /// The member in whose name the public kick-off form launches.
    #[schema(value_type = Option<i64>)]
    pub kickoff_sharing_user_id: Option<MemberId>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    pub custom_fields: [(); 0],
    /// Only with `with=steps`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub steps: Option<Steps<'a>>,
    /// The milestones; only with `with=stages` or `with=steps`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub stages: Option<Stages<'a>>,
    /// Only with `with=threads`, when one template is read: comments and issues
    /// about it, the oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub threads: Option<Collection<Thread<'a>>>,
    /// Includes of what does not exist yet, each with an empty list.
    #[serde(flatten)]
    pub empty: EmptyTemplateIncludes,
}

/// Includes whose lists are empty until there is something to be in them.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct EmptyTemplateIncludes {
    /// Only with `with=tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub tags: Option<EmptyInclude>,
    /// Only with `with=folder`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub folder: Option<EmptyInclude>,
    /// Only with `with=permissions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub permissions: Option<EmptyInclude>,
    /// Only with `with=linked_tasks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub linked_tasks: Option<EmptyInclude>,
    /// Only with `with=assets`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub assets: Option<EmptyInclude>,
    /// Only with `with=member_watchers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub member_watchers: Option<EmptyInclude>,
    /// Only with `with=guest_watchers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub guest_watchers: Option<EmptyInclude>,
}

/// The steps of a template.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateSteps)]
pub struct Steps<'a> {
    /// In their order.
    pub data: Vec<Step<'a>>,
}

/// The milestones of a template.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateStages)]
pub struct Stages<'a> {
    /// In their order.
    pub data: Vec<Stage<'a>>,
}

/// A milestone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateStage)]
pub struct Stage<'a> {
    /// The milestone's id, 32 hexadecimal digits.
    pub id: String,
    /// What people read.
    pub name: &'a str,
    /// Where it stands, from 1.
    pub position: usize,
}

/// A word of a shared list that templates are grouped by.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateTopic)]
pub struct TopicEntry<'a> {
    /// What programs know it by.
    pub id: &'a str,
    /// What people read.
    pub title: &'a str,
}

impl<'a> TopicEntry<'a> {
    fn list(topics: &'a [Topic]) -> Vec<Self> {
        topics.iter().map(|topic| Self { id: &topic.id, title: &topic.title }).collect()
    }
}

/// All fields of a template, for whoever fills them in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateFormFields)]
pub struct FormFields<'a> {
    /// The template.
    #[schema(value_type = String)]
    pub id: TemplateId,
    /// Its title.
    pub title: &'a str,
    /// The fields of the kick-off form.
    pub ko_form_fields: Vec<Field<'a>>,
    /// The fields of the steps, in the order of the steps.
    pub form_fields: Vec<Field<'a>>,
}

impl<'a> FormFields<'a> {
    /// All fields of a template.
    pub fn new(template: &'a template::Template) -> Self {
        let blueprint = template.blueprint();
        let steps = blueprint.steps.iter();
        Self {
            id: template.id,
            title: &blueprint.title,
            ko_form_fields: blueprint.prerun.iter().map(|field| Field::prerun(template, field)).collect(),
            form_fields: steps
                .flat_map(|step| step.captures.iter().map(|field| Field::capture(template, step.id, field)))
                .collect(),
        }
    }
}

/// What was asked for with `with=`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Includes(u16);

/// The includes, in the order of their bits.
const INCLUDES: [&str; 10] = [
    "steps",
    "stages",
    "tags",
    "folder",
    "permissions",
    "linked_tasks",
    "assets",
    "member_watchers",
    "guest_watchers",
    "threads",
];

impl Includes {
    /// Reads the text of `with`. Unknown names, and those of what is always
    /// there (`prerun`, `automated_actions`), are harmless.
    pub fn parse(with: &str) -> Self {
        let mut bits = 0;
        for name in with.split(',') {
            let name = name.trim().split('.').next().unwrap_or_default();
            if let Some(place) = INCLUDES.iter().position(|include| *include == name) {
                bits |= 1 << place;
            }
        }
        Self(bits)
    }

    fn has(self, name: &str) -> bool {
        INCLUDES.iter().position(|include| *include == name).is_some_and(|place| self.0 & (1 << place) != 0)
    }

    /// Whether comments about the template were asked for.
    pub fn has_comments(self) -> bool {
        self.has("threads")
    }

    fn empty(self, name: &str) -> Option<EmptyInclude> {
        self.has(name).then(EmptyInclude::default)
    }
}

impl<'a> Template<'a> {
    /// With what was written about it.
    #[must_use]
    pub fn with_comments(mut self, comments: &'a [Comment]) -> Self {
        let place = Place { template: Some(self.id), ..Place::default() };
        self.threads = Some(Thread::list(comments, place));
        self
    }

    /// A template, with what was asked for.
    pub fn new(template: &'a template::Template, includes: Includes) -> Self {
        let (blueprint, settings) = (template.blueprint(), &template.settings);
        let naming = &blueprint.naming;
        let steps = || blueprint.steps.iter().enumerate();
        Self {
            id: template.id,
            increment_id: template.key.sequence(),
            title: &blueprint.title,
            summary: settings.summary.as_deref(),
            starred: template.starred,
            webhook: settings.webhook.as_deref(),
            explanation_video: settings.explanation_video.as_deref(),
            guidance: settings.guidance.as_deref(),
            icon: settings.icon.as_deref(),
            alias: template.alias(),
            folder_id: settings.folder_id.as_deref(),
            prerun: blueprint.prerun.iter().map(|field| Field::prerun(template, field)).collect(),
            automated_actions: blueprint
                .automated_actions
                .iter()
                .enumerate()
                .map(|(at, rule)| Rule::new(template, at, rule))
                .collect(),
            created_by: template.created_by,
            owner_id: template.owner,
            last_updated_by: template.updated_by,
            kickoff_title: settings.kickoff_title.as_deref(),
            kickoff_description: settings.kickoff_description.as_deref(),
            started_processes: template.started_processes,
            steps_count: blueprint.steps.len(),
            created_at: template.created_at,
            last_updated: template.updated_at,
            archived_at: template.archived_at,
            kind: blueprint.kind.as_str(),
            status: if template.archived_at.is_some() { "archived" } else { "active" },
            status_label: settings.status_label.as_deref(),
            is_public: settings.is_public,
            is_featured: settings.is_featured,
            is_public_kickoff: settings.is_public_kickoff,
            is_pinned: settings.is_pinned,
            public_cover: settings.public_cover.as_deref(),
            industry_tags: TopicEntry::list(&settings.industry_tags),
            topic_tags: TopicEntry::list(&settings.topic_tags),
            dual_version_enabled: settings.dual_version_enabled,
            is_published_state: settings.is_published_state,
            auto_naming: naming.auto_naming,
            default_process_name_format: naming.format.as_deref(),
            allow_launcher_change_name: naming.allow_launcher_change_name,
            users: template.access.users(),
            groups: template.access.groups().iter().map(ToString::to_string).collect(),
            folderize_process: settings.folderize_process,
            tag_process: settings.tag_process,
            can_add_oot: settings.can_add_oot,
            default_folder: settings.default_folder.as_deref(),
            folder_changeable_by_launcher: settings.folder_changeable_by_launcher,
            ko_form_blueprint_id: settings.ko_form_blueprint_id.map(|id| id.to_string()),
            kickoff_sharing_user_id: settings.kickoff_sharing_user_id,
            custom_fields: [],
            steps: includes
                .has("steps")
                .then(|| Steps { data: steps().map(|(at, step)| Step::new(template, at, step)).collect() }),
            // Steps name their milestones, so those come along.
            stages: (includes.has("stages") || includes.has("steps")).then(|| Stages::new(template)),
            threads: None,
            empty: EmptyTemplateIncludes {
                tags: includes.empty("tags"),
                folder: includes.empty("folder"),
                permissions: includes.empty("permissions"),
                linked_tasks: includes.empty("linked_tasks"),
                assets: includes.empty("assets"),
                member_watchers: includes.empty("member_watchers"),
                guest_watchers: includes.empty("guest_watchers"),
            },
        }
    }
}

impl<'a> Stages<'a> {
    fn new(template: &'a template::Template) -> Self {
        let milestones = template.settings.milestones.iter().zip(1..);
        let data = milestones.map(|(milestone, position)| Stage {
            id: milestone.id.to_string(),
            name: &milestone.name,
            position,
        });
        Self { data: data.collect() }
    }
}

/// When something was made: its id begins with the moment.
fn created_at(id: &[u8]) -> Timestamp {
    let millis = id.iter().take(6).fold(0_i64, |millis, byte| millis << 8 | i64::from(*byte));
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;
