//! What rules do, when they run, and that they end.

use hospes_model::task::TaskType;
use hospes_model::task::form::FieldType;
use hospes_model::workflow::*;

use crate::support::*;

fn completed(n: usize) -> Test {
    when_step(n, StepOperation::Completed)
}

#[test]
fn steps_that_a_rule_shows_are_hidden_at_first() {
    let mut template =
        blueprint(vec![task(1), task(2), Step { hidden_by_default: true, ..task(3) }, task(4)]);
    template.automated_actions = vec![rule(1, completed(1), vec![show(2), hide(4)])];
    let mut play = play(template);
    let hidden: Vec<bool> = (1..=4).map(|n| play.is_hidden(n)).collect();
    assert_eq!(hidden, [false, true, true, false]);
    assert_eq!(play.task(2).status(at(0)), Status::AutoSkipped);
    assert_eq!(play.run.progress().total, 2);
    let outcome = play.complete(&ann(), 1);
    assert_eq!(play.changed(&outcome), [2, 4]);
    assert_eq!((play.is_hidden(2), play.is_hidden(4)), (false, true));
    assert_eq!(play.run.progress(), RunProgress { complete: 1, total: 2 });
}

#[test]
fn a_shown_task_stays_shown_when_the_condition_turns_false() {
    let mut template = blueprint(vec![task(1), task(2)]);
    template.automated_actions = vec![rule(1, completed(1), vec![show(2)])];
    let mut play = play(template);
    play.complete(&ann(), 1);
    let outcome = play.reopen(&ann(), 1);
    assert!(!play.is_hidden(2) && outcome.tasks_changed_by_rules().is_empty());
}

#[test]
fn what_a_person_decided_no_rule_changes() {
    let mut template = blueprint(vec![task(1), task(2), task(3)]);
    template.automated_actions = vec![rule(1, completed(1), vec![show(2), hide(3)])];
    let mut play = play(template);
    for (step, visible) in [(2, true), (2, false), (3, true)] {
        let task = play.id(step);
        play.does(&ann(), Command::SetVisible { task, visible });
        let again = play.does(&ann(), Command::SetVisible { task, visible });
        assert!(again.events.is_empty());
    }
    let outcome = play.complete(&ann(), 1);
    assert!(play.is_hidden(2) && !play.is_hidden(3) && outcome.tasks_changed_by_rules().is_empty());
    assert_eq!(
        faults(play.try_do(&ann(), Command::SetVisible { task: play.id(1), visible: false }).unwrap_err()),
        ["task"]
    );
}

#[test]
fn rules_never_change_completed_tasks_but_open_them() {
    let mut template = blueprint(vec![task(1), Step { people: users(&[EVE]), ..task(2) }]);
    let clear = put(2, AssignVerb::ClearAssignees, People::default());
    template.automated_actions = vec![rule(1, completed(1), vec![hide(2), clear])];
    let mut play = play(template);
    play.complete(&eve(), 2);
    let outcome = play.complete(&ann(), 1);
    assert!(!play.is_hidden(2) && outcome.tasks_changed_by_rules().is_empty());
    assert_eq!(play.on(2), "4");

    let mut template = blueprint(vec![task(1), task(2)]);
    template.automated_actions = vec![rule(1, completed(1), vec![hide(2), reopen(2)])];
    let mut opens = self::play(template);
    opens.complete(&ann(), 2);
    opens.complete(&ann(), 1);
    assert!(opens.task(2).is_open(), "what was complete when it was to be hidden stays to be seen");
}

#[test]
fn rules_run_in_their_order_and_see_what_came_before() {
    // Rule 1 takes everybody off step 2; rule 2 finds nobody there.
    let mut template = blueprint(vec![task(1), Step { people: users(&[EVE]), ..task(2) }, task(3)]);
    let clear = put(2, AssignVerb::ClearAssignees, People::default());
    let unassigned = vec![(Logic::And, completed(1)), (Logic::And, when_step(2, StepOperation::NotAssigned))];
    let rules = [rule(1, completed(1), vec![clear]), rule_of(2, unassigned, vec![show(3)])];
    for (order, hidden) in [([0, 1], false), ([1, 0], true)] {
        template.automated_actions = order.map(|at| rules[at].clone()).to_vec();
        let mut play = play(template.clone());
        play.complete(&ann(), 1);
        assert_eq!(play.is_hidden(3), hidden);
    }
}

