//! What holds of every process, whatever its template says and whatever is
//! done to it.
//!
//! That the events rebuild the state, that a refusal leaves it as it was, and
//! that what is told is what changed is looked at after every command that any
//! test plays: see [`Play::try_do`].

use std::collections::{BTreeMap, BTreeSet};

use hospes_model::TaskId;
use hospes_model::member::Role;
use hospes_model::task::TaskType;
use hospes_model::workflow::*;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::generate::{Draw, Story, some_command, somebody, stories};
use crate::support::*;

/// A process on the way, and what was seen of it.
struct Watch {
    play: Play,
    launched: Vec<TaskId>,
    pinned: BTreeSet<TaskId>,
    /// What people wanted to be seen, or not, when they last said so.
    wanted: BTreeMap<TaskId, bool>,
}

fn start(template: &Blueprint) -> Watch {
    let (play, outcome) = launched(template.clone(), |_| {}).unwrap();
    let launched = play.run.state().tasks.iter().map(|task| task.id).collect();
    let mut watch = Watch { play, launched, pinned: BTreeSet::new(), wanted: BTreeMap::new() };
    watch.note(&outcome).unwrap();
    watch.always().unwrap();
    watch
}

impl Watch {
    /// One command, and the same one again.
    fn wish(&mut self, draw: &Draw) -> Result<(), TestCaseError> {
        self.play.now += i64::from(draw[0]) * 300;
        let by = somebody(draw[6]);
        let timers = self.play.run.wanted_timers();
        let due = timers.iter().find(|timer| timer.at <= at(self.play.now));
        let (by, command) = match due.filter(|_| draw[7].is_multiple_of(2)) {
            Some(timer) => (By::Clock, Command::TimerFired(*timer)),
            None => (by, some_command(&self.play.run, draw)),
        };
        let before = self.play.clone();
        let Ok(outcome) = self.play.try_do(&by, command.clone()) else { return Ok(()) };
        if let Command::SetVisible { task, visible } = command {
            self.wanted.insert(task, visible);
        }
        self.note(&outcome)?;
        self.is_bounded(&outcome)?;
        self.no_approval_is_passed_over(&before, &by, &command, &outcome)?;
        self.always()?;
        let after = self.play.run.clone();
        self.play.now -= 1;
        if let Ok(again) = self.play.try_do(&by, command.clone()) {
            let changes = again.events.iter().filter(|recorded| recorded.event.changes_state()).count();
            prop_assert_eq!(changes, 0, "{:?} again: {:?}", command, again.events);
        }
        prop_assert_eq!(&self.play.run, &after);
        Ok(())
    }

    /// No rule shows or hides what a person did before.
    fn note(&mut self, outcome: &Outcome) -> Result<(), TestCaseError> {
        for recorded in &outcome.events {
            if let RunEvent::VisibilityChanged { task, visibility } = &recorded.event {
                if visibility.by == Decider::Person {
                    self.pinned.insert(*task);
                } else {
                    prop_assert!(!self.pinned.contains(task), "a rule overruled a person");
                }
            }
        }
        Ok(())
    }

    /// Rules read in rounds: one for the command and one for each task that
    /// was opened again.
    fn is_bounded(&self, outcome: &Outcome) -> Result<(), TestCaseError> {
        let rules = &self.play.run.snapshot().blueprint().automated_actions;
        let actions: usize = rules.iter().map(|rule| rule.actions.len()).sum();
        let tasks = self.play.run.state().tasks.len();
        let bound = (tasks + 1) * (actions * (tasks + 1) + 4);
        prop_assert!(outcome.events.len() <= bound, "{} events", outcome.events.len());
        let mut opened = BTreeMap::new();
        for recorded in &outcome.events {
            if let RunEvent::Reopened { task, .. } = recorded.event {
                *opened.entry(task).or_insert(0) += 1;
            }
        }
        prop_assert!(opened.values().all(|times| *times == 1), "a task was opened twice");
        Ok(())
    }

