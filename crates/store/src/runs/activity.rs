//! What happened in a process, as rows of the activity feed.

use std::collections::BTreeSet;

use hospes_model::activity::{EntityKind, Event, Verb};
use hospes_model::run::Process;
use hospes_model::workflow::{Cause, Part, Person, Recorded, RunEvent, Skipped, Stamp, Verdict};
use hospes_model::{FieldId, MemberId, TaskId};
use jiff::Timestamp;

/// The rows for what happened. `after` is the process as it is now, with its
/// records; `before` what it was, if it was already.
/// `actor` is the member who asked for it.
pub(super) fn rows(
    before: Option<&Process>,
    after: &Process,
    happened: &[Recorded],
    actor: Option<MemberId>,
) -> Vec<Event> {
    let mut feed = Feed { before, after, actor, rows: Vec::new(), told: BTreeSet::new() };
    if before.is_none() {
        let text = format!("{} was launched.", feed.process());
        feed.of_run(Verb::Created, None, None, text);
    }
    for recorded in happened {
        feed.add(recorded);
    }
    feed.rows
}

/// The title of a task after a change, cut short enough for a sentence.
pub(crate) fn short(title: &str) -> String {
    const LONG: usize = 120;
    match title.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", title.get(..end).unwrap_or(title)),
        None => title.to_owned(),
    }
}

fn name(person: &Person) -> String {
    match person {
        Person::Member(id) => format!("member {id}"),
        Person::Guest(email) => format!("guest {email}"),
    }
}

struct Feed<'a> {
    before: Option<&'a Process>,
    after: &'a Process,
    actor: Option<MemberId>,
    rows: Vec<Event>,
    /// What is told once however many fields were filled in: tasks, and
    /// nothing for the kick-off form.
    told: BTreeSet<Option<TaskId>>,
}