#[test]
fn rules_run_for_what_they_ask_about() {
    // About a field of step 1: heard when step 1 is completed, not when it is
    // saved, and not when step 2 is completed.
    let mut template = blueprint(vec![with(task(1), &[text_field(1)]), task(2), task(3)]);
    template.prerun = vec![text_field(2)];
    template.automated_actions =
        vec![rule(1, when_field(capture(1), FieldOperation::Equals, "yes"), vec![show(3)])];
    let mut play = play(template);
    play.fill(&ann(), 1, 1, text("yes"));
    play.complete(&ann(), 2);
    play.does(&ann(), Command::AnswerPrerun { values: vec![(field_id(2), Some(text("x")))] });
    assert!(play.is_hidden(3));
    play.complete(&ann(), 1);
    assert!(!play.is_hidden(3));
}

#[test]
fn submitting_the_form_again_runs_its_rules_again() {
    let mut template = blueprint(vec![task(1), task(2)]);
    template.prerun = vec![text_field(1)];
    template.automated_actions =
        vec![rule(1, when_field(prerun(1), FieldOperation::Equals, "yes"), vec![show(2)])];
    let mut open = play(template.clone());
    open.does(&ann(), Command::ReopenPrerun);
    let values = vec![(field_id(1), Some(text("yes")))];
    open.does(&ann(), Command::AnswerPrerun { values: values.clone() });
    assert!(open.is_hidden(2), "not yet submitted");
    let outcome = open.does(&ann(), Command::CompletePrerun);
    assert_eq!(open.changed(&outcome), [2]);
    assert!(open.does(&ann(), Command::CompletePrerun).events.is_empty());
    // Changing a form that is complete is submitting it.
    let mut complete = play(template);
    let outcome = complete.does(&ann(), Command::AnswerPrerun { values: values.clone() });
    assert_eq!(complete.changed(&outcome), [2]);
    assert!(complete.does(&ann(), Command::AnswerPrerun { values }).events.is_empty());
}

#[test]
fn every_verb_of_assignment() {
    for (verb, expected) in [
        (AssignVerb::Assign, "2 4 carl@client.example dora@client.example"),
        (AssignVerb::AssignOnly, "2 dora@client.example"),
        (AssignVerb::Unassign, "4 carl@client.example"),
        (AssignVerb::ClearAssignees, ""),
    ] {
        let people = users(&[ANN, EVE]).with(&guests(&[CARL]));
        let mut template = blueprint(vec![task(1), Step { people, ..task(2) }]);
        let named = users(&[ANN]).with(&guests(&[DORA]));
        template.automated_actions = vec![rule(1, completed(1), vec![put(2, verb, named)])];
        let mut play = play(template);
        play.complete(&eve(), 1);
        assert_eq!(play.on(2), expected, "{verb:?}");
        play.reopen(&eve(), 1);
        let again = play.complete(&eve(), 1);
        assert!(again.tasks_changed_by_rules().is_empty(), "{verb:?} says the same again");
    }
}

#[test]
fn a_rule_that_says_the_same_again_changes_no_chaperone() {
    let mut template = blueprint(vec![task(1), Step { people: users(&[EVE]), ..task(2) }]);
    let only = put(2, AssignVerb::AssignOnly, guests(&[CARL]));
    template.automated_actions = vec![rule(1, completed(1), vec![only])];
    let mut play = play(template);
    play.complete(&ann(), 1);
    assert_eq!(play.on(2), "carl@client.example (2)");
    play.reopen(&ann(), 1);
    let again = play.complete(&admin(), 1);
    assert!(again.tasks_changed_by_rules().is_empty() && again.warnings.is_empty());
    assert_eq!(play.on(2), "carl@client.example (2)");
}

