//! Who is on a task, what they may do, and what they learn.

use hospes_model::Refusal;
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
fn a_guest_is_never_alone() {
    let mut play = play(blueprint(vec![for_carl()]));
    assert_eq!(play.on(1), "carl@client.example (2)");
    let task = play.id(1);
    // Callers read everybody and send them back, with one change.
    let echo = users(&[ANN]).with(&guests(&[CARL, DORA]));
    play.does(&eve(), Command::Assign { task, people: echo });
    assert_eq!(play.on(1), "carl@client.example dora@client.example (2)");
    let outcome = play.does(&eve(), Command::Assign { task, people: guests(&[CARL]) });
    assert_eq!((play.on(1), outcome.warnings.len()), ("carl@client.example (4)".to_owned(), 1));
    play.does(&eve(), Command::Assign { task, people: users(&[BO]).with(&guests(&[CARL])) });
    assert_eq!(play.on(1), "3 carl@client.example");
    // The member leaves: whoever looks after the process comes in.
    play.directory.members.remove(&member(BO));
    play.does(
        &By::Clock,
        Command::Replace { person: Person::Member(member(BO)), with: None, same_person: false },
    );
    assert_eq!(play.on(1), "carl@client.example (2)");
    play.does(&eve(), Command::Assign { task, people: People::default() });
    assert_eq!(play.on(1), "");
    let refusal = play.try_do(&eve(), Command::Assign { task, people: users(&[ANN, BO]) }).unwrap_err();
    assert_eq!(faults(refusal), ["owners.users"]);
}

#[test]
fn people_are_replaced_where_work_is_left() {
    let both = || Step { people: users(&[EVE]).with(&guests(&[CARL])), ..task(1) };
    let mut play =
        play(blueprint(vec![both(), Step { id: step_id(2), alias: "s2".to_owned(), ..both() }, task(3)]));
    play.complete(&eve(), 2);
    let person = Person::Member(member(EVE));
    // Eve becomes a guest.
    let with = Some(Person::Guest(guest("eve@x.example")));
    play.does(&admin(), Command::Replace { person: person.clone(), with, same_person: false });
    assert_eq!(play.on(1), "carl@client.example eve@x.example (1)");
    assert_eq!(play.on(2), "4 carl@client.example", "finished work stays as it was");
    let back = Command::Replace {
        person: Person::Guest(guest("Eve@x.example")),
        with: Some(person),
        same_person: false,
    };
    play.does(&admin(), back.clone());
    assert_eq!(play.on(1), "4 carl@client.example (1)");
    assert!(play.does(&admin(), back).events.is_empty());
    let stranger = Some(Person::Member(member(66)));
    let command = Command::Replace { person: Person::Guest(guest(CARL)), with: stranger, same_person: false };
    assert_eq!(faults(play.try_do(&admin(), command).unwrap_err()), ["to"]);
}

#[test]
fn another_member_takes_over_what_is_left() {
    let everyone = |number| Step { everyone_must_complete: true, people: users(&[ANN, EVE]), ..task(number) };
    let through_group = Step { people: People::of_groups([group_id(1)]), ..everyone(4) };
    let alone = Step { people: guests(&[CARL]), ..task(3) };
    let mut play = play(blueprint(vec![everyone(1), everyone(2), alone, through_group]));
    let group = Group { members: vec![member(ANN), member(EVE)], ..Group::default() };
    play.directory.groups.insert(group_id(1), group);
    for number in [1, 4] {
        play.complete(&ann(), number);
    }
    play.directory.members.remove(&member(ANN));
    let command = Command::Replace {
        person: Person::Member(member(ANN)),
        with: Some(Person::Member(member(BO))),
        same_person: false,
    };
    play.does(&admin(), command.clone());
    assert_eq!((play.on(1), play.on(2)), ("2 4".to_owned(), "3 4".to_owned()), "a part that is done stays");
    assert_eq!(play.on(3), "carl@client.example (3)");
    assert_eq!(
        play.task(4).assignees.people.users(),
        [member(ANN)],
        "a part that is done outlives the group"
    );
    assert_eq!(play.run.state().owner, member(BO));
    assert_eq!([1, 2, 4].map(|number| play.task(number).all_parts(&play.directory)), [2, 2, 2]);
    assert!(play.does(&admin(), command).events.is_empty());
}

