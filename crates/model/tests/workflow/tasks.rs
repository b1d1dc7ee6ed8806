//! Completing, reopening, filling in, issues, archives: what is refused, and
//! what it leads to.

use hospes_model::Refusal;
use hospes_model::TaskId;
use hospes_model::task::TaskType;
use hospes_model::task::form::FieldType;
use hospes_model::workflow::*;

use crate::support::*;

fn complete(play: &Play, step: usize) -> Command {
    Command::Complete { task: play.id(step), approved: None, on_behalf_of: None }
}

fn for_carl() -> Step {
    Step { people: guests(&[CARL]), ..task(1) }
}

#[test]
fn verdicts_of_every_type() {
    for (kind, approved, verdict, is_approved, label) in [
        (TaskType::Task, None, Verdict::Completed, false, "Completed"),
        (TaskType::Approval, Some(true), Verdict::Approved, true, "Approved"),
        (TaskType::Approval, Some(false), Verdict::Rejected, false, "Rejected"),
        (TaskType::Expiring, None, Verdict::Acknowledged, true, "Acknowledged"),
        (TaskType::Email, None, Verdict::Sent, false, "Sent"),
        (TaskType::ExpiringEmail, None, Verdict::Sent, false, "Sent"),
    ] {
        let mut play = play(blueprint(vec![step(1, kind)]));
        assert_eq!(play.task(1).is_approved(), Some(false));
        let task = play.id(1);
        play.does(&ann(), Command::Complete { task, approved, on_behalf_of: None });
        let done = play.task(1);
        assert_eq!(done.completion.as_ref().unwrap().verdict, verdict);
        assert_eq!((done.is_approved(), done.status_label(at(9))), (Some(is_approved), label));
        assert_eq!(play.run.status(), RunStatus::Complete);
        play.reopen(&ann(), 1);
        assert_eq!((play.task(1).is_approved(), play.task(1).status(at(9))), (None, Status::InProgress));
        assert_eq!((play.run.status(), play.run.state().completed_at), (RunStatus::Active, None));
    }
}

#[test]
fn what_keeps_a_task_from_being_completed_is_named() {
    let fields = [required(text_field(1)), required(text_field(2)), text_field(3)];
    let mut play = play(blueprint(vec![with(step(1, TaskType::Approval), &fields), task(2)]));
    let missing =
        ["is_approved".to_owned()].into_iter().chain([1, 2].map(|n| format!("taskdata.{}", field_id(n))));
    let refusal = play.try_do(&ann(), complete(&play.clone(), 1)).unwrap_err();
    assert_eq!(faults(refusal), missing.collect::<Vec<_>>());
    play.fill(&ann(), 1, 1, text("x"));
    play.fill(&ann(), 1, 2, text("y"));
    play.decide(&ann(), 1, true);
    let again = play.try_do(&ann(), complete(&play.clone(), 1)).unwrap_err();
    assert_eq!(faults(again), ["task_id"]);
    // Hidden, with an issue, unknown.
    let task = play.id(2);
    play.does(&ann(), Command::SetVisible { task, visible: false });
    assert_eq!(faults(play.try_do(&ann(), complete(&play.clone(), 2)).unwrap_err()), ["task_id"]);
    play.does(&ann(), Command::SetVisible { task, visible: true });
    play.does(&ann(), Command::ReportIssue { task: Some(task), thread: thread(1) });
    assert_eq!(faults(play.try_do(&ann(), complete(&play.clone(), 2)).unwrap_err()), ["task_id"]);
    let unknown = TaskId::new(1, [200; 10]);
    let command = Command::Complete { task: unknown, approved: None, on_behalf_of: None };
    assert_eq!(play.try_do(&ann(), command), Err(Refusal::NotFound));
}

