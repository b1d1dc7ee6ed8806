//! Where a task stands and what was done with it, in sentences.

use hospes_model::activity::Verb;
use hospes_model::task::{Completer, TaskType};
use hospes_model::workflow::{Person, StepBase, Verdict};
use hospes_model::workplace::sight::{Barrier, Doing, Look};
use hospes_store::workplace::history::Deed;
use hospes_store::workplace::sight::Seen;
use jiff::Timestamp;

use super::found::Found;
use crate::text::{Due, Text};
use crate::workplace::tasks::due_class;

/// Where the task stands, in words.
pub(super) fn state(seen: &Seen, text: &Text, now: Timestamp) -> (String, &'static str) {
    let (done, started, deadline) = match seen {
        Seen::OneOff(task) => (task.completion.as_ref().map(|done| done.at), task.started_at, task.deadline),
        Seen::OfRun(of) => match of.process.run.state().tasks.get(of.place) {
            Some(task) => (task.completion.as_ref().map(|done| done.at), task.started_at, task.due.at()),
            None => (None, now, None),
        },
    };
    standing((done, started, deadline), text, now)
}

/// The same, of when the task was done, when it begins and when it is due.
pub(super) fn standing(
    (done, started, deadline): (Option<Timestamp>, Timestamp, Option<Timestamp>),
    text: &Text,
    now: Timestamp,
) -> (String, &'static str) {
    match (done, deadline) {
        (Some(at), _) => (text.say_of("done-on", "date", &text.date_time(at)), "done"),
        (None, _) if started > now => (text.say_of("starts-on", "date", &text.date(started)), ""),
        (None, Some(at)) => (text.due(at, now), due_class(Due::of(text, at, now))),
        (None, None) => (text.say("no-deadline"), ""),
    }
}

/// What else is to be said about where it stands.
pub(super) fn notes(seen: &Seen, look: &Look, found: &Found, text: &Text, now: Timestamp) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(outcome) = outcome(seen, found, text) {
        notes.push(outcome);
    }
    let barrier = [Doing::Save, Doing::Complete].iter().find_map(|doing| look.allows(*doing).err());
    match barrier {
        Some(Barrier::NotOwn) => notes.push(text.say("note-public")),
        Some(Barrier::RunComplete) => notes.push(text.say("note-run-complete")),
        Some(Barrier::PartDone) => notes.push(text.say("note-part-done")),
        Some(Barrier::Frozen) => notes.push(text.say("note-frozen")),
        Some(Barrier::Issue) => notes.push(text.say("note-issue")),
        Some(Barrier::Draft) => notes.push(text.say("note-draft")),
        _ => {}
    }
    if let Seen::OfRun(of) = seen
        && let Some(task) = of.process.run.state().tasks.get(of.place)
        && let Some(step) = of.process.run.step_of(of.place)
        && task.completion.is_none()
    {
        let waits = step.deadline.is_some_and(|deadline| matches!(deadline.base, StepBase::Step(_)));
        if task.due.at().is_none() && waits {
            notes.push(text.say("note-deadline-later"));
        }
        if step.task_type == TaskType::Expiring && task.due.at().is_some_and(|at| at > now) {
            notes.push(text.say("note-expiring"));
        }
    }
    notes
}

/// Who completed it, and how; for guests by name where they may know it.
fn outcome(seen: &Seen, found: &Found, text: &Text) -> Option<String> {
    let verdict = match seen {
        Seen::OneOff(task) => {
            let done = task.completion.as_ref()?;
            if let Completer::Guest { .. } = done.by
                && found.deeds.iter().any(|deed| deed.verb == Verb::Completed && deed.at == done.at)
            {
                return Some(text.say("outcome-by-you"));
            }
            match (task.task_type, task.is_approved) {
                (TaskType::Approval, Some(true)) => Verdict::Approved,
                (TaskType::Approval, _) => Verdict::Rejected,
                _ => return None,
            }
        }
        Seen::OfRun(of) => {
            let done = of.process.run.state().tasks.get(of.place)?.completion.as_ref()?;
            match done.verdict {
                Verdict::Completed
                    if matches!(done.by, Some(Person::Guest(_)))
                        && found
                            .deeds
                            .iter()
                            .any(|deed| deed.verb == Verb::Completed && deed.at == done.at) =>
                {
                    return Some(text.say("outcome-by-you"));
                }
                verdict => verdict,
            }
        }
    };
    match verdict {
        Verdict::Completed => None,
        Verdict::Approved => Some(text.say("outcome-approved")),
        Verdict::Rejected => Some(text.say("outcome-rejected")),
        Verdict::Acknowledged => Some(text.say("outcome-acknowledged")),
        Verdict::Expired => Some(text.say("outcome-expired")),
        Verdict::Sent => Some(text.say("outcome-sent")),
    }
}

/// The guest's own history in words; saves that follow each other are told once.
pub(super) fn told(deeds: &[Deed], text: &Text) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for deed in deeds {
        let sentence = match deed.verb {
            Verb::Completed => text.say("deed-completed"),
            Verb::OwnersUpdated => text.say("deed-added"),
            Verb::IssueReported => text.say("deed-reported"),
            Verb::Updated
                if deed
                    .field
                    .as_deref()
                    .is_some_and(|field| ["parts", "completion_progress"].contains(&field)) =>
            {
                text.say("deed-part")
            }
            Verb::Updated
                if deed
                    .field
                    .as_deref()
                    .is_some_and(|field| ["taskdata", "form_fields"].contains(&field)) =>
            {
                text.say("deed-saved")
            }
            _ => continue,
        };
        if rows.last().is_none_or(|(last, _)| *last != sentence) {
            rows.push((sentence, text.date_time(deed.at)));
        }
    }
    rows
}
