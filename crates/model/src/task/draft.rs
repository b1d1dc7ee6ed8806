//! A task comes into being.

use jiff::Timestamp;

use crate::activity::Verb;
use crate::ids::{FieldId, MemberId, TaskId, TaskKey};
use crate::refusal::{FieldErrors, Refusal};

use super::form::FieldDraft;
use super::owners::{Assigned, Owners, Wanted, chaperone_sentence};
use super::{Outcome, Task, TaskType};

/// What a caller wants to create. Everything but the owners has been checked;
/// what was found wrong is in `faults`, so that it can be told together with
/// what the owners turn out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDraft {
    /// See [`Task::title`].
    pub title: String,
    /// See [`Task::summary`].
    pub summary: Option<String>,
    /// See [`Task::task_type`].
    pub task_type: TaskType,
    /// See [`Task::deadline`].
    pub deadline: Timestamp,
    /// See [`Task::started_at`]; `None` for now.
    pub started_at: Option<Timestamp>,
    /// See [`Task::position`]; `None` for last.
    pub position: Option<i64>,
    /// The yes-or-no settings and `max_assignable`.
    pub settings: Settings,
    /// See [`Task::webhook`].
    pub webhook: Option<String>,
    /// Fields, in the order given, with an id for each.
    pub form_fields: Vec<(FieldId, FieldDraft)>,
    /// Who shall be on it.
    pub owners: Wanted,
    /// What is wrong with the request.
    pub faults: FieldErrors,
}

/// The task's switches.
#[expect(clippy::struct_excessive_bools, reason = "the API has these switches, each its own")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// See [`Task::is_soft_start_date`].
    pub is_soft_start_date: bool,
    /// See [`Task::everyone_must_complete`].
    pub everyone_must_complete: bool,
    /// See [`Task::can_complete_only_assignees`].
    pub can_complete_only_assignees: bool,
    /// See [`Task::max_assignable`].
    pub max_assignable: i64,
    /// See [`Task::prevent_guest_comment`].
    pub prevent_guest_comment: bool,
    /// See [`Task::top_secret`].
    pub top_secret: bool,
}

/// The most characters of a title.
pub const TITLE_LIMIT: usize = 600;

/// Checks a title and returns it as it will be stored.
pub fn check_title(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is required".to_owned());
    }
    super::form::check_line(text)?;
    if text.chars().count() > TITLE_LIMIT {
        return Err(format!("may not be greater than {TITLE_LIMIT} characters"));
    }
    Ok(text.to_owned())
}

/// Checks a webhook's address; blank means none.
pub fn check_webhook(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    super::form::check_line(text)?;
    crate::guest::check_url(text).map(|()| Some(text.to_owned()))
}

impl TaskDraft {
    /// The same work once more, without what was done of it. `fresh` draws ids
    /// for its fields.
    pub fn copy_of(task: &Task, fresh: &mut dyn FnMut() -> FieldId) -> Self {
        let field = |field: &super::form::FormField| FieldDraft {
            label: field.label.clone(),
            field_type: field.field_type,
            required: field.required,
            options: field.options.clone(),
            columns: field.columns.clone(),
            guidance: field.guidance.clone(),
            position: field.position,
        };
        let named = task.owners.members.iter().filter(|member| member.is_named());
        let guests = task.owners.guests.iter().filter(|guest| !guest.via_group);
        Self {
            title: task.title.clone(),
            summary: task.summary.clone(),
            task_type: task.task_type,
            // Every task made here has one.
            deadline: task.deadline.unwrap_or(task.created_at),
            started_at: Some(task.started_at),
            position: None,
            settings: Settings {
                is_soft_start_date: task.is_soft_start_date,
                everyone_must_complete: task.everyone_must_complete,
                can_complete_only_assignees: task.can_complete_only_assignees,
                max_assignable: task.max_assignable,
                prevent_guest_comment: task.prevent_guest_comment,
                top_secret: task.top_secret,
            },
            webhook: task.webhook.clone(),
            form_fields: task.form_fields.iter().map(|old| (fresh(), field(old))).collect(),
            owners: Wanted {
                users: named.map(|member| member.id).enumerate().collect(),
                guests: guests.map(|guest| guest.email.clone()).enumerate().collect(),
                groups: task.owners.groups.iter().map(|group| group.id).enumerate().collect(),
            },
            faults: FieldErrors::default(),
        }
    }