#[test]
fn who_may_complete() {
    let restricted = Step { can_complete_only_assignees: true, people: users(&[EVE]), ..task(1) };
    let refused = |by: By, step: Step| {
        let mut play = play(blueprint(vec![step]));
        play.try_do(&by, complete(&play.clone(), 1)).err()
    };
    assert!(matches!(refused(ann(), restricted.clone()), Some(Refusal::Forbidden(_))));
    assert_eq!(refused(eve(), restricted.clone()), None);
    assert_eq!(refused(admin(), restricted.clone()), None);
    assert_eq!(refused(ann(), Step { people: users(&[EVE]), ..task(1) }), None);
    assert!(matches!(refused(bo(), task(1)), Some(Refusal::Forbidden(_))));
    assert_eq!(refused(bo(), Step { people: users(&[BO]), ..task(1) }), None);
    assert_eq!(refused(carl(), restricted), Some(Refusal::NotFound));
    assert_eq!(refused(carl(), for_carl()), None);
    let by_group =
        Step { can_complete_only_assignees: true, people: People::of_groups([group_id(1)]), ..task(1) };
    assert_eq!(refused(eve(), by_group.clone()), None);
    assert_eq!(refused(dora(), by_group), None);
}

#[test]
fn guests_send_no_drafts_but_mails_that_go_out_anyway() {
    let mail = |kind| Step { people: users(&[EVE]).with(&guests(&[CARL])), ..step(1, kind) };
    let mut draft = play(blueprint(vec![mail(TaskType::Email)]));
    assert!(matches!(draft.try_do(&carl(), complete(&draft.clone(), 1)), Err(Refusal::Forbidden(_))));
    draft.complete(&eve(), 1);
    play(blueprint(vec![mail(TaskType::ExpiringEmail)])).complete(&carl(), 1);
}

#[test]
fn completions_can_be_recorded_for_others() {
    let record = |by: By, person: Person| {
        let mut play = play(blueprint(vec![for_carl()]));
        let task = play.id(1);
        let outcome =
            play.try_do(&by, Command::Complete { task, approved: None, on_behalf_of: Some(person) });
        outcome.map(|_| play.task(1).completion.clone().unwrap().by)
    };
    let carl_himself = Person::Guest(guest(CARL));
    let loud = Person::Guest(guest("CARL@client.example"));
    assert_eq!(record(ann(), loud), Ok(Some(carl_himself.clone())));
    assert_eq!(record(ann(), Person::Member(member(EVE))), Ok(Some(Person::Member(member(EVE)))));
    assert_eq!(faults(record(ann(), Person::Member(member(66))).unwrap_err()), ["override_user"]);
    assert_eq!(faults(record(ann(), Person::Guest(guest(DORA))).unwrap_err()), ["override_guest"]);
    assert!(matches!(record(carl(), Person::Member(member(ANN))), Err(Refusal::Forbidden(_))));
    for spelling in ["carl@client.example", "Carl@Client.example"] {
        assert_eq!(record(carl(), Person::Guest(guest(spelling))), Ok(Some(carl_himself.clone())));
    }
}

#[test]
fn everyone_must_complete() {
    let people = users(&[ANN, EVE]).with(&People::of_groups([group_id(1)]));
    let together = |kind| Step { everyone_must_complete: true, people: people.clone(), ..step(1, kind) };
    let mut play = play(blueprint(vec![together(TaskType::Task)]));
    let task = play.id(1);
    play.complete(&ann(), 1);
    let again = Command::Complete { task, approved: None, on_behalf_of: None };
    assert_eq!(faults(play.try_do(&ann(), again.clone()).unwrap_err()), ["task_id"]);
    assert!(play.task(1).completion.is_none());
    play.complete(&dora(), 1);
    // Somebody without a part: only an administrator ends the whole.
    let with_bo = play.clone();
    assert!(play.try_do(&admin(), again.clone()).is_ok());
    let mut play = with_bo;
    play.complete(&eve(), 1);
    assert_eq!(play.task(1).completion.as_ref().unwrap().by, Some(Person::Member(member(EVE))));
    assert_eq!(play.task(1).parts.len(), 3);
    play.reopen(&ann(), 1);
    assert!(play.task(1).parts.is_empty());

    // Other types are complete with the first.
    let mut email = self::play(blueprint(vec![together(TaskType::Email)]));
    email.complete(&ann(), 1);
    assert!(email.task(1).completion.is_some());
}

