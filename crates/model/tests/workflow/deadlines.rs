//! Each form of deadline, what rules make of them, and the timers that follow.

use hospes_model::task::TaskType;
use hospes_model::task::form::FieldType;
use hospes_model::workflow::*;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::support::*;

fn based(mut step: Step, value: u32, unit: Unit, direction: Direction, base: usize) -> Step {
    let base = StepBase::Step(step_id(base));
    step.deadline = Some(StepDeadline { offset: span(value, unit), direction, base });
    step
}

fn move_deadline(n: usize, base: DeadlineBase, hours: u32, direction: Direction) -> Action {
    let (step, offset) = (step_id(n), span(hours, Unit::Hours));
    Action::Deadline { step, base, offset, direction }
}

#[test]
fn from_the_launch_in_every_unit_and_from_the_default() {
    let units = [
        (Unit::Minutes, "2026-03-02T09:02:00Z"),
        (Unit::Hours, "2026-03-02T11:00:00Z"),
        (Unit::Days, "2026-03-04T09:00:00Z"),
        (Unit::Weeks, "2026-03-16T09:00:00Z"),
        (Unit::Months, "2026-05-02T09:00:00Z"),
    ];
    for (unit, expected) in units {
        let play = play(blueprint(vec![due(task(1), 2, unit), task(2)]));
        assert_eq!(play.deadline(1), Some(expected.parse().unwrap()));
        assert_eq!(play.deadline(2), None);
    }
    let calendar = Calendar { default_deadline: Some(span(5, Unit::Days)), ..Calendar::plain() };
    let steps = vec![due(task(1), 1, Unit::Days), task(2)];
    let (play, _) = launched_in(blueprint(steps), calendar, directory(), |_| {}).unwrap();
    assert_eq!((play.deadline(1), play.deadline(2)), (Some(at(DAY)), Some(at(5 * DAY))));
}

#[test]
fn after_another_step_there_is_none_until_that_is_done() {
    let steps = vec![task(1), based(task(2), 1, Unit::Hours, Direction::From, 1)];
    let mut play = play(blueprint(steps));
    assert_eq!(play.deadline(2), None);
    assert!(play.run.wanted_timers().is_empty());
    let outcome = play.complete(&ann(), 1);
    assert_eq!(play.deadline(2), Some(at(1 + HOUR)));
    assert!(outcome.tasks_changed_by_rules().is_empty());
    play.reopen(&ann(), 1);
    assert_eq!(play.deadline(2), None, "an expiring step must not expire meanwhile");
    play.complete(&ann(), 1);
    assert_eq!(play.deadline(2), Some(at(3 + HOUR)));
}

#[test]
fn before_a_later_step_it_follows_that_step() {
    let steps = vec![
        based(task(1), 1, Unit::Hours, Direction::Before, 2),
        based(task(2), 1, Unit::Hours, Direction::Before, 3),
        due(task(3), 1, Unit::Days),
    ];
    let mut play = play(blueprint(steps));
    assert_eq!((play.deadline(1), play.deadline(2)), (Some(at(DAY - 2 * HOUR)), Some(at(DAY - HOUR))));
    let task = play.id(3);
    let change = Edit { deadline: Some(at(2 * DAY)), ..Edit::default() };
    play.does(&ann(), Command::Edit { task, change });
    assert_eq!(
        (play.deadline(1), play.deadline(2)),
        (Some(at(2 * DAY - 2 * HOUR)), Some(at(2 * DAY - HOUR)))
    );
    // What a person decided about a step follows nothing any more.
    let task = play.id(2);
    let change = Edit { deadline: Some(at(9)), ..Edit::default() };
    play.does(&ann(), Command::Edit { task, change });
    assert_eq!(play.deadline(1), Some(at(9 - HOUR)));
}