#[test]
fn who_is_known_by_another_name_keeps_what_they_did() {
    let both = || Step { people: users(&[ANN, EVE]), ..with(task(1), &[field(1, FieldType::AssigneesForm)]) };
    let approval =
        Step { everyone_must_complete: true, people: users(&[ANN, EVE]), ..step(2, TaskType::Approval) };
    let mut template = blueprint(vec![both(), approval, task(3)]);
    template.prerun = vec![field(2, FieldType::AssigneesForm)];
    let picked = || Answer::People(users(&[BO, EVE]));
    let (mut play, _) = launched(template, |launch| launch.prerun = vec![(field_id(2), picked())]).unwrap();
    play.fill(&ann(), 1, 1, picked());
    play.complete(&eve(), 1);
    play.decide(&eve(), 2, false);
    play.does(&ann(), Command::ReopenPrerun);
    play.does(&eve(), Command::CompletePrerun);

    let eve_then = Person::Member(member(EVE));
    let eve_now = Person::Guest(guest("eve@x.example"));
    play.directory.members.remove(&member(EVE));
    let command = |person: &Person, with: &Person| {
        let (person, with) = (person.clone(), Some(with.clone()));
        Command::Replace { person, with, same_person: true }
    };
    play.does(&admin(), command(&eve_then, &eve_now));
    let state = play.run.state();
    let picked = Answer::People(users(&[BO]).with(&guests(&["eve@x.example"])));
    assert_eq!((&state.prerun[&field_id(2)], &play.task(1).answers[&field_id(1)]), (&picked, &picked));
    assert_eq!(state.prerun_completed.as_ref().unwrap().by, Some(eve_now.clone()));
    assert_eq!(play.task(1).completion.as_ref().unwrap().by, Some(eve_now.clone()));
    assert_eq!((play.on(1), play.on(2)), ("2 eve@x.example".to_owned(), "2 eve@x.example".to_owned()));
    let mut named = Named::default();
    state.named(&mut named);
    assert!(!named.users.contains(&member(EVE)), "the old name is nowhere left");
    assert!(play.does(&admin(), command(&eve_then, &eve_now)).events.is_empty());
    // Another spelling is no other name, and is how she is called from then on.
    let respelled = Person::Guest(guest("EVE@x.example"));
    play.does(&admin(), command(&eve_now, &respelled));
    assert_eq!((play.on(1), play.on(2)), ("2 EVE@x.example".to_owned(), "2 EVE@x.example".to_owned()));
    assert_eq!(play.task(1).completion.as_ref().unwrap().by, Some(respelled.clone()));
    let picked = Answer::People(users(&[BO]).with(&guests(&["EVE@x.example"])));
    assert_eq!(play.run.state().prerun[&field_id(2)], picked);
    assert!(play.does(&admin(), command(&eve_now, &respelled)).events.is_empty());
    // Her part is done, and still rejects.
    assert_eq!(play.run.tasks_of_guest(&guest("eve@x.example"), &play.directory).count(), 2);
    play.decide(&ann(), 2, true);
    assert_eq!(play.task(2).completion.as_ref().unwrap().verdict, Verdict::Rejected);
}

#[test]
fn two_names_of_one_person_have_one_part() {
    for (first, second) in [(true, false), (false, true), (true, true)] {
        let people = users(&[ANN]).with(&guests(&[CARL, DORA]));
        let approval = Step { everyone_must_complete: true, people, ..step(1, TaskType::Approval) };
        let mut play = play(blueprint(vec![approval]));
        play.decide(&carl(), 1, first);
        play.decide(&dora(), 1, second);
        let (person, with) = (Person::Guest(guest(CARL)), Some(Person::Guest(guest(DORA))));
        play.does(&admin(), Command::Replace { person, with, same_person: true });
        assert_eq!((play.task(1).parts.len(), play.on(1)), (1, "2 dora@client.example".to_owned()));
        play.decide(&ann(), 1, true);
        let verdict = if first && second { Verdict::Approved } else { Verdict::Rejected };
        assert_eq!(play.task(1).completion.as_ref().unwrap().verdict, verdict);
    }
}

