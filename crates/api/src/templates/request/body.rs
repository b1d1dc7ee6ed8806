//! What callers may send about templates, for the OpenAPI document.

use serde_json::Value;
use utoipa::ToSchema;

/// A request to create a template. An export, as `GET` with `with=steps`
/// answers it, can be sent as it is: everything in it gets new ids.
#[derive(Debug, ToSchema)]
#[schema(as = CreateTemplate)]
pub struct CreateTemplateBody {
    /// The title.
    #[schema(required, min_length = 1, max_length = 250, example = "New client")]
    pub title: String,
    /// `procedure`, `form` or `document`.
    #[schema(required, rename = "type", pattern = "^(procedure|form|document)$", example = "procedure")]
    pub r#type: String,
    /// The steps, as a list or as `{data: […]}`.
    #[schema(value_type = Option<Vec<TemplateStepBody>>, max_items = 1000)]
    pub steps: Option<Value>,
    /// The rules.
    #[schema(max_items = 1000)]
    pub automated_actions: Option<Vec<TemplateRuleBody>>,
    /// Everything else that a change of a template may have.
    #[serde(flatten)]
    pub rest: TemplateSettingsBody,
}

/// A request to change a template.
#[derive(Debug, ToSchema)]
#[schema(as = UpdateTemplate)]
pub struct UpdateTemplateBody {
    /// The title.
    #[schema(required, min_length = 1, max_length = 250, example = "New client")]
    pub title: String,
    /// `procedure`, `form` or `document`.
    #[schema(rename = "type", pattern = "^(procedure|form|document)$", example = "procedure")]
    pub r#type: Option<String>,
    /// Everything else. What is absent stays as it is.
    #[serde(flatten)]
    pub rest: TemplateSettingsBody,
}

/// What may be said about a template.
#[derive(Debug, ToSchema)]
#[schema(as = TemplateSettings)]
pub struct TemplateSettingsBody {
    /// What it is about.
    #[schema(max_length = 2000)]
    pub summary: Option<String>,
    /// What to know before a launch.
    #[schema(max_length = 30000)]
    pub guidance: Option<String>,
    /// The active member who looks after it.
    pub owner_id: Option<i64>,
    /// Who may use it. When `users` or `groups` is sent, both are replaced.
    #[schema(max_items = 200)]
    pub users: Option<Vec<i64>>,
    /// Who may use it: ids of groups.
    #[schema(max_items = 200)]
    pub groups: Option<Vec<String>>,
    /// Replaces the kick-off form as a whole. Fields with an id stay the same fields.
    #[schema(max_items = 500)]
    pub prerun: Option<Vec<TemplateFieldBody>>,
    /// Where what happens to its processes is announced.
    #[schema(max_length = 2000, pattern = "^https?://[a-z0-9.-]+", example = "https://hooks.example/runs")]
    pub webhook: Option<String>,
    /// The address of a film about it.
    #[schema(max_length = 2000, pattern = "^https?://[a-z0-9.-]+", example = "https://films.example/1")]
    pub explanation_video: Option<String>,
    /// Whether it stands out in lists.
    pub starred: Option<bool>,
    /// The name of its icon.
    #[schema(max_length = 250)]
    pub icon: Option<String>,
    /// Its picture in public lists.
    #[schema(max_length = 2000)]
    pub public_cover: Option<String>,
    /// The heading of the kick-off form.
    #[schema(max_length = 600)]
    pub kickoff_title: Option<String>,
    /// What stands above the kick-off form.
    #[schema(max_length = 30000)]
    pub kickoff_description: Option<String>,
    /// How far its authors are, in their own words.
    #[schema(max_length = 250)]
    pub status_label: Option<String>,
    /// How its processes are named, with variables.
    #[schema(max_length = 550)]
    pub default_process_name_format: Option<String>,
    /// Whether that name wins over the launcher's.
    pub auto_naming: Option<bool>,
    /// Whether the launcher may give another name.
    pub allow_launcher_change_name: Option<bool>,
    /// Whether it stands in public lists.
    pub is_public: Option<bool>,
    /// Whether public lists put it first.
    pub is_featured: Option<bool>,
    /// Whether the kick-off form is open to whoever has its address.
    pub is_public_kickoff: Option<bool>,
    /// Whether lists put it first.
    pub is_pinned: Option<bool>,
    /// Whether it is published before it can be launched.
    pub dual_version_enabled: Option<bool>,
    /// Whether its processes come into its folder.
    pub folderize_process: Option<bool>,
    /// Whether its processes get its tags.
    pub tag_process: Option<bool>,
    /// Whether its processes take one-off tasks.
    pub can_add_oot: Option<bool>,
    /// Whether the launcher may choose another folder.
    pub folder_changeable_by_launcher: Option<bool>,
    /// The folder that its processes come into.
    #[schema(max_length = 64)]
    pub default_folder: Option<String>,
    /// The folder that it is in.
    #[schema(max_length = 64)]
    pub folder_id: Option<String>,
    /// The member in whose name the public kick-off form launches.
    pub kickoff_sharing_user_id: Option<i64>,
    /// The template whose kick-off form it uses.
    #[schema(max_length = 32)]
    pub ko_form_blueprint_id: Option<String>,
    /// Replaces the milestones: `[{id, name}]`, also as `{data: […]}`.
    #[schema(value_type = Option<Vec<Object>>)]
    pub stages: Option<Value>,
    /// Words of a shared list: texts, or objects with `id` and `title`.
    pub industry_tags: Option<Vec<Value>>,
    /// Words of a shared list: texts, or objects with `id` and `title`.
    pub topic_tags: Option<Vec<Value>>,
}