#[test]
fn computed_deadlines_move_to_working_moments_and_written_ones_do_not() {
    let day = WorkDay::Between(Time::constant(9, 0, 0, 0), Time::constant(17, 0, 0, 0));
    let off = WorkDay::Off;
    let calendar = Calendar {
        zone: TimeZone::UTC,
        week: WorkWeek::new([day, day, day, day, day, off, off]).unwrap(),
        default_deadline: None,
    };
    let steps = vec![due(task(1), 5, Unit::Days), due(task(2), 10, Unit::Hours), task(3)];
    let saturday = "2026-03-07T12:00:00Z".parse().unwrap();
    let (play, _) = launched_in(blueprint(steps), calendar, directory(), |launch| {
        let wanted = StepOverride { deadline: Some(saturday), people: None };
        launch.tasks.insert(step_id(3), wanted);
    })
    .unwrap();
    assert_eq!(play.deadline(1), Some("2026-03-09T09:00:00Z".parse().unwrap()));
    assert_eq!(play.deadline(2), Some("2026-03-03T09:00:00Z".parse().unwrap()));
    assert_eq!(play.deadline(3), Some(saturday));
}

#[test]
fn rules_count_from_the_plan_another_deadline_or_a_date() {
    let date = field(1, FieldType::Date);
    for (base, direction, expected) in [
        (DeadlineBase::Current, Direction::From, at(DAY + HOUR)),
        (DeadlineBase::Current, Direction::Before, at(DAY - HOUR)),
        (DeadlineBase::Step(step_id(1)), Direction::From, at(3 * HOUR)),
        (DeadlineBase::Step(step_id(3)), Direction::Before, at(4 * HOUR)),
        // A date without a time means the end of that day.
        (DeadlineBase::Field(capture(1)), Direction::Before, "2026-03-05T22:59:59Z".parse().unwrap()),
    ] {
        let steps = vec![
            with(due(task(1), 2, Unit::Hours), std::slice::from_ref(&date)),
            due(task(2), 1, Unit::Days),
            due(task(3), 5, Unit::Hours),
        ];
        let mut template = blueprint(steps);
        let action = move_deadline(2, base, 1, direction);
        template.automated_actions = vec![rule(1, when_step(1, StepOperation::Completed), vec![action])];
        let mut play = play(template);
        play.fill(&ann(), 1, 1, text("2026-03-05"));
        let outcome = play.complete(&ann(), 1);
        assert_eq!(play.deadline(2), Some(expected), "{base:?} {direction:?}");
        assert_eq!(play.changed(&outcome), [2]);
        // The rule runs again and says the same.
        play.reopen(&ann(), 1);
        play.complete(&ann(), 1);
        assert_eq!(play.deadline(2), Some(expected), "{base:?} {direction:?}");
    }
}

#[test]
fn without_a_date_a_rule_moves_nothing_and_without_a_plan_it_counts_from_the_launch() {
    let mut template = blueprint(vec![with(task(1), &[field(1, FieldType::Date)]), task(2)]);
    let from_field = move_deadline(2, DeadlineBase::Field(capture(1)), 1, Direction::From);
    let from_plan = move_deadline(2, DeadlineBase::Current, 1, Direction::From);
    let done = || when_step(1, StepOperation::Completed);
    template.automated_actions = vec![rule(1, done(), vec![from_field])];
    let mut nothing = play(template.clone());
    let outcome = nothing.complete(&ann(), 1);
    assert_eq!(nothing.deadline(2), None);
    assert!(
        outcome.events.iter().any(|recorded| {
            matches!(recorded.event, RunEvent::ActionSkipped { why: Skipped::NoDate, .. })
        })
    );
    assert!(outcome.tasks_changed_by_rules().is_empty());
    template.automated_actions = vec![rule(1, done(), vec![from_plan])];
    let mut planned = play(template);
    for _ in 0..2 {
        planned.complete(&ann(), 1);
        assert_eq!(planned.deadline(2), Some(at(HOUR)));
        planned.reopen(&ann(), 1);
    }
}

#[test]
fn a_rule_s_wish_waits_for_the_plan() {
    let steps = vec![task(1), task(2), based(task(3), 1, Unit::Days, Direction::From, 2)];
    let mut template = blueprint(steps);
    let action = move_deadline(3, DeadlineBase::Current, 2, Direction::From);
    template.automated_actions = vec![rule(1, when_step(1, StepOperation::Completed), vec![action])];
    let mut play = play(template);
    play.complete(&ann(), 1);
    assert_eq!(play.deadline(3), None);
    play.complete(&ann(), 2);
    assert_eq!(play.deadline(3), Some(at(2 + DAY + 2 * HOUR)));
}