#[test]
fn who_left_or_is_only_beside_guests_has_no_part() {
    let together = |people| Step { everyone_must_complete: true, people, ..task(1) };
    let mut left = play(blueprint(vec![together(users(&[ANN, EVE]))]));
    left.directory.members.remove(&member(EVE));
    let required = left.task(1).assignees.required(&left.directory);
    assert_eq!(required, [Person::Member(member(ANN))]);
    left.complete(&ann(), 1);
    assert!(left.task(1).completion.is_some(), "nobody waits for who cannot come");
    // A chaperone is on the task, and is told what is missing.
    let mut beside = play(blueprint(vec![together(guests(&[CARL]))]));
    assert_eq!(beside.on(1), "carl@client.example (2)");
    let Err(Refusal::Invalid(errors)) = beside.try_do(&ann(), complete(&beside.clone(), 1)) else { panic!() };
    let texts: Vec<_> = errors.iter().flat_map(|(_, texts)| texts.iter().map(ToString::to_string)).collect();
    assert_eq!(
        texts,
        ["Everyone who was assigned must complete their part of this task, and you have none."]
    );
    beside.complete(&carl(), 1);
    assert!(beside.task(1).completion.is_some());
}

#[test]
fn one_rejection_rejects_and_nobody_is_passed_over() {
    for (first, second, verdict) in
        [(true, true, Verdict::Approved), (true, false, Verdict::Rejected), (false, true, Verdict::Rejected)]
    {
        let people = users(&[ANN, EVE]);
        let approval = Step { everyone_must_complete: true, people, ..step(1, TaskType::Approval) };
        let mut play = play(blueprint(vec![approval]));
        play.decide(&ann(), 1, first);
        let task = play.id(1);
        let command = Command::Complete { task, approved: Some(true), on_behalf_of: None };
        assert!(play.try_do(&bo(), command.clone()).is_err());
        assert!(play.try_do(&ann(), command).is_err());
        play.decide(&eve(), 1, second);
        assert_eq!(play.task(1).completion.as_ref().unwrap().verdict, verdict);
    }
}

#[test]
fn when_the_last_missing_one_leaves_somebody_ends_the_task() {
    let people = users(&[ANN, EVE]);
    let mut play = play(blueprint(vec![Step { everyone_must_complete: true, people, ..task(1) }]));
    play.complete(&ann(), 1);
    let task = play.id(1);
    play.does(&ann(), Command::Assign { task, people: users(&[ANN]) });
    assert!(play.task(1).completion.is_none());
    play.complete(&ann(), 1);
    assert!(play.task(1).completion.is_some());
}

#[test]
fn answers_are_saved_as_they_are_typed_and_cleared_by_nothing() {
    let number = Field {
        validation: Validation { format: Some(TextFormat::Numeric), ..Validation::default() },
        ..text_field(1)
    };
    let mut play = play(blueprint(vec![with(task(1), &[number, field(2, FieldType::Table)])]));
    play.fill(&ann(), 1, 1, text("1e"));
    assert_eq!(
        faults(play.try_do(&ann(), complete(&play.clone(), 1)).unwrap_err()),
        [format!("taskdata.{}", field_id(1))]
    );
    let task = play.id(1);
    let values = vec![(field_id(2), Some(row(&["one"]))), (field_id(3), Some(text("x")))];
    let refusal = play.try_do(&ann(), Command::Answer { task, values }).unwrap_err();
    assert_eq!(faults(refusal), [2, 3].map(|n| format!("taskdata.{}", field_id(n))));
    for nothing in [Some(text(" ")), None] {
        play.fill(&ann(), 1, 1, text("12"));
        play.does(&ann(), Command::Answer { task, values: vec![(field_id(1), nothing)] });
        assert!(play.task(1).answers.is_empty());
    }
    play.complete(&ann(), 1);
    let values = vec![(field_id(1), Some(text("3")))];
    assert_eq!(faults(play.try_do(&ann(), Command::Answer { task, values }).unwrap_err()), ["task"]);
}