impl Feed<'_> {
    fn process(&self) -> String {
        format!("Process “{}”", short(&self.after.run.state().name))
    }

    fn place(&self, id: TaskId) -> Option<usize> {
        self.after.run.place(id)
    }

    fn task(&self, id: TaskId) -> String {
        let record = self.place(id).and_then(|place| self.after.tasks.get(place));
        format!("Task “{}”", short(record.map_or("", |record| record.title.as_str())))
    }

    fn of_run(&mut self, verb: Verb, field: Option<&'static str>, old_value: Option<String>, text: String) {
        let entity_id = self.after.run.state().id.to_string();
        self.rows.push(Event { entity: EntityKind::Run, entity_id, verb, field, old_value, text });
    }

    fn of_task(
        &mut self,
        id: TaskId,
        verb: Verb,
        field: Option<&'static str>,
        old_value: Option<String>,
        text: String,
    ) {
        self.rows.push(Event {
            entity: EntityKind::Task,
            entity_id: id.to_string(),
            verb,
            field,
            old_value,
            text,
        });
    }

    /// Whether answers of a task, or of the kick-off form, are told now.
    fn is_news(&mut self, of: Option<TaskId>) -> bool {
        self.told.insert(of)
    }

    fn label(&self, field: FieldId) -> String {
        let snapshot = self.after.run.snapshot();
        let known = snapshot.field_place(field).and_then(|place| snapshot.field_at(place));
        short(known.map_or("", |field| field.definition.label.as_str()))
    }

    fn add(&mut self, recorded: &Recorded) {
        let by = match recorded.cause {
            Cause::Rule(id) => self.by_rule(id),
            Cause::Command | Cause::Consequence => String::new(),
        };
        match recorded.event.task() {
            Some(task) => self.add_of_task(task, &recorded.event, &by),
            None => self.add_of_run(&recorded.event, &by),
        }
    }

    /// Who did something, where it was not whoever asked for it.
    fn by(&self, person: Option<&Person>) -> String {
        let recorded = self.actor.map(|actor| format!(", as recorded by member {actor}")).unwrap_or_default();
        match person {
            Some(Person::Guest(email)) => format!(" by guest {email}{recorded}"),
            Some(Person::Member(id)) if Some(*id) != self.actor => format!(" by member {id}{recorded}"),
            Some(Person::Member(_)) | None => String::new(),
        }
    }

    fn by_rule(&self, id: hospes_model::RuleId) -> String {
        let rules = &self.after.run.snapshot().blueprint().automated_actions;
        let alias = rules.iter().find(|rule| rule.id == id).map_or("", |rule| rule.alias.as_str());
        format!(" by the rule “{}”", short(alias))
    }

    fn add_of_run(&mut self, event: &RunEvent, by: &str) {
        let process = self.process();
        let old = self.before.map(|before| before.run.state());
        match event {
            RunEvent::Renamed { name } if self.before.is_some() => {
                let old = old.map(|old| old.name.clone());
                let text = format!("{process} was given its name.");
                if old.as_ref() != Some(name) {
                    self.of_run(Verb::Updated, Some("name"), old, text);
                }
            }
            RunEvent::OwnerChanged { owner } => {
                let old = old.map(|old| old.owner.to_string());
                let text = format!("{process} is looked after by member {owner}.");
                self.of_run(Verb::OwnersUpdated, Some("owner_id"), old, text);
            }
            RunEvent::AccessChanged { .. } => {
                let text = format!("Who may see {process} was changed.");
                self.of_run(Verb::Updated, Some("users"), None, text);
            }
            RunEvent::PersonChanged { from, to } => {
                let text = format!("In {process}, {} is {} now.", name(from), name(to));
                self.of_run(Verb::Updated, Some("people"), None, text);
            }
            RunEvent::PrerunAnswered { field, .. } if self.before.is_some() && self.is_news(None) => {
                let text = format!("The kick-off form of {process} was changed: “{}”.", self.label(*field));
                self.of_run(Verb::Updated, Some("prerun"), None, text);
            }
            RunEvent::PrerunCompleted(Stamp { .. }) if self.before.is_some() => {
                let text = format!("The kick-off form of {process} was completed.");
                self.of_run(Verb::Completed, Some("prerun"), None, text);
            }
            RunEvent::PrerunReopened => {
                let text = format!("The kick-off form of {process} was opened again.");
                self.of_run(Verb::Reopened, Some("prerun"), None, text);
            }
            RunEvent::IssueReported { .. } => {
                self.of_run(
                    Verb::IssueReported,
                    None,
                    None,
                    format!("An issue with {process} was reported."),
                );
            }
            RunEvent::IssueResolved { .. } => {
                self.of_run(
                    Verb::IssueResolved,
                    None,
                    None,
                    format!("An issue with {process} was resolved."),
                );
            }
            RunEvent::WebhookDue { alias, .. } => {
                let text = format!("The webhook “{}” of {process} was called for{by}.", short(alias));
                self.of_run(Verb::Emitted, Some("webhook"), None, text);
            }
            RunEvent::RunCompleted { .. } => {
                self.of_run(Verb::Completed, None, None, format!("{process} is complete."));
            }
            RunEvent::RunReopened => {
                self.of_run(Verb::Reopened, None, None, format!("{process} is open again."));
            }
            RunEvent::Archived { .. } => {
                self.of_run(Verb::Archived, None, None, format!("{process} was archived."));
            }
            RunEvent::Activated => {
                self.of_run(Verb::Unarchived, None, None, format!("{process} was brought back."));
            }
            _ => {}
        }
    }

    fn add_of_task(&mut self, id: TaskId, event: &RunEvent, by: &str) {
        let task = self.task(id);
        let old = self.before.and_then(|before| before.run.task(id));
        let deadline = |at: Timestamp| format!("{}", at.strftime("%Y-%m-%d %H:%M UTC"));
        // What a launch makes is told by its one row; what its rules do is not.
        let launched = self.before.is_none() && by.is_empty();
        match event {
            _ if launched && !matches!(event, RunEvent::ActionSkipped { .. }) => {}
            RunEvent::TaskAdded(_) => {
                self.of_task(id, Verb::Created, None, None, format!("{task} was added."));
            }
            RunEvent::Answered { field, .. } if self.is_news(Some(id)) => {
                let text = format!("{task} was filled in: “{}”.", self.label(*field));
                self.of_task(id, Verb::Updated, Some("taskdata"), None, text);
            }
            RunEvent::Reworded { .. } => {
                let old_title = self.before.and_then(|before| {
                    let record = before.tasks.get(before.run.place(id)?)?;
                    Some(record.title.clone())
                });
                self.of_task(id, Verb::Updated, Some("title"), old_title, format!("{task} was reworded."));
            }
            RunEvent::StartChanged { started_at, .. } => {
                let text = format!("{task} starts at {}.", deadline(*started_at));
                self.of_task(id, Verb::Updated, Some("started_at"), None, text);
            }
            RunEvent::VisibilityChanged { visibility, .. } => {
                let text = format!("{task} was {}{by}.", if visibility.hidden { "hidden" } else { "shown" });
                self.of_task(id, Verb::Updated, Some("status"), None, text);
            }
            RunEvent::AssigneesChanged { reason, .. } => {
                let text = match reason {
                    Some(_) => format!("{task} has a member beside its guests now."),
                    None => format!("{task} was given other assignees{by}."),
                };
                self.of_task(id, Verb::OwnersUpdated, Some("owners"), None, text);
            }
            RunEvent::DeadlineChanged { due, .. } => {
                let before = old.and_then(|old| old.due.at()).map(|at| at.to_string());
                let text = match due.at() {
                    Some(at) => format!("{task} is due at {}{by}.", deadline(at)),
                    None => format!("{task} has no deadline{by}."),
                };
                self.of_task(id, Verb::Updated, Some("deadline"), before, text);
            }
            RunEvent::PartDone { part: Part { approved, person, .. }, .. } => {
                let what = match approved {
                    Some(true) => "approved in part",
                    Some(false) => "rejected in part",
                    None => "completed in part",
                };
                let text = format!("{task} was {what}{}.", self.by(Some(person)));
                self.of_task(id, Verb::Updated, Some("parts"), None, text);
            }
            RunEvent::Completed { completion, .. } => {
                let text = format!("{task} {}{}.", done(completion.verdict), self.by(completion.by.as_ref()));
                self.of_task(id, Verb::Completed, None, None, text);
            }
            RunEvent::Reopened { .. } => {
                self.of_task(id, Verb::Reopened, None, None, format!("{task} was opened again{by}."));
            }
            RunEvent::LoopStopped { .. } => {
                let text =
                    format!("{task} would have been opened once too often{by}: somebody must look at it.");
                self.of_task(id, Verb::IssueReported, None, None, text);
            }
            RunEvent::LoopResolved { .. } => {
                let text = format!("{task} may be opened by rules again.");
                self.of_task(id, Verb::IssueResolved, None, None, text);
            }
            RunEvent::IssueReported { .. } => {
                self.of_task(
                    id,
                    Verb::IssueReported,
                    None,
                    None,
                    format!("An issue with {task} was reported."),
                );
            }
            RunEvent::IssueResolved { .. } => {
                self.of_task(
                    id,
                    Verb::IssueResolved,
                    None,
                    None,
                    format!("An issue with {task} was resolved."),
                );
            }
            RunEvent::DueSoon { deadline: at, .. } => {
                let text = format!("{task} is due soon, at {}.", deadline(*at));
                self.of_task(id, Verb::Emitted, Some("deadline"), None, text);
            }
            RunEvent::Overdue { deadline: at, .. } => {
                let text = format!("{task} is overdue since {}.", deadline(*at));
                self.of_task(id, Verb::Emitted, Some("deadline"), None, text);
            }
            RunEvent::ActionSkipped { why, .. } => {
                let why = match why {
                    Skipped::TooManyAssignees => "there would be too many assignees",
                    Skipped::NobodyNamed => "nobody is named",
                    Skipped::NoDate => "there is no date to count from",
                };
                let text = format!("{task} was not changed{by}: {why}.");
                self.of_task(id, Verb::Emitted, Some("automated_actions"), None, text);
            }
            _ => {}
        }
    }
}

fn done(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Completed => "was completed",
        Verdict::Approved => "was approved",
        Verdict::Rejected => "was rejected",
        Verdict::Acknowledged => "was acknowledged",
        Verdict::Expired => "ran out",
        Verdict::Sent => "was sent",
    }
}

/// The row about something that the engine does not know of.
pub(super) fn updated(process: &Process, field: &'static str, old_value: Option<String>) -> Event {
    of_process(process, Verb::Updated, Some(field), old_value, "was changed")
}

/// The row about a process that is gone.
pub(super) fn deleted(process: &Process) -> Event {
    of_process(process, Verb::Deleted, None, None, "was deleted")
}

fn of_process(
    process: &Process,
    verb: Verb,
    field: Option<&'static str>,
    old_value: Option<String>,
    what: &str,
) -> Event {
    let state = process.run.state();
    let text = format!("Process “{}” {what}.", short(&state.name));
    Event { entity: EntityKind::Run, entity_id: state.id.to_string(), verb, field, old_value, text }
}