/// A step, to be made or changed. Lists of people that are left out are
/// cleared; whatever else is left out stays.
#[derive(Debug, ToSchema)]
#[schema(as = WriteTemplateStep)]
pub struct TemplateStepBody {
    /// What is to be done, in one line.
    #[schema(required, min_length = 1, max_length = 600, example = "Send the contract")]
    pub title: String,
    /// What is to be done.
    #[schema(max_length = 30000)]
    pub summary: Option<String>,
    /// `task`, `approval`, `expiring`, `email` or `expiring_email`.
    #[schema(pattern = "^(task|approval|expiring|email|expiring_email)$", example = "task")]
    pub step_type: Option<String>,
    /// Where it stands, from 1; behind the others when absent.
    #[schema(minimum = 1)]
    pub position: Option<i64>,
    /// Ids of members.
    #[schema(max_items = 200)]
    pub assignees: Option<Vec<i64>>,
    /// Addresses of guests.
    #[schema(max_items = 200)]
    pub guests: Option<Vec<String>>,
    /// Ids of groups.
    #[schema(max_items = 200)]
    pub groups: Option<Vec<String>>,
    /// Ids of job titles.
    #[schema(max_items = 200)]
    pub roles: Option<Vec<String>>,
    /// `{value, unit, option, step}`; the step is `start_run` or an id.
    #[schema(value_type = Option<Object>)]
    pub deadline: Option<Value>,
    /// `{value, unit}`, counted from the launch.
    #[schema(value_type = Option<Object>)]
    pub start_date: Option<Value>,
    /// Whether the start is only advice.
    pub is_soft_start_date: Option<bool>,
    /// Whether guests may be put on it.
    pub allow_guest_owners: Option<bool>,
    /// Whether the launcher is put on it when nobody else is.
    pub assign_run_starter: Option<bool>,
    /// Whether each assignee has a part of their own to complete.
    pub everyone_must_complete: Option<bool>,
    /// Whether only assignees and administrators may complete it.
    pub can_complete_only_assignees: Option<bool>,
    /// At most so many assignees; 0 for any number.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub max_assignable: Option<i64>,
    /// Whether guests may not comment.
    pub prevent_guest_comment: Option<bool>,
    /// Whether it is hidden until a rule or a person shows it.
    pub hidden_by_default: Option<bool>,
    /// Whether mail about it comes without letterhead.
    pub send_chromeless: Option<bool>,
    /// Kept for callers; says nothing.
    pub skip_start_process: Option<bool>,
    /// Whether only those who are on its tasks may know of them.
    pub top_secret: Option<bool>,
    /// Whether its job titles are filled anew at every launch.
    pub role_changes_every_time: Option<bool>,
    /// Where its completion is to be announced.
    #[schema(max_length = 2000, pattern = "^https?://[a-z0-9.-]+", example = "https://hooks.example/steps")]
    pub webhook: Option<String>,
    /// `{id, default_name_format, tasks_within_process}`.
    #[schema(value_type = Option<Object>)]
    pub bp_to_launch: Option<Value>,
    /// The milestone that it belongs to.
    #[schema(max_length = 32)]
    pub stage_id: Option<String>,
    /// Ids of tags.
    #[schema(max_items = 200)]
    pub tags: Option<Vec<String>>,
    /// What it asks for; replaces the form as a whole.
    #[schema(max_items = 500)]
    pub captures: Option<Vec<TemplateFieldBody>>,
}