#[test]
fn the_kick_off_form_stays_whole_while_it_is_complete() {
    let mut template = blueprint(vec![for_carl(), task(2)]);
    template.prerun = vec![required(text_field(1))];
    let launch = |launch: &mut Launch| launch.prerun = vec![(field_id(1), text("Acme"))];
    let (mut play, _) = launched(template, launch).unwrap();
    let clear = Command::AnswerPrerun { values: vec![(field_id(1), None)] };
    assert_eq!(faults(play.try_do(&ann(), clear.clone()).unwrap_err()), [format!("prerun.{}", field_id(1))]);
    play.does(&carl(), Command::AnswerPrerun { values: vec![(field_id(1), Some(text("Other")))] });
    assert_eq!(play.try_do(&dora(), clear.clone()), Err(Refusal::NotFound));
    play.does(&ann(), Command::ReopenPrerun);
    assert!(play.does(&ann(), Command::ReopenPrerun).events.is_empty());
    play.does(&ann(), clear);
    assert_eq!(
        faults(play.try_do(&ann(), Command::CompletePrerun).unwrap_err()),
        [format!("prerun.{}", field_id(1))]
    );
    // A process is not done before its form is.
    play.complete(&ann(), 1);
    play.complete(&ann(), 2);
    assert_eq!(play.run.status(), RunStatus::Active);
    play.does(&ann(), Command::AnswerPrerun { values: vec![(field_id(1), Some(text("x")))] });
    play.does(&ann(), Command::CompletePrerun);
    assert_eq!(play.run.status(), RunStatus::Complete);
    let mut without = self::play(blueprint(vec![task(1)]));
    assert_eq!(faults(without.try_do(&ann(), Command::CompletePrerun).unwrap_err()), ["prerun"]);
}

#[test]
fn issues_block_reopen_and_freeze() {
    let mut play = play(blueprint(vec![for_carl(), task(2)]));
    let task = Some(play.id(1));
    play.complete(&carl(), 1);
    let report = Command::ReportIssue { task, thread: thread(1) };
    play.does(&carl(), report.clone());
    assert!(play.does(&carl(), report).events.is_empty());
    assert!(play.task(1).completion.is_none() && !play.task(1).is_completable());
    assert_eq!(play.run.status(), RunStatus::Problem);
    play.does(&eve(), Command::ResolveIssue { task, thread: thread(1) });
    play.complete(&carl(), 1);
    // Where the organization does not want that, it stays complete.
    play.policy.issues_reopen_tasks = false;
    play.does(&carl(), Command::ReportIssue { task, thread: thread(2) });
    assert!(play.task(1).completion.is_some());
    assert_eq!(play.run.status(), RunStatus::Problem);

    play.does(&ann(), Command::ReportIssue { task: None, thread: thread(3) });
    assert_eq!(play.run.status(), RunStatus::Issue);
    let other = play.id(2);
    for command in [
        Command::Complete { task: other, approved: None, on_behalf_of: None },
        Command::Reopen { task: play.id(1) },
        Command::Answer { task: other, values: Vec::new() },
        Command::Assign { task: other, people: users(&[EVE]) },
        Command::SetVisible { task: other, visible: false },
    ] {
        assert_eq!(faults(play.try_do(&admin(), command).unwrap_err()), ["run"]);
    }
    play.does(&ann(), Command::ResolveIssue { task: None, thread: thread(3) });
    play.complete(&ann(), 2);
}

#[test]
fn archived_processes_are_left_alone_and_come_back_as_they_were() {
    let mut play = play(blueprint(vec![for_carl(), task(2)]));
    play.complete(&carl(), 1);
    let before = play.run.state().clone();
    play.does(&ann(), Command::Archive);
    assert!(play.does(&ann(), Command::Archive).events.is_empty());
    assert_eq!(play.run.status(), RunStatus::Archived);
    let refusal = play.try_do(&admin(), complete(&play.clone(), 2)).unwrap_err();
    assert_eq!(faults(refusal), ["run"]);
    assert_eq!(play.run.tasks_of_guest(&guest(CARL), &play.directory).count(), 0);
    play.does(&ann(), Command::Activate);
    assert!(play.does(&ann(), Command::Activate).events.is_empty());
    assert_eq!(play.run.state(), &before);
}