    /// An approval is complete only when somebody who may said yes or no, and
    /// where everyone must, when everyone did or an administrator said so.
    fn no_approval_is_passed_over(
        &self,
        before: &Play,
        by: &By,
        command: &Command,
        outcome: &Outcome,
    ) -> Result<(), TestCaseError> {
        for recorded in &outcome.events {
            let RunEvent::Completed { task, completion } = &recorded.event else { continue };
            let place = self.play.run.place(*task).unwrap();
            let step = self.play.run.step_of(place).unwrap();
            prop_assert_eq!(recorded.cause, Cause::Command, "rules complete nothing");
            let old = &before.run.state().tasks[place];
            prop_assert!(old.is_open() && old.issues.is_empty(), "hidden, finished and troubled tasks stay");
            for field in &step.captures {
                let filled = old.answers.get(&field.id());
                let by_clock = completion.by.is_none();
                prop_assert!(by_clock || field.missing(filled).is_none(), "a required field is missing");
            }
            if step.task_type != TaskType::Approval {
                continue;
            }
            let Command::Complete { approved: Some(approved), .. } = command else {
                prop_assert!(false, "completed by {:?}", command);
                continue;
            };
            prop_assert!(completion.by.is_some());
            let parts = &self.play.task_at(place).parts;
            if step.everyone_must_complete {
                let is_admin = matches!(by, By::Member(actor) if actor.role == Role::Admin);
                let required = old.assignees.required(&before.directory);
                let done = |person: &Person| parts.iter().any(|part| part.person.is_same(person));
                prop_assert!(is_admin || required.iter().all(done), "somebody was passed over");
            }
            let rejected = !approved || parts.iter().any(|part| part.approved == Some(false));
            let verdict = if rejected { Verdict::Rejected } else { Verdict::Approved };
            prop_assert_eq!(completion.verdict, verdict);
        }
        Ok(())
    }

    /// What holds at any time.
    fn always(&self) -> Result<(), TestCaseError> {
        let run = &self.play.run;
        let (state, steps) = (run.state(), run.snapshot().steps());
        let ids: Vec<TaskId> = state.tasks.iter().map(|task| task.id).collect();
        prop_assert!(ids.starts_with(&self.launched), "a task was lost");
        prop_assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        prop_assert!(self.launched.len() == steps.len());

        let (mut total, mut complete) = (0, 0);
        for task in state.tasks.iter().filter(|task| !task.visibility.hidden) {
            total += 1;
            complete += usize::from(task.completion.is_some());
        }
        let progress = run.progress();
        prop_assert_eq!(progress, RunProgress { complete, total });
        let all_done = total > 0 && complete == total;
        prop_assert_eq!(progress.percent() == 100, all_done);
        prop_assert!(progress.percent() <= 100);
        let form = run.prerun_fields().is_empty() || state.prerun_completed.is_some();
        prop_assert_eq!(state.completed_at.is_some(), all_done && form);
        if form {
            for field in run.prerun_fields() {
                prop_assert!(field.missing(state.prerun.get(&field.id())).is_none());
            }
        }
        for (place, task) in state.tasks.iter().enumerate() {
            self.of_task(place, task)?;
        }
        for email in [guest(CARL), guest(DORA)] {
            for task in run.tasks_of_guest(&email, &self.play.directory) {
                prop_assert!(!task.visibility.hidden && state.archived_at.is_none());
                let person = Person::Guest(email.clone());
                prop_assert!(task.assignees.has(&person, &self.play.directory));
            }
        }
        self.of_timers()
    }

    fn of_task(&self, place: usize, task: &RunTask) -> Result<(), TestCaseError> {
        prop_assert!(task.completion.is_none() || !task.visibility.hidden, "finished work is never hidden");
        if let (Decider::Rule(rule), true) = (task.visibility.by, task.visibility.hidden) {
            let rules = &self.play.run.snapshot().blueprint().automated_actions;
            let rule = rules.iter().find(|other| other.id == rule).unwrap();
            let own = self.play.run.step_of(place).unwrap().id;
            let hides =
                |action: &Action| matches!(action, Action::Visibility { step, show: false } if *step == own);
            prop_assert!(rule.actions.iter().any(hides), "hidden by a rule that says nothing of it");
        }
        self.of_visibility(place, task)?;
        // Counted by hand, not as the engine does.
        let directory = &self.play.directory;
        let groups = task.assignees.people.groups().iter().filter_map(|id| directory.groups.get(id));
        let mut guests = task.assignees.people.guests().len();
        let mut members: Vec<_> = task.assignees.people.users().to_vec();
        members.extend(task.assignees.chaperone);
        for group in groups {
            guests += group.guests.len();
            members.extend(&group.members);
        }
        members.retain(|id| directory.is_active(*id));
        prop_assert!(guests == 0 || !members.is_empty(), "a guest is alone on {}", place + 1);
        prop_assert!(task.rule_reopens <= MAX_RULE_REOPENS);
        self.of_deadline(place, task)
    }

