//! The one permission function for guests: what a guest may see of a task, and
//! do with it (`product.md` 1.7, 1.8, 1.20; `trust.md` 2).
//!
//! Pages, JSON, mail and downloads all ask [`Look::allows`]. What it depends on is
//! gathered into a [`Look`], by [`Look::at_task`] for one-off tasks and by
//! [`Look::at_task_of_run`] for tasks of processes. The workflow engine refuses
//! the same things again when it is asked to change something.

use crate::email::EmailAddress;
use crate::ids::GuestKey;
use crate::run::Process;
use crate::task::{Task, TaskType};
use crate::workflow::{Directory, Person, RunProgress};

/// What a guest wants with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doing {
    /// Know that it is there: read it, its form, its files; be told of it.
    See,
    /// Fill in its form.
    Save,
    /// Complete, approve, reject, acknowledge or send it.
    Complete,
    /// Put another guest beside oneself (D5).
    Delegate,
    /// Say something about it.
    Comment,
    /// Report an issue (D3).
    Report,
    /// Add a file.
    Upload,
    /// Remove a file.
    DeleteFile {
        /// Whether the guest uploaded it.
        own: bool,
    },
}

impl Doing {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::See,
        Self::Save,
        Self::Complete,
        Self::Delegate,
        Self::Comment,
        Self::Report,
        Self::Upload,
        Self::DeleteFile { own: true },
        Self::DeleteFile { own: false },
    ];
}

/// How a guest stands to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// They are on it, by themselves or in a group.
    Own,
    /// They have another task, which they may see, in the same public process.
    Public,
    /// None.
    Stranger,
}

/// Everything about a guest and a task that a permission depends on.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Look {
    /// How the guest stands to it.
    pub relation: Relation,
    /// Whether the guest is disabled.
    pub disabled: bool,
    /// Whether the task is hidden.
    pub hidden: bool,
    /// Whether it is archived, alone or with its process.
    pub archived: bool,
    /// Whether it is complete.
    pub complete: bool,
    /// Whether everyone must complete it, the guest has, and others have not.
    pub part_done: bool,
    /// Whether its process is complete.
    pub run_complete: bool,
    /// Whether an issue about the whole process is open.
    pub frozen: bool,
    /// Whether an issue about the task is open.
    pub issue: bool,
    /// Whether guests may not comment on it.
    pub silent: bool,
    /// What completing it means.
    pub kind: TaskType,
}

/// Why something is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Barrier {
    /// The guest must not learn that the task is there: for them it is not.
    Unknown,
    /// It is somebody else's, there to be read.
    NotOwn,
    /// The process is complete (D2).
    RunComplete,
    /// The task is complete.
    Complete,
    /// The guest's part is done; those of others are missing.
    PartDone,
    /// An issue about the process is open.
    Frozen,
    /// An issue about the task is open.
    Issue,
    /// Guests may not comment on it.
    Silent,
    /// Drafts of mails are for members to send.
    Draft,
    /// Somebody else uploaded the file.
    ForeignFile,
}

impl Look {
    /// What is known before anything else: an open task that is nobody's concern.
    fn new(relation: Relation, kind: TaskType, disabled: bool) -> Self {
        Self {
            relation,
            disabled,
            hidden: false,
            archived: false,
            complete: false,
            part_done: false,
            run_complete: false,
            frozen: false,
            issue: false,
            silent: false,
            kind,
        }
    }

    /// A guest looks at a one-off task.
    pub fn at_task(task: &Task, guest: GuestKey, disabled: bool) -> Self {
        let own = task.owners.guests.iter().find(|owner| owner.key == guest);
        let relation = if own.is_some() { Relation::Own } else { Relation::Stranger };
        let others_missing = task.progress().is_some_and(|progress| progress.complete < progress.total);
        Self {
            archived: task.archived_at.is_some(),
            complete: task.completion.is_some(),
            part_done: others_missing && own.is_some_and(|owner| owner.completed_at.is_some()),
            issue: task.problem,
            silent: task.prevent_guest_comment,
            ..Self::new(relation, task.task_type, disabled)
        }
    }