#[test]
fn tasks_can_be_added_one_for_each_person() {
    let mut play = play(blueprint(Vec::new()));
    let id = |n| TaskId::new(9, number(n));
    let added = |n: usize, people: People| Added {
        id: id(n),
        step: Step { people, ..with(task(n), &[required(text_field(n))]) },
        deadline: Some(at(DAY)),
        started_at: (n == 2).then(|| at(HOUR)),
    };
    let tasks = vec![added(1, guests(&[CARL])), added(2, users(&[EVE]))];
    let add = Command::AddTasks { tasks };
    play.does(&ann(), add.clone());
    assert_eq!(faults(play.try_do(&ann(), add).unwrap_err()), ["tasks"]);
    assert_eq!(play.run.progress().total, 2);
    assert_eq!(play.run.wanted_timers().len(), 4);
    let starts = [1, 2].map(|n| play.run.task(id(n)).unwrap().started_at);
    assert_eq!(starts, [at(1), at(HOUR)]);
    let command = Command::Complete { task: id(1), approved: None, on_behalf_of: None };
    assert_eq!(
        faults(play.try_do(&carl(), command.clone()).unwrap_err()),
        [format!("taskdata.{}", field_id(1))]
    );
    let values = vec![(field_id(1), Some(text("x")))];
    play.does(&carl(), Command::Answer { task: id(1), values });
    play.does(&carl(), command);
    let mut wrong = added(3, users(&[66]));
    wrong.step.title = String::new();
    wrong.step.captures.push(field(9, FieldType::Radio));
    wrong.step.captures[1].definition.options.clear();
    let refusal = play.try_do(&ann(), Command::AddTasks { tasks: vec![wrong] }).unwrap_err();
    assert_eq!(faults(refusal), ["tasks.0.captures.1.options", "tasks.0.owners.users", "tasks.0.title"]);
}

#[test]
fn words_dates_names_and_owners_can_be_changed() {
    let mut play = play(blueprint(vec![task(1)]));
    let task = play.id(1);
    let change = Edit {
        title: Some(" Other ".to_owned()),
        summary: Some("Text".to_owned()),
        deadline: Some(at(DAY)),
        started_at: Some(at(HOUR)),
    };
    let edit = Command::Edit { task, change };
    assert_eq!(play.does(&ann(), edit.clone()).events.len(), 3);
    assert!(play.does(&ann(), edit).events.is_empty());
    assert_eq!(play.task(1).title.as_deref(), Some("Other"));
    let wrong = Edit { title: Some(" ".to_owned()), summary: Some("\0".to_owned()), ..Edit::default() };
    let refusal = play.try_do(&ann(), Command::Edit { task, change: wrong }).unwrap_err();
    assert_eq!(faults(refusal), ["summary", "title"]);
    play.does(&ann(), Command::Rename { name: "New".to_owned() });
    assert!(play.does(&ann(), Command::Rename { name: "New".to_owned() }).events.is_empty());
    play.does(&ann(), Command::HandOver { owner: member(EVE) });
    assert_eq!(play.run.state().owner, member(EVE));
    let refusal = play.try_do(&ann(), Command::HandOver { owner: member(66) }).unwrap_err();
    assert_eq!(faults(refusal), ["owner_id"]);
}

#[test]
fn progress_lateness_and_what_comes_next() {
    let steps = vec![due(task(1), 3, Unit::Days), due(task(2), 1, Unit::Days), task(3), task(4)];
    let mut template = blueprint(steps);
    template.automated_actions = vec![rule(1, when_step(1, StepOperation::Completed), vec![show(4)])];
    let mut play = play(template);
    let run = &play.run;
    assert_eq!(run.due_date(), Some(at(3 * DAY)));
    assert_eq!([0, DAY, DAY + 1, 4 * DAY].map(|now| run.late_tasks(at(now))), [0, 0, 1, 2]);
    assert!(!play.task(2).is_due_soon(at(-1)) && play.task(2).is_due_soon(at(0)));
    assert!(play.task(2).is_due_soon(at(DAY)) && !play.task(2).is_due_soon(at(DAY + 1)));
    assert_eq!(run.next_by_deadline().map(|task| task.id), Some(play.id(2)));
    play.complete(&ann(), 2);
    assert_eq!((play.run.progress().percent(), play.run.progress().total), (33, 3));
    play.complete(&ann(), 1);
    assert_eq!((play.run.progress().percent(), play.run.progress().total), (50, 4));
    assert_eq!(play.run.next_by_deadline().map(|task| task.id), Some(play.id(3)));
}