    /// What a person wanted holds; what nobody touched is as the template says.
    fn of_visibility(&self, place: usize, task: &RunTask) -> Result<(), TestCaseError> {
        if let Some(visible) = self.wanted.get(&task.id) {
            let expected = Visibility { hidden: !visible, by: Decider::Person };
            prop_assert_eq!(task.visibility, expected);
        } else if task.visibility.by == Decider::Template && place < self.launched.len() {
            let template = self.play.run.snapshot().blueprint();
            let step = &template.steps[place];
            let mut actions = template.automated_actions.iter().flat_map(|rule| &rule.actions);
            let is_shown = actions.any(|action| *action == Action::Visibility { step: step.id, show: true });
            prop_assert_eq!(task.visibility.hidden, step.hidden_by_default || is_shown);
        }
        Ok(())
    }

    /// The plan of an open task is what its step says, as things are.
    fn of_deadline(&self, place: usize, task: &RunTask) -> Result<(), TestCaseError> {
        let run = &self.play.run;
        let Some(step) = run.snapshot().steps().get(place) else { return Ok(()) };
        if task.due.is_by_hand() || task.completion.is_some() {
            return Ok(());
        }
        let planned = step.deadline.and_then(|deadline| {
            let from = match deadline.base {
                StepBase::Launch => Some(run.state().launched_at),
                StepBase::Step(base) => {
                    let base = &run.state().tasks[run.snapshot().step_place(base).unwrap()];
                    match deadline.direction {
                        Direction::From => base.completion.as_ref().map(|completion| completion.at),
                        Direction::Before => base.due.at(),
                    }
                }
            };
            from.map(|from| self.play.calendar.deadline(from, deadline.offset, deadline.direction))
        });
        prop_assert_eq!(task.due.plan(), planned, "step {}", place + 1);
        Ok(())
    }

    /// What is stored reads back as it was.
    fn of_storage(&self) {
        let state = serde_json::to_string(self.play.run.state()).unwrap();
        assert_eq!(serde_json::from_str::<RunState>(&state).unwrap(), *self.play.run.state());
        let log = serde_json::to_string(&self.play.log).unwrap();
        assert_eq!(serde_json::from_str::<Vec<RunEvent>>(&log).unwrap(), self.play.log);
        let blueprint = self.play.run.snapshot().blueprint();
        let text = serde_json::to_string(blueprint).unwrap();
        assert_eq!(serde_json::from_str::<Blueprint>(&text).unwrap(), *blueprint);
    }

    fn of_timers(&self) -> Result<(), TestCaseError> {
        let timers = self.play.run.wanted_timers();
        let distinct: BTreeSet<_> = timers.iter().map(|timer| (timer.task, timer.kind)).collect();
        prop_assert_eq!(distinct.len(), timers.len());
        for timer in timers {
            let task = self.play.run.task(timer.task).unwrap();
            prop_assert!(task.is_open() && task.due.at().is_some_and(|deadline| timer.at <= deadline));
        }
        Ok(())
    }
}

impl Play {
    fn task_at(&self, place: usize) -> &RunTask {
        &self.run.state().tasks[place]
    }
}