    /// A guest looks at the task at a place of a process. `None` where there is
    /// none.
    pub fn at_task_of_run(
        process: &Process,
        place: usize,
        guest: &EmailAddress,
        disabled: bool,
        directory: &Directory,
    ) -> Option<Self> {
        let run = &process.run;
        let (state, step) = (run.state(), run.step_of(place)?);
        let task = state.tasks.get(place)?;
        let person = Person::Guest(guest.clone());
        let relation = if task.assignees.has(&person, directory) {
            Relation::Own
        } else if process.about.is_public && run.tasks_of_guest(guest, directory).next().is_some() {
            Relation::Public
        } else {
            Relation::Stranger
        };
        let done = |wanted: &Person| task.parts.iter().any(|part| part.person.is_same(wanted));
        let others_missing = !task.assignees.required(directory).iter().all(done);
        Some(Self {
            hidden: task.visibility.hidden,
            archived: state.archived_at.is_some(),
            complete: task.completion.is_some(),
            part_done: step.needs_everyone() && done(&person) && others_missing,
            run_complete: state.completed_at.is_some(),
            frozen: !state.issues.is_empty(),
            issue: !task.issues.is_empty(),
            silent: step.prevent_guest_comment,
            ..Self::new(relation, step.task_type, disabled)
        })
    }

    /// How far a process has come, as a guest sees it: what they may not know of
    /// is counted nowhere (`product.md` 1.20, 8).
    pub fn progress(
        process: &Process,
        guest: &EmailAddress,
        disabled: bool,
        directory: &Directory,
    ) -> RunProgress {
        let places = 0..process.run.state().tasks.len();
        let looks = places.filter_map(|at| Self::at_task_of_run(process, at, guest, disabled, directory));
        let seen = looks.filter(Self::is_seen);
        seen.fold(RunProgress { complete: 0, total: 0 }, |progress, look| RunProgress {
            complete: progress.complete + usize::from(look.complete),
            total: progress.total + 1,
        })
    }

    /// Whether the guest may, or why not.
    pub fn allows(&self, doing: Doing) -> Result<(), Barrier> {
        if self.disabled || self.hidden || self.archived || self.relation == Relation::Stranger {
            return Err(Barrier::Unknown);
        }
        if doing == Doing::See {
            return Ok(());
        }
        if self.relation != Relation::Own {
            return Err(Barrier::NotOwn);
        }
        // What is wrong can be told of as long as it can be read (D3).
        if self.run_complete && doing != Doing::Report {
            return Err(Barrier::RunComplete);
        }
        match doing {
            Doing::Comment if self.silent => return Err(Barrier::Silent),
            Doing::See | Doing::Report | Doing::Comment => return Ok(()),
            Doing::DeleteFile { own: false } => return Err(Barrier::ForeignFile),
            Doing::Save | Doing::Complete | Doing::Delegate | Doing::Upload | Doing::DeleteFile { .. } => {}
        }
        if self.complete {
            return Err(Barrier::Complete);
        }
        if self.frozen {
            return Err(Barrier::Frozen);
        }
        if doing != Doing::Complete {
            return Ok(());
        }
        match () {
            () if self.issue => Err(Barrier::Issue),
            () if self.kind == TaskType::Email => Err(Barrier::Draft),
            () if self.part_done => Err(Barrier::PartDone),
            () => Ok(()),
        }
    }