#[test]
fn people_come_from_fields_and_else_from_the_fallback() {
    let picked = |kind, answer: Option<Answer>| {
        let mut field = field(1, kind);
        if kind == FieldType::Text {
            field.validation.format = Some(TextFormat::Email);
        }
        let mut template = blueprint(vec![with(task(1), &[field]), task(2)]);
        let action = Action::Assignment {
            step: step_id(2),
            verb: AssignVerb::AssignOnly,
            people: users(&[EVE]),
            from: Some(capture(1)),
        };
        template.automated_actions = vec![rule(1, completed(1), vec![action])];
        let mut play = play(template);
        if let Some(answer) = answer {
            play.fill(&ann(), 1, 1, answer);
        }
        play.complete(&ann(), 1);
        play.on(2)
    };
    let people = Answer::People(users(&[BO]).with(&guests(&[CARL])));
    assert_eq!(picked(FieldType::AssigneesForm, Some(people)), "3 carl@client.example");
    assert_eq!(picked(FieldType::AssigneesForm, None), "4");
    assert_eq!(picked(FieldType::Text, Some(text(CARL))), "carl@client.example (2)");
    assert_eq!(picked(FieldType::Email, Some(text(CARL))), "carl@client.example (2)");
}

#[test]
fn nobody_who_left_is_assigned_and_nobody_beyond_the_limit() {
    let run = |max, named: People| {
        let mut template =
            blueprint(vec![task(1), Step { max_assignable: max, people: users(&[ANN]), ..task(2) }]);
        template.automated_actions = vec![rule(1, completed(1), vec![put(2, AssignVerb::Assign, named)])];
        let mut play = play(template);
        let outcome = play.complete(&ann(), 1);
        let skipped = outcome.events.iter().find_map(|recorded| match recorded.event {
            RunEvent::ActionSkipped { why, .. } => Some(why),
            _ => None,
        });
        (play.on(2), skipped)
    };
    assert_eq!(run(0, users(&[66, EVE])), ("2 4".to_owned(), None));
    assert_eq!(run(0, users(&[66])), ("2".to_owned(), Some(Skipped::NobodyNamed)));
    assert_eq!(run(2, users(&[BO, EVE])), ("2".to_owned(), Some(Skipped::TooManyAssignees)));
    assert_eq!(run(2, People::of_groups([group_id(1)])), ("2".to_owned(), Some(Skipped::TooManyAssignees)));
}

#[test]
fn a_member_s_address_is_the_member() {
    let mut directory = directory();
    directory.addresses.insert("eve@firm.example".to_owned(), member(EVE));
    let mut template = blueprint(vec![task(1), task(2)]);
    let named = guests(&["Eve@Firm.example"]);
    template.automated_actions = vec![rule(1, completed(1), vec![put(2, AssignVerb::Assign, named)])];
    let (mut play, _) = launched_in(template, Calendar::plain(), directory, |_| {}).unwrap();
    play.complete(&ann(), 1);
    assert_eq!(play.on(2), "4");
}

#[test]
fn reopening_calls_for_more_rules_and_never_for_the_trigger() {
    let mut template = blueprint(vec![task(1), task(2), task(3), step(4, TaskType::Approval), task(5)]);
    template.automated_actions = vec![
        rule(1, when_step(4, StepOperation::Rejected), vec![reopen(1), reopen(4)]),
        rule(2, when_step(1, StepOperation::Reopened), vec![reopen(2), reopen(3)]),
        rule(3, when_step(2, StepOperation::Reopened), vec![show(5), reopen(4)]),
    ];
    let mut play = play(template);
    for n in 1..=2 {
        play.complete(&ann(), n);
    }
    let outcome = play.decide(&ann(), 4, false);
    assert_eq!(play.changed(&outcome), [1, 2, 5]);
    let open: Vec<bool> = (1..=5).map(|n| play.task(n).completion.is_none()).collect();
    assert_eq!(open, [true, true, true, false, true]);
    assert_eq!((play.task(1).rule_reopens, play.task(4).rule_reopens), (1, 0));
}

#[test]
fn webhooks_are_asked_for_once_a_command() {
    let mut template = blueprint(vec![task(1), task(2)]);
    let hook = Action::Webhook { url: "https://x.example/hook".to_owned(), alias: "done".to_owned() };
    let conditions = vec![(Logic::And, completed(1)), (Logic::Or, when_step(2, StepOperation::Reopened))];
    template.automated_actions = vec![rule_of(1, conditions, vec![hook, reopen(2)])];
    let mut play = play(template);
    play.complete(&ann(), 2);
    let outcome = play.complete(&ann(), 1);
    let hooks =
        outcome.events.iter().filter(|recorded| matches!(recorded.event, RunEvent::WebhookDue { .. }));
    assert_eq!(hooks.count(), 1);
}

