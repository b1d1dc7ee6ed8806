//! The acceptance walk of `product.md` 1.21, steps 3 to 8, 13 and 15, as far as
//! the engine is concerned.

use hospes_model::task::TaskType;
use hospes_model::task::form::{FieldType, FieldValue};
use hospes_model::workflow::*;

use crate::support::*;

/// What Ann models: a form, a task and an approval for the guest, something
/// internal, and a notice that runs out.
fn template() -> Blueprint {
    let form = [
        required(text_field(2)),
        field(3, FieldType::Dropdown),
        field(4, FieldType::Table),
        field(5, FieldType::File),
    ];
    let from_form = |n: usize| Action::Assignment {
        step: step_id(n),
        verb: AssignVerb::AssignOnly,
        people: People::default(),
        from: Some(prerun(1)),
    };
    let mut template = blueprint(vec![
        with(task(1), &form),
        step(2, TaskType::Approval),
        Step { people: users(&[EVE]), ..task(3) },
        due(step(4, TaskType::Expiring), 2, Unit::Days),
    ]);
    template.prerun = vec![Field { default_to_guest: true, ..field(1, FieldType::AssigneesForm) }];
    let named = when_field(prerun(1), FieldOperation::IsNotEmpty, "");
    template.automated_actions = vec![
        rule(1, named, vec![from_form(1), from_form(2), from_form(4)]),
        rule(2, when_step(1, StepOperation::Completed), vec![show(2)]),
        rule(3, when_step(2, StepOperation::Rejected), vec![reopen(1)]),
        // What was approved before is decided again.
        rule(4, when_step(1, StepOperation::Completed), vec![reopen(2)]),
    ];
    template
}

#[test]
fn a_guest_does_the_work() {
    // 3: Carl submits the public form; Ann is put beside him.
    let (mut play, outcome) = launched(template(), |launch| launch.submitter = Some(guest(CARL))).unwrap();
    assert_eq!(play.on(1), "carl@client.example (2)");
    assert_eq!(outcome.warnings.len(), 1, "said once, however many tasks");

    // 4: he sees his open tasks, neither the hidden one nor the internal one.
    let seen = |play: &Play| {
        let email = guest(CARL);
        let tasks =
            play.run.tasks_of_guest(&email, &play.directory).map(|task| play.run.place(task.id).unwrap() + 1);
        tasks.collect::<Vec<_>>()
    };
    assert_eq!(seen(&play), [1, 4]);

    // 5 and 6: he saves half; completing fails, then works, and step 2 appears.
    play.fill(&carl(), 1, 3, Answer::Value(FieldValue::Option(2)));
    let command = Command::Complete { task: play.id(1), approved: None, on_behalf_of: None };
    assert_eq!(faults(play.try_do(&carl(), command).unwrap_err()), [format!("taskdata.{}", field_id(2))]);
    play.fill(&carl(), 1, 2, text("Acme"));
    let outcome = play.complete(&carl(), 1);
    assert_eq!(play.changed(&outcome), [2]);
    assert_eq!(seen(&play), [1, 2, 4]);

    // 7: he adds Dora. 8: she rejects, step 1 opens again with its data.
    let task = play.id(2);
    play.does(&carl(), Command::AddGuests { task, guests: vec![guest(DORA)] });
    let outcome = play.decide(&dora(), 2, false);
    assert_eq!(play.changed(&outcome), [1]);
    assert_eq!(play.task(1).status(at(play.now)), Status::InProgress);
    assert_eq!(play.task(1).answers.len(), 2);
    let outcome = play.complete(&carl(), 1);
    assert_eq!(play.changed(&outcome), [2], "the rejected approval is open again");
    play.decide(&carl(), 2, true);

    // 13: step 4 runs out by itself. 15: the rest is done, and so is the process.
    let timer = play.run.wanted_timers().into_iter().find(|timer| timer.kind == TimerKind::Expire).unwrap();
    play.now = 3 * DAY;
    play.does(&By::Clock, Command::TimerFired(timer));
    assert_eq!(play.task(4).completion.as_ref().unwrap().verdict, Verdict::Expired);
    let outcome = play.complete(&eve(), 3);
    assert_eq!(play.run.status(), RunStatus::Complete);
    assert!(matches!(outcome.events.last().unwrap().event, RunEvent::RunCompleted { .. }));
    assert_eq!(play.run.progress().percent(), 100);
}