    /// Whether the guest may know of the task.
    pub fn is_seen(&self) -> bool {
        self.allows(Doing::See).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::testing::{at, task};
    use crate::task::{Completer, Completion};

    /// Every look that there can be.
    fn all() -> impl Iterator<Item = Look> {
        let relations = [Relation::Own, Relation::Public, Relation::Stranger];
        relations.into_iter().flat_map(|relation| {
            TaskType::ALL.iter().flat_map(move |kind| {
                (0..1u16 << 9).map(move |bits| {
                    let bit = |place: u16| bits & (1 << place) != 0;
                    Look {
                        relation,
                        disabled: bit(0),
                        hidden: bit(1),
                        archived: bit(2),
                        complete: bit(3),
                        part_done: bit(4),
                        run_complete: bit(5),
                        frozen: bit(6),
                        issue: bit(7),
                        silent: bit(8),
                        kind: *kind,
                    }
                })
            })
        })
    }

    #[test]
    fn whatever_a_guest_may_not_know_of_they_may_not_touch_nor_hear_of() {
        for look in all() {
            let unknown =
                look.disabled || look.hidden || look.archived || look.relation == Relation::Stranger;
            assert_eq!(look.is_seen(), !unknown, "{look:?}");
            for doing in Doing::ALL {
                let answer = look.allows(*doing);
                // Nothing but "there is no such task" is said of what is not seen.
                assert_eq!(answer == Err(Barrier::Unknown), unknown, "{look:?} {doing:?}");
            }
        }
    }

    #[test]
    fn others_tasks_and_complete_processes_are_there_to_be_read() {
        for look in all().filter(|look| look.relation != Relation::Own || look.run_complete) {
            for doing in Doing::ALL.iter().filter(|doing| **doing != Doing::See) {
                let reported = look.is_seen() && look.relation == Relation::Own && *doing == Doing::Report;
                assert_eq!(look.allows(*doing).is_ok(), reported, "{look:?} {doing:?}");
            }
        }
    }

    #[test]
    fn a_complete_or_frozen_task_can_be_talked_about_and_not_worked_on() {
        let open = Look::new(Relation::Own, TaskType::Task, false);
        for doing in Doing::ALL.iter().filter(|doing| **doing != Doing::DeleteFile { own: false }) {
            assert_eq!(open.allows(*doing), Ok(()), "{doing:?}");
        }
        assert_eq!(open.allows(Doing::DeleteFile { own: false }), Err(Barrier::ForeignFile));
        for (look, barrier) in [
            (Look { complete: true, ..open }, Barrier::Complete),
            (Look { frozen: true, ..open }, Barrier::Frozen),
        ] {
            for doing in [
                Doing::Save,
                Doing::Complete,
                Doing::Delegate,
                Doing::Upload,
                Doing::DeleteFile { own: true },
            ] {
                assert_eq!(look.allows(doing), Err(barrier), "{doing:?}");
            }
            assert_eq!((look.allows(Doing::Comment), look.allows(Doing::Report)), (Ok(()), Ok(())));
        }
    }

    #[test]
    fn what_keeps_a_task_from_being_completed_only() {
        let open = Look::new(Relation::Own, TaskType::Task, false);
        for (look, barrier) in [
            (Look { issue: true, ..open }, Barrier::Issue),
            (Look { part_done: true, ..open }, Barrier::PartDone),
            (Look { kind: TaskType::Email, ..open }, Barrier::Draft),
        ] {
            assert_eq!(look.allows(Doing::Complete), Err(barrier));
            assert_eq!(look.allows(Doing::Save), Ok(()));
        }
        let silent = Look { silent: true, ..open };
        assert_eq!(silent.allows(Doing::Comment), Err(Barrier::Silent));
        assert_eq!(silent.allows(Doing::Report), Ok(()));
    }

    #[test]
    fn a_one_off_task_is_its_own_guests_until_it_is_archived() {
        let mut task = task(&[1], &[1, 2]);
        task.everyone_must_complete = true;
        let [first, second] = [0, 1].map(|place: usize| task.owners.guests[place].key);
        let stranger = GuestKey::new(crate::ids::OrgNo::new(1).unwrap(), 9);
        assert_eq!(Look::at_task(&task, stranger, false).relation, Relation::Stranger);
        assert!(Look::at_task(&task, first, false).allows(Doing::Complete).is_ok());
        task.owners.guests[0].completed_at = Some(at(1));
        assert_eq!(Look::at_task(&task, first, false).allows(Doing::Complete), Err(Barrier::PartDone));
        assert!(Look::at_task(&task, second, false).allows(Doing::Complete).is_ok());
        assert!(!Look::at_task(&task, second, true).is_seen());
        let by = Completer::Guest { code: task.owners.guests[0].code.clone(), email: String::new() };
        task.completion = Some(Completion { at: at(2), by });
        assert_eq!(Look::at_task(&task, second, false).allows(Doing::Save), Err(Barrier::Complete));
        task.archived_at = Some(at(3));
        assert!(!Look::at_task(&task, second, false).is_seen());
    }
}