/// More stories than usual: one takes a millisecond or two. The variable that
/// proptest reads makes it any number.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_none() { 2_000 } else { usual.cases };
    ProptestConfig { cases, failure_persistence: None, ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_happens_a_process_stays_whole(story in stories()) {
        let mut watch = start(&story.template);
        for wish in &story.wishes {
            watch.wish(wish)?;
        }
        watch.of_storage();
    }

    /// The clock alone, with rules that open tasks again: no task runs out
    /// twice, and people are told a bounded number of times.
    #[test]
    fn the_clock_alone_comes_to_an_end(story in stories()) {
        let mut template = story.template;
        for step in &mut template.steps {
            step.task_type = TaskType::Expiring;
            step.deadline = Some(StepDeadline {
                offset: span(1, Unit::Hours),
                direction: Direction::From,
                base: StepBase::Launch,
            });
        }
        let mut watch = start(&template);
        let bound = template.steps.len() * (usize::try_from(MAX_RULE_REOPENS).unwrap() + 4) * 3;
        let (mut fired, mut expired) = (0, 0);
        watch.play.now = 30 * DAY;
        while let Some(timer) = watch.play.run.wanted_timers().into_iter().find(|timer| timer.at <= at(watch.play.now)) {
            watch.play.does(&By::Clock, Command::TimerFired(timer));
            fired += 1;
            expired += usize::from(timer.kind == TimerKind::Expire);
            prop_assert!(fired <= bound, "{fired} timers");
            prop_assert!(expired <= template.steps.len(), "{expired} of {} ran out", template.steps.len());
        }
        watch.always()?;
    }

    /// Somebody who completes whatever is open, with rules that open tasks
    /// again: that stops too.
    #[test]
    fn diligence_alone_comes_to_an_end(story in stories()) {
        let Watch { play, .. } = start(&story.template);
        let (mut run, by) = (play.run.clone(), admin());
        let context = Context {
            at: at(1),
            by: &by,
            calendar: &play.calendar,
            directory: &play.directory,
            policy: play.policy,
        };
        let mut left = run.state().tasks.len() * (usize::try_from(MAX_RULE_REOPENS).unwrap() + 1);
        let ids: Vec<TaskId> = run.state().tasks.iter().map(|task| task.id).collect();
        let mut complete_one = || {
            ids.iter().any(|task| {
                let approved = Some(task.as_bytes()[15].is_multiple_of(2));
                run.handle(&Command::Complete { task: *task, approved, on_behalf_of: None }, context).is_ok()
            })
        };
        while complete_one() {
            prop_assert!(left > 0, "it goes on and on");
            left -= 1;
        }
    }

    /// Checking ends and names places, whatever numbers a template is made of.
    #[test]
    fn random_references_are_refused_by_their_path(
        story in stories(),
        wrong in any::<[usize; 6]>(),
    ) {
        let Story { mut template, .. } = story;
        let n = template.steps.len();
        template.steps[wrong[0] % n].deadline = Some(StepDeadline {
            offset: span(1, Unit::Days),
            direction: Direction::From,
            base: StepBase::Step(step_id(1 + wrong[1] % (n + 2))),
        });
        template.automated_actions.push(rule(
            500,
            when_step(1 + wrong[2] % (n + 2), StepOperation::Completed),
            vec![show(1 + wrong[3] % (n + 2))],
        ));
        let (from, base, asked, shown) = (wrong[0] % n, wrong[1] % (n + 2), wrong[2] % (n + 2), wrong[3] % (n + 2));
        let rule = template.automated_actions.len() - 1;
        let result = Snapshot::new(template);
        let named = match &result {
            Ok(_) => Vec::new(),
            Err(refusal) => faults(refusal.clone()),
        };
        let deadline = format!("steps.{from}.deadline.step");
        if base >= from {
            prop_assert!(named.contains(&deadline));
        }
        prop_assert_eq!(asked >= n, named.contains(&format!("automated_actions.{rule}.conditions.0.conditionable_id")));
        prop_assert_eq!(shown >= n, named.contains(&format!("automated_actions.{rule}.then_actions.0.target_step_id")));
    }
}

#[test]
fn the_stories_are_interesting() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..300 {
        let story = stories().new_tree(&mut runner).unwrap().current();
        let mut watch = start(&story.template);
        for wish in &story.wishes {
            watch.wish(wish).unwrap();
        }
        for event in &watch.play.log {
            let word = match event {
                RunEvent::VisibilityChanged {
                    visibility: Visibility { hidden, by: Decider::Rule(_) },
                    ..
                } => {
                    if *hidden {
                        "rule hides"
                    } else {
                        "rule shows"
                    }
                }
                RunEvent::Reopened { rule_reopens: 1.., .. } => "rule reopens",
                RunEvent::DeadlineChanged { .. } => "deadline moves",
                RunEvent::AssigneesChanged { reason: Some(_), .. } => "chaperone",
                RunEvent::AssigneesChanged { .. } => "people change",
                RunEvent::PartDone { .. } => "part",
                RunEvent::Completed { completion, .. } => match completion.verdict {
                    Verdict::Approved => "approved",
                    Verdict::Rejected => "rejected",
                    Verdict::Expired => "expired",
                    _ if matches!(completion.by, Some(Person::Guest(_))) => "guest completes",
                    _ => "completes",
                },
                RunEvent::RunCompleted { .. } => "done",
                RunEvent::ActionSkipped { .. } => "skipped",
                _ => continue,
            };
            *seen.entry(word).or_default() += 1;
        }
    }
    println!("{seen:#?}");
    for word in [
        "rule hides",
        "rule shows",
        "rule reopens",
        "deadline moves",
        "chaperone",
        "people change",
        "part",
        "approved",
        "rejected",
        "expired",
        "guest completes",
        "completes",
        "done",
        "skipped",
    ] {
        assert!(seen.get(word).is_some_and(|times| *times >= 10), "{word}: {seen:?}");
    }
}