/// A field, to be made or changed. What is left out stays.
#[derive(Debug, ToSchema)]
#[schema(as = WriteTemplateField)]
pub struct TemplateFieldBody {
    /// What people read.
    #[schema(required, min_length = 1, max_length = 600, example = "Company")]
    pub label: String,
    /// `text`, `textarea`, `radio`, `dropdown`, `multiselect`, `date`, `email`,
    /// `file`, `table` or `assignees_form`.
    #[schema(
        required,
        example = "text",
        pattern = "^(text|textarea|radio|dropdown|multiselect|date|email|file|table|assignees_form)$"
    )]
    pub field_type: String,
    /// Whether nothing can be completed without it.
    pub required: Option<bool>,
    /// For radio (two at least), dropdown and multiselect: texts, or objects
    /// with `id` and `text`, either all with an id or none.
    #[schema(max_items = 1000)]
    pub options: Option<Vec<Value>>,
    /// For table: texts, or objects with `id` and `label`.
    #[schema(max_items = 1000)]
    pub columns: Option<Vec<Value>>,
    /// Advice.
    #[schema(max_length = 30000)]
    pub guidance: Option<String>,
    /// Where it stands.
    #[schema(minimum = -2_147_483_648, maximum = 2_147_483_647)]
    pub position: Option<i64>,
    /// What is filled in, in the shape of the type.
    pub default_value: Option<Value>,
    /// Whether it is filled in; without it, a value that is sent counts.
    pub default_value_enabled: Option<bool>,
    /// `numeric`, `email`, `url`, `alpha`, `alpha_num`, `alpha_dash`, `min:3`,
    /// `max:9`, `must_all_checked`, `mimes:pdf,docx`.
    pub field_validation: Option<Vec<String>>,
    /// Kick-off forms: whether whoever submits the public form is put in.
    pub default_to_guest: Option<bool>,
    /// Whether long texts are written as rich text.
    pub use_wysiwyg_editor: Option<bool>,
    /// Whether dates ask for a time too.
    pub collect_time: Option<bool>,
    /// What stands in front of the answer.
    #[schema(max_length = 250)]
    pub prefix: Option<String>,
    /// What stands behind the answer.
    #[schema(max_length = 250)]
    pub suffix: Option<String>,
}

/// A rule, to be made or changed. A stored rule can be sent back as it is.
#[derive(Debug, ToSchema)]
#[schema(as = WriteTemplateRule)]
pub struct TemplateRuleBody {
    /// What people call it.
    #[schema(max_length = 300, example = "Small orders need no approval")]
    pub automated_alias: Option<String>,
    /// When it fires; read from the first to the last.
    #[schema(required, min_items = 1, max_items = 50)]
    pub conditions: Vec<RuleConditionBody>,
    /// What it does then, in this order.
    #[schema(required, min_items = 1, max_items = 200)]
    pub then_actions: Vec<RuleActionBody>,
    /// How conditions are joined that do not say it themselves: `and` or `or`.
    #[schema(pattern = "^(and|or)$", example = "and")]
    pub condition_logic: Option<String>,
}

/// One condition of a rule.
#[derive(Debug, ToSchema)]
#[schema(as = WriteTemplateRuleCondition)]
pub struct RuleConditionBody {
    /// What is looked at: `Step`, `Capture` or `Prerun`.
    #[schema(required, pattern = "^(Step|Capture|Prerun)$", example = "Step")]
    pub conditionable_type: String,
    /// Its id.
    #[schema(required, min_length = 1)]
    pub conditionable_id: String,
    /// Steps: `completed`, `reopened`, `approved`, `rejected`, `acknowledged`,
    /// `expired` or `not_assigned`. Fields: `contains`, `not_contains`,
    /// `equals`, `not_equals`, `equals_any`, `greater_than`, `less_than`,
    /// `is_empty` or `is_not_empty`.
    #[schema(required, pattern = "^[a-z_]+$", example = "completed")]
    pub operation: String,
    /// Steps: `any_time`, `on-time`, `early_24` or `late_24`. Fields: the text
    /// to compare with, or several for `equals_any`.
    #[schema(example = "any_time")]
    pub statement: Option<Value>,
    /// How it is joined with those before it: `and` or `or`.
    #[schema(pattern = "^(and|or)$", example = "and")]
    pub logic: Option<String>,
    /// For table fields: the column that is looked at.
    pub column_contains_name: Option<String>,
}

/// One action of a rule.
#[derive(Debug, ToSchema)]
#[schema(as = WriteTemplateRuleAction)]
pub struct RuleActionBody {
    /// `visibility`, `assignment`, `deadline`, `status` or `webhook`.
    #[schema(
        required,
        pattern = "^(visibility|assignment|deadline|status|webhook)$",
        example = "visibility"
    )]
    pub action_type: String,
    /// `show` or `hide`; `assign`, `assign_only`, `unassign` or
    /// `clear_assignees`; `deadline`; `reopen`; `emit_webhook`.
    #[schema(
        required,
        pattern = "^(show|hide|assign|assign_only|unassign|clear_assignees|deadline|reopen|emit_webhook)$",
        example = "hide"
    )]
    pub action_verb: String,
    /// The id of the step that it changes. All but webhooks need one.
    pub target_step_id: Option<String>,
    /// What people or deadlines are taken from: `Step`, `Capture` or `Prerun`.
    #[schema(pattern = "^(Step|Capture|Prerun)$", example = "Step")]
    pub actionable_type: Option<String>,
    /// Its id.
    pub actionable_id: Option<String>,
    /// Whom assignments are about: `{users, guests, groups}`.
    #[schema(value_type = Option<Object>)]
    pub assignees: Option<Value>,
    /// How a deadline is moved: `{value, unit, option}`, the option `from` or
    /// `before`.
    #[schema(value_type = Option<Object>)]
    pub deadline: Option<Value>,
    /// Where a webhook is announced.
    #[schema(max_length = 2000, pattern = "^https?://[a-z0-9.-]+", example = "https://hooks.example/rules")]
    pub url: Option<String>,
    /// What people call a webhook.
    pub alias: Option<String>,
}