    /// The new task of `starter`, with whoever has to be on it beside those
    /// wanted.
    pub fn create(
        &self,
        key: TaskKey,
        id: TaskId,
        assigned: Assigned,
        starter: MemberId,
        now: Timestamp,
    ) -> Result<(Task, Outcome), Refusal> {
        self.faults.clone().into_result()?;
        let mut owners = Owners::default();
        owners.replace(assigned);
        owners.check_number(self.settings.max_assignable)?;
        let chaperone = owners.ensure_chaperone(starter, &[]);
        let settings = self.settings;
        let mut form_fields: Vec<_> =
            self.form_fields.iter().map(|(id, draft)| draft.clone().with_id(*id)).collect();
        form_fields.sort_by_key(|field| field.position);
        let task = Task {
            key,
            id,
            title: self.title.clone(),
            summary: self.summary.clone(),
            task_type: self.task_type,
            position: self.position.unwrap_or(key.sequence()),
            starter,
            started_at: self.started_at.unwrap_or(now),
            is_soft_start_date: settings.is_soft_start_date,
            deadline: Some(self.deadline),
            everyone_must_complete: settings.everyone_must_complete,
            can_complete_only_assignees: settings.can_complete_only_assignees,
            max_assignable: settings.max_assignable,
            prevent_guest_comment: settings.prevent_guest_comment,
            top_secret: settings.top_secret,
            webhook: self.webhook.clone(),
            form_fields,
            tags: Vec::new(),
            is_approved: Some(false),
            problem: false,
            completion: None,
            archived_at: None,
            created_at: now,
            updated_at: now,
            revision: 0,
            owners,
        };
        let mut text = format!("{} was created for {}.", task.called(), task.owners.describe());
        let mut outcome = Outcome::default();
        if let Some(id) = chaperone {
            let sentence = chaperone_sentence(id);
            text.push(' ');
            text += &sentence;
            outcome.warnings.push(sentence);
        }
        outcome.events.push(task.event(Verb::Created, text));
        Ok((task, outcome))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn draft() -> TaskDraft {
        TaskDraft {
            title: "Sign".to_owned(),
            summary: None,
            task_type: TaskType::Task,
            deadline: at(100),
            started_at: None,
            position: None,
            settings: Settings::default(),
            webhook: None,
            form_fields: Vec::new(),
            owners: Wanted::default(),
            faults: FieldErrors::default(),
        }
    }

    fn create(draft: &TaskDraft, members: &[i64], guests: &[u8]) -> Result<(Task, Outcome), Refusal> {
        let model = task(members, guests);
        let assigned = Assigned {
            members: model.owners.members.iter().map(|m| m.id).collect(),
            guests: model.owners.guests.into_iter().map(|g| (g.key, g.code, g.email)).collect(),
            ..Assigned::default()
        };
        draft.create(model.key, model.id, assigned, member(7), at(5))
    }

    #[test]
    fn a_task_for_guests_gets_the_caller_too_and_says_so() {
        let (task, outcome) = create(&draft(), &[], &[1]).unwrap();
        assert_eq!(task.owners.members.iter().map(|m| m.id.get()).collect::<Vec<_>>(), [7]);
        assert_eq!(outcome.warnings.len(), 1);
        assert!(outcome.events[0].text.contains(&outcome.warnings[0]));
        assert_eq!((task.started_at, task.position, task.is_approved), (at(5), 1, Some(false)));
        let (task, outcome) = create(&draft(), &[], &[]).unwrap();
        assert!(task.owners.members.is_empty() && outcome.warnings.is_empty());
    }

    #[test]
    fn too_many_assignees_are_refused_and_the_added_one_does_not_count() {
        let mut limited = draft();
        limited.settings.max_assignable = 2;
        assert!(create(&limited, &[1, 2], &[]).is_ok());
        assert!(create(&limited, &[], &[1, 2]).is_ok());
        assert!(create(&limited, &[1, 2], &[1]).is_err());
    }

    #[test]
    fn faults_found_while_reading_refuse() {
        let mut faulty = draft();
        faulty.faults.add("title", "The title field is required.");
        assert!(matches!(create(&faulty, &[1], &[]), Err(Refusal::Invalid(_))));
    }

    #[test]
    fn titles_and_webhooks_are_checked() {
        assert_eq!(check_title("  Sign "), Ok("Sign".to_owned()));
        assert!(check_title(&"ä".repeat(600)).is_ok());
        for bad in [" ", "a\0", "a\u{202E}b", &"ä".repeat(601)] {
            assert!(check_title(bad).is_err());
        }
        assert_eq!(check_webhook(" "), Ok(None));
        assert!(check_webhook("https://x.example/hook").is_ok());
        assert!(check_webhook("ftp://x.example/").is_err());
    }
}