#[test]
fn groups_that_lose_their_members_get_a_chaperone() {
    let people = People::of_groups([group_id(1)]);
    let mut play = play(blueprint(vec![Step { people, ..task(1) }]));
    assert!(play.does(&By::Clock, Command::CheckChaperones).events.is_empty());
    play.directory.groups.get_mut(&group_id(1)).unwrap().members.clear();
    play.does(&By::Clock, Command::CheckChaperones);
    assert_eq!(play.on(1), "group (2)");
}

#[test]
fn people_are_told_of_what_they_have_to_do_now() {
    let both = users(&[EVE]).with(&guests(&[CARL]));
    let mut template = blueprint(vec![for_carl(), Step { people: both, ..task(2) }, task(3)]);
    template.automated_actions = vec![rule(1, when_step(1, StepOperation::Completed), vec![show(2)])];
    let mut play = play(template);
    let news = |play: &Play, before: Option<&Run>| {
        let news = play.run.newly_assigned(before, &play.directory);
        let name = |person| match person {
            Person::Member(id) => id.to_string(),
            Person::Guest(email) => email.to_string(),
        };
        let told = news.into_iter().map(|(task, person)| (play.run.place(task).unwrap() + 1, name(person)));
        told.collect::<Vec<_>>()
    };
    let expected = |list: &[(usize, &str)]| {
        list.iter().map(|(step, name)| (*step, (*name).to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(news(&play, None), expected(&[(1, CARL), (1, "2")]), "nobody hears of the hidden one");
    let before = play.run.clone();
    play.complete(&carl(), 1);
    assert_eq!(news(&play, Some(&before)), expected(&[(2, "4"), (2, CARL)]));
    let before = play.run.clone();
    let task = play.id(2);
    play.does(&eve(), Command::AddGuests { task, guests: vec![guest(DORA)] });
    assert_eq!(news(&play, Some(&before)), expected(&[(2, DORA)]));
    let before = play.run.clone();
    play.reopen(&ann(), 1);
    assert_eq!(news(&play, Some(&before)), expected(&[(1, CARL), (1, "2")]));
    play.does(&ann(), Command::Archive);
    assert!(news(&play, Some(&before)).is_empty());
}

#[test]
fn guests_learn_nothing_of_processes_that_are_not_theirs_or_put_away() {
    let mut play = play(blueprint(vec![for_carl()]));
    for command in
        [Command::Archive, Command::CompletePrerun, Command::ReportIssue { task: None, thread: thread(1) }]
    {
        assert_eq!(play.try_do(&dora(), command), Err(Refusal::NotFound));
    }
    let own = Command::Complete { task: play.id(1), approved: None, on_behalf_of: None };
    play.does(&ann(), Command::Archive);
    assert_eq!(play.try_do(&carl(), own), Err(Refusal::NotFound));
}

#[test]
fn guests_see_and_change_their_own_tasks_only() {
    let other = Step { people: guests(&[DORA]), ..with(task(2), &[text_field(2)]) };
    let mut play = play(blueprint(vec![with(for_carl(), &[text_field(1)]), other]));
    let (own, others) = (play.id(1), play.id(2));
    play.fill(&carl(), 1, 1, text("x"));
    let values = vec![(field_id(2), Some(text("x")))];
    assert_eq!(
        play.try_do(&carl(), Command::Answer { task: others, values: values.clone() }),
        Err(Refusal::NotFound)
    );
    // A field of another task, on the own one.
    let refusal = play.try_do(&carl(), Command::Answer { task: own, values }).unwrap_err();
    assert_eq!(faults(refusal), [format!("taskdata.{}", field_id(2))]);
    for command in [
        Command::Reopen { task: own },
        Command::SetVisible { task: own, visible: false },
        Command::Assign { task: own, people: People::default() },
        Command::Edit { task: own, change: Edit::default() },
        Command::ResolveIssue { task: Some(own), thread: thread(1) },
        Command::ReportIssue { task: None, thread: thread(1) },
        Command::AddTasks { tasks: Vec::new() },
        Command::Rename { name: "x".to_owned() },
        Command::HandOver { owner: member(ANN) },
        Command::Replace { person: Person::Guest(guest(CARL)), with: None, same_person: false },
        Command::ReopenPrerun,
        Command::Archive,
    ] {
        assert!(matches!(play.try_do(&carl(), command.clone()), Err(Refusal::Forbidden(_))), "{command:?}");
    }
    let (directory, email) = (play.directory.clone(), guest(CARL));
    let seen =
        |play: &Play| play.run.tasks_of_guest(&email, &directory).map(|task| task.id).collect::<Vec<_>>();
    assert_eq!(seen(&play), [own]);
    play.does(&ann(), Command::SetVisible { task: own, visible: false });
    assert_eq!(play.try_do(&carl(), complete(&play.clone(), 1)), Err(Refusal::NotFound));
    assert!(seen(&play).is_empty());
}

#[test]
fn light_members_work_on_their_tasks_and_change_nothing_else() {
    let mut play =
        play(blueprint(vec![Step { people: users(&[BO]), ..with(task(1), &[text_field(1)]) }, task(2)]));
    play.fill(&bo(), 1, 1, text("x"));
    play.complete(&bo(), 1);
    play.reopen(&bo(), 1);
    let (own, other) = (play.id(1), play.id(2));
    for command in [
        Command::Assign { task: own, people: People::default() },
        Command::SetVisible { task: own, visible: false },
        Command::Archive,
        Command::Answer { task: other, values: Vec::new() },
        Command::ReportIssue { task: Some(other), thread: thread(1) },
    ] {
        assert!(matches!(play.try_do(&bo(), command.clone()), Err(Refusal::Forbidden(_))), "{command:?}");
    }
}

#[test]
fn forbidden_texts_do_not_sign_a_client_out() {
    let mut play = play(blueprint(vec![for_carl(), Step { can_complete_only_assignees: true, ..task(2) }]));
    let (own, other) = (play.id(1), play.id(2));
    for (by, command) in [
        (carl(), Command::Reopen { task: own }),
        (carl(), Command::Archive),
        (
            carl(),
            Command::Complete { task: own, approved: None, on_behalf_of: Some(Person::Member(member(ANN))) },
        ),
        (bo(), Command::Archive),
        (bo(), Command::Reopen { task: other }),
        (bo(), Command::Complete { task: other, approved: None, on_behalf_of: None }),
        (
            bo(),
            Command::Complete {
                task: other,
                approved: None,
                on_behalf_of: Some(Person::Member(member(ANN))),
            },
        ),
        (ann(), Command::Complete { task: other, approved: None, on_behalf_of: None }),
        (carl(), Command::Replace { person: Person::Member(member(ANN)), with: None, same_person: false }),
        (carl(), Command::ResolveIssue { task: None, thread: thread(1) }),
        (bo(), Command::Answer { task: other, values: Vec::new() }),
    ] {
        let text = play.try_do(&by, command).unwrap_err().to_string().to_lowercase();
        assert!(!["token", "expired", "login"].iter().any(|word| text.contains(word)), "{text}");
    }
}

#[test]
fn groups_that_are_no_more_or_too_large_are_not_assigned() {
    let named = People::of_groups([group_id(1), group_id(9)]);
    let mut template = blueprint(vec![task(1), Step { people: named.clone(), ..task(2) }]);
    let verb = AssignVerb::Assign;
    let done = when_step(2, StepOperation::Completed);
    template.automated_actions = vec![rule(1, done, vec![put(1, verb, People::of_groups([group_id(1)]))])];
    let mut play = play(template.clone());
    assert_eq!(play.task(2).assignees.people.groups(), [group_id(1)], "what is gone is left out");
    let assign = Command::Assign { task: play.id(1), people: named };
    assert_eq!(faults(play.try_do(&ann(), assign.clone()).unwrap_err()), ["owners.groups"]);
    play.directory.max_group_size = Some(1);
    let Err(Refusal::Invalid(errors)) = play.try_do(&ann(), assign) else { panic!() };
    assert_eq!(errors.iter().map(|(_, texts)| texts.len()).sum::<usize>(), 2);
    let outcome = play.complete(&ann(), 2);
    assert!(outcome.tasks_changed_by_rules().is_empty() && play.on(1).is_empty());

    let small = Directory { max_group_size: Some(1), ..directory() };
    let refusal = launched_in(template, Calendar::plain(), small, |_| {}).unwrap_err();
    assert_eq!(faults(refusal), [format!("tasks.{}.owners", step_id(2))]);
}

#[test]
fn a_group_that_is_gone_sees_the_process_no_more_and_opens_it_to_nobody() {
    let (mut play, _) = launched(blueprint(vec![task(1)]), |launch| {
        launch.access = users(&[BO]).with(&People::of_groups([group_id(1), group_id(2)]));
    })
    .unwrap();
    play.directory.groups.remove(&group_id(1));
    play.does(&By::Clock, Command::CheckChaperones);
    assert_eq!(play.run.state().access, users(&[BO]).with(&People::of_groups([group_id(2)])));
    play.does(&ann(), Command::Share { access: People::of_groups([group_id(2)]) });
    play.directory.groups.remove(&group_id(2));
    play.does(&By::Clock, Command::CheckChaperones);
    assert_eq!(play.run.state().access, users(&[ANN]), "its owner, who sees it anyway");
    assert!(play.does(&By::Clock, Command::CheckChaperones).events.is_empty());
}

#[test]
fn whoever_shall_see_a_process_must_be_there_and_may_be_many() {
    let stranger = users(&[66]).with(&People::of_groups([group_id(9)]));
    let refusal = launched(blueprint(vec![task(1)]), |launch| launch.access = stranger.clone()).unwrap_err();
    assert_eq!(faults(refusal), ["groups", "users"]);
    let mut play = play(blueprint(vec![task(1)]));
    assert_eq!(
        faults(play.try_do(&ann(), Command::Share { access: stranger }).unwrap_err()),
        ["groups", "users"]
    );
    // The limit is for assigning.
    play.directory.max_group_size = Some(1);
    play.does(&ann(), Command::Share { access: People::of_groups([group_id(1)]) });
}

#[test]
fn disabled_guests_stay_where_they_are_and_are_given_nothing_new() {
    let mut template = blueprint(vec![for_carl(), task(2), task(3)]);
    let verb = AssignVerb::Assign;
    template.automated_actions = vec![
        rule(1, when_step(3, StepOperation::Completed), vec![put(2, verb, guests(&[DORA]))]),
        rule(2, when_step(3, StepOperation::Completed), vec![put(2, verb, guests(&["new@client.example"]))]),
    ];
    let mut without = directory();
    without.disabled.insert(CARL.to_owned());
    let (play_without, _) =
        launched_in(template.clone(), Calendar::plain(), without.clone(), |_| {}).unwrap();
    assert_eq!(play_without.on(1), "", "as a member who is not active");
    let of_launch = |launch: &mut Launch| {
        let people = Some(guests(&["CARL@client.example"]));
        launch.tasks.insert(step_id(2), StepOverride { people, deadline: None });
    };
    let refusal = launched_in(template.clone(), Calendar::plain(), without, of_launch).unwrap_err();
    assert_eq!(faults(refusal), [format!("tasks.{}.owners.guests", step_id(2))]);

    let mut play = play(template);
    play.directory.disabled.extend([CARL, DORA].map(str::to_owned));
    let (first, second) = (play.id(1), play.id(2));
    let echo = users(&[ANN]).with(&guests(&[CARL]));
    play.does(&ann(), Command::Assign { task: first, people: echo });
    for command in [
        Command::Assign { task: second, people: guests(&[CARL]) },
        Command::AddGuests { task: second, guests: vec![guest(CARL)] },
    ] {
        assert_eq!(faults(play.try_do(&ann(), command).unwrap_err()), ["owners.guests"]);
    }
    let by_guest = Command::AddGuests { task: first, guests: vec![guest(DORA)] };
    assert_eq!(faults(play.try_do(&carl(), by_guest).unwrap_err()), ["guests"], "which says not why");
    play.complete(&ann(), 3);
    assert_eq!(play.on(2), "new@client.example (2)");
    // What they did before can still be put down as theirs.
    let on_behalf_of = Some(Person::Guest(guest(CARL)));
    let command = Command::Complete { task: first, approved: None, on_behalf_of: on_behalf_of.clone() };
    play.does(&ann(), command);
    assert_eq!(play.task(1).completion.as_ref().unwrap().by, on_behalf_of);
}

#[test]
fn an_address_of_a_member_who_is_not_active_is_named_where_it_was_sent() {
    let mut directory = directory();
    directory.addresses.insert(CARL.to_owned(), member(66));
    let change = |launch: &mut Launch| {
        let people = Some(guests(&[CARL]));
        launch.tasks.insert(step_id(1), StepOverride { people, deadline: None });
    };
    let refusal =
        launched_in(blueprint(vec![task(1)]), Calendar::plain(), directory.clone(), change).unwrap_err();
    assert_eq!(faults(refusal), [format!("tasks.{}.owners.guests", step_id(1))]);
    let mut play = play(blueprint(vec![task(1)]));
    play.directory = directory;
    let assign = Command::Assign { task: play.id(1), people: guests(&[CARL]) };
    assert_eq!(faults(play.try_do(&ann(), assign).unwrap_err()), ["owners.guests"]);
}

#[test]
fn who_is_picked_must_be_there_or_have_been_picked_before() {
    let stranger = || users(&[66]).with(&People::of_groups([group_id(9)]));
    let with_guest = || users(&[BO]).with(&guests(&["new@client.example"]));
    let mut template = blueprint(vec![with(task(1), &[field(1, FieldType::AssigneesForm)])]);
    template.prerun = vec![field(2, FieldType::AssigneesForm)];
    let pick = |people: People| vec![(field_id(2), Answer::People(people))];
    let refusal = launched(template.clone(), |launch| launch.prerun = pick(stranger())).unwrap_err();
    assert_eq!(faults(refusal), [format!("prerun.{}", field_id(2))]);
    let (mut play, _) = launched(template, |launch| launch.prerun = pick(with_guest())).unwrap();
    let task = play.id(1);
    let answer = |people: People| vec![(field_id(1), Some(Answer::People(people)))];
    let refusal = play.try_do(&ann(), Command::Answer { task, values: answer(stranger()) }).unwrap_err();
    assert_eq!(faults(refusal), [format!("taskdata.{}", field_id(1))]);
    play.does(&ann(), Command::Answer { task, values: answer(with_guest()) });
    // Bo leaves, and is sent back with one more.
    play.directory.members.remove(&member(BO));
    let more = with_guest().with(&users(&[EVE]));
    play.does(&ann(), Command::Answer { task, values: answer(more.clone()) });
    let values = vec![(field_id(2), Some(Answer::People(more)))];
    play.does(&ann(), Command::AnswerPrerun { values });
    let values = vec![(field_id(2), Some(Answer::People(stranger())))];
    let refusal = play.try_do(&ann(), Command::AnswerPrerun { values }).unwrap_err();
    assert_eq!(faults(refusal), [format!("prerun.{}", field_id(2))]);
}

#[test]
fn whoever_is_put_beside_guests_is_told_of_with_the_tasks() {
    let many = |count: usize| (1..=count).map(|number| Step { id: step_id(number), ..for_carl() });
    let told = |count: usize| {
        let steps = many(count).enumerate().map(|(at, step)| Step {
            alias: format!("s{at}"),
            title: format!("Call {}", at + 1),
            ..step
        });
        launched(blueprint(steps.collect()), |_| {}).unwrap().1.warnings
    };
    let why = "a task with a guest always has a member too.";
    assert_eq!(told(1), [format!("Member 2 was added to the task “Call 1”: {why}")]);
    assert_eq!(told(2), [format!("Member 2 was added to the tasks “Call 1” and “Call 2”: {why}")]);
    let five = format!("Member 2 was added to the tasks “Call 1”, “Call 2”, “Call 3” and 2 more: {why}");
    assert_eq!(told(5), [five]);
    // People who hear of a group may know nothing of the process.
    let mut play = play(blueprint(vec![Step { people: People::of_groups([group_id(1)]), ..task(1) }]));
    play.directory.groups.get_mut(&group_id(1)).unwrap().members.clear();
    let outcome = play.does(&By::Clock, Command::CheckChaperones);
    assert_eq!(outcome.warnings, [format!("Member 2 was added to tasks of processes: {why}")]);
}