/// Two steps that open each other, so that one of them is always open, until
/// that is stopped; and how many rounds that took.
fn endless() -> (Play, u32) {
    let mut template = blueprint(vec![task(1), task(2), task(3)]);
    template.automated_actions =
        vec![rule(1, completed(1), vec![reopen(2)]), rule(2, completed(2), vec![reopen(1)])];
    let mut play = play(template);
    let mut rounds = 0;
    while let Some(open) = (1..=2).find(|n| play.task(*n).is_open()) {
        play.complete(&ann(), open);
        rounds += 1;
        assert!(rounds < 1_000, "the loop goes on");
    }
    (play, rounds)
}

fn stopped(play: &Play) -> usize {
    (1..=2).find(|n| play.task(*n).stopped_rule.is_some()).unwrap()
}

#[test]
fn opening_a_stopped_task_by_hand_is_looking_at_it() {
    let (mut play, _) = endless();
    let stopped = stopped(&play);
    play.reopen(&ann(), stopped);
    let task = play.task(stopped);
    assert_eq!((task.is_open(), task.stopped_rule, task.rule_reopens), (true, None, 0));
    assert_eq!(play.run.status(), RunStatus::Active);
}

#[test]
fn loops_are_stopped_and_people_have_to_look() {
    let (mut play, rounds) = endless();
    assert_eq!(rounds, 2 * MAX_RULE_REOPENS + 2);
    assert_eq!((play.run.status(), play.run.has_open_issue()), (RunStatus::Problem, true));
    let stopped = stopped(&play);
    let task = play.id(stopped);
    play.does(&ann(), Command::ResolveLoop { task });
    assert!(play.does(&ann(), Command::ResolveLoop { task }).events.is_empty());
    assert_eq!((play.run.status(), play.task(stopped).rule_reopens), (RunStatus::Active, 0));
    // Rules may open it again.
    let other = 3 - stopped;
    play.reopen(&ann(), other);
    let outcome = play.complete(&ann(), other);
    assert_eq!(play.changed(&outcome), [stopped]);
}

#[test]
fn clocks_do_not_chase_each_other() {
    // Two expiring steps, each opening the other when it runs out: what is
    // opened behind its deadline waits for a person.
    let expiring = |n| due(step(n, TaskType::Expiring), 1, Unit::Hours);
    let mut template = blueprint(vec![expiring(1), expiring(2)]);
    template.automated_actions = vec![
        rule(1, when_step(1, StepOperation::Expired), vec![reopen(2)]),
        rule(2, when_step(2, StepOperation::Expired), vec![reopen(1)]),
    ];
    let mut play = play(template);
    play.now = 2 * DAY;
    for n in [1, 2] {
        let timer = Timer { task: play.id(n), kind: TimerKind::Expire, at: at(HOUR) };
        play.does(&By::Clock, Command::TimerFired(timer));
    }
    assert!(play.task(1).is_open() && play.task(2).completion.is_some());
    assert!(!play.run.wanted_timers().iter().any(|timer| timer.kind == TimerKind::Expire));
    let (task, change) = (play.id(1), Edit { deadline: Some(at(9 * DAY)), ..Edit::default() });
    play.does(&ann(), Command::Edit { task, change });
    assert!(play.run.wanted_timers().iter().any(|timer| timer.kind == TimerKind::Expire));
}

#[test]
fn approvals_may_go_round_many_times() {
    let mut template = blueprint(vec![task(1), step(2, TaskType::Approval)]);
    template.automated_actions = vec![
        rule(1, when_step(2, StepOperation::Rejected), vec![reopen(1)]),
        rule(2, when_step(1, StepOperation::Completed), vec![reopen(2)]),
    ];
    let mut play = play(template);
    play.complete(&ann(), 1);
    for _ in 0..20 {
        play.decide(&eve(), 2, false);
        let outcome = play.complete(&ann(), 1);
        assert_eq!(play.changed(&outcome), [2]);
    }
    play.decide(&eve(), 2, true);
    assert_eq!(play.run.status(), RunStatus::Complete);
}