#[test]
fn completed_tasks_keep_their_deadlines() {
    let mut template = blueprint(vec![due(task(1), 1, Unit::Days), task(2)]);
    let action = move_deadline(1, DeadlineBase::Current, 2, Direction::From);
    template.automated_actions = vec![rule(1, when_step(2, StepOperation::Completed), vec![action])];
    let mut play = play(template);
    play.complete(&ann(), 1);
    play.complete(&ann(), 2);
    assert_eq!(play.deadline(1), Some(at(DAY)));
}

#[test]
fn timers_are_wanted_for_open_tasks_with_a_deadline_and_fire_once() {
    let steps = vec![due(task(1), 3, Unit::Days), due(step(2, TaskType::Expiring), 2, Unit::Days), task(3)];
    let mut play = play(blueprint(steps));
    let timer = |play: &Play, step, kind, second| Timer { task: play.id(step), kind, at: at(second) };
    let all = [
        timer(&play, 1, TimerKind::DueSoon, 2 * DAY),
        timer(&play, 1, TimerKind::Overdue, 3 * DAY),
        timer(&play, 2, TimerKind::DueSoon, DAY),
        timer(&play, 2, TimerKind::Expire, 2 * DAY),
    ];
    assert_eq!(play.run.wanted_timers(), all);
    // Too early, nobody's, and then in time: told once.
    assert!(play.does(&By::Clock, Command::TimerFired(all[0])).events.is_empty());
    play.now = 2 * DAY;
    let strange = Timer { at: at(DAY), ..all[0] };
    assert!(play.does(&By::Clock, Command::TimerFired(strange)).events.is_empty());
    assert_eq!(play.does(&By::Clock, Command::TimerFired(all[0])).events.len(), 1);
    assert!(play.does(&By::Clock, Command::TimerFired(all[0])).events.is_empty());
    assert!(!play.run.wanted_timers().contains(&all[0]));
    // Another deadline is another thing to be told of.
    let (task, change) = (play.id(1), Edit { deadline: Some(at(9 * DAY)), ..Edit::default() });
    play.does(&ann(), Command::Edit { task, change });
    assert!(play.run.wanted_timers().contains(&timer(&play, 1, TimerKind::DueSoon, 8 * DAY)));
}

#[test]
fn expiring_steps_run_out_and_mails_are_sent_but_not_while_an_issue_is_open() {
    for (kind, verdict, label) in
        [(TaskType::Expiring, Verdict::Expired, "Expired"), (TaskType::ExpiringEmail, Verdict::Sent, "Sent")]
    {
        let mut play = play(blueprint(vec![due(step(1, kind), 1, Unit::Days), task(2)]));
        let expire = Timer { task: play.id(1), kind: TimerKind::Expire, at: at(DAY) };
        let task = Some(play.id(1));
        play.does(&ann(), Command::ReportIssue { task, thread: thread(1) });
        assert!(!play.run.wanted_timers().contains(&expire));
        play.does(&ann(), Command::ResolveIssue { task, thread: thread(1) });
        play.does(&ann(), Command::ReportIssue { task: None, thread: thread(2) });
        assert!(!play.run.wanted_timers().contains(&expire));
        play.does(&ann(), Command::ResolveIssue { task: None, thread: thread(2) });
        let id = play.id(1);
        play.does(&ann(), Command::SetVisible { task: id, visible: false });
        assert!(play.run.wanted_timers().is_empty());
        play.does(&ann(), Command::SetVisible { task: id, visible: true });
        play.now = DAY;
        play.does(&By::Clock, Command::TimerFired(expire));
        let completion = play.task(1).completion.clone().unwrap();
        assert_eq!((completion.by, completion.verdict), (None, verdict));
        assert_eq!(play.task(1).status_label(at(DAY)), label);
        assert_eq!(play.task(1).is_approved(), Some(false));
        assert!(play.does(&By::Clock, Command::TimerFired(expire)).events.is_empty());
    }
}

#[test]
fn archived_processes_wait_for_nothing() {
    let mut play = play(blueprint(vec![due(step(1, TaskType::Expiring), 1, Unit::Days)]));
    let wanted = play.run.wanted_timers();
    play.does(&ann(), Command::Archive);
    assert!(play.run.wanted_timers().is_empty());
    play.now = 2 * DAY;
    assert!(play.does(&By::Clock, Command::TimerFired(wanted[1])).events.is_empty());
    play.does(&ann(), Command::Activate);
    assert_eq!(play.run.wanted_timers(), wanted);
}
