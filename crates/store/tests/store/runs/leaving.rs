//! People who leave, change their address or move between groups, and the
//! processes that name them.

use hospes_model::MemberId;
use hospes_model::task::TaskType;
use hospes_model::workflow::{Command, People, Person, Step};

use super::{
    blueprint, completing, completing_for, counters, for_people, guest, guests, on, store_template, task,
};
use crate::databases::{World, on_every_database, wanted};

#[test]
fn a_guest_who_is_removed_leaves_all_tasks_and_finished_work_keeps_its_author() {
    on_every_database(|world| {
        let both = guests(&["carl@client.example", "dora@client.example"]);
        let steps = vec![
            for_people(1, TaskType::Task, both.clone()),
            Step { everyone_must_complete: true, ..for_people(2, TaskType::Task, both) },
        ];
        store_template(world, blueprint(1, steps, Vec::new()));
        let launched = world.launch(world.actor(2), 1, |_| {}).unwrap().process;
        let run = launched.run.state().id;
        let one_off = world.create(world.actor(2), &crate::databases::draft(&[], &["carl@client.example"]));
        let one_off = one_off.unwrap().task.id;
        for step in [1, 2] {
            world.does(2, run, completing_for(task(&launched, step), "carl@client.example"));
        }
        assert_eq!(counters(world, "carl@client.example"), (2, 2, 0));
        assert_eq!(counters(world, "dora@client.example"), (1, 0, 0));
        let code = world.remove_guest("carl@client.example").unwrap().code;
        for step in [1, 2] {
            assert_eq!(on(world, run, step).1, ["dora@client.example"], "step {step}");
        }
        let process = world.process(run);
        let author = process.run.state().tasks[0].completion.as_ref().unwrap().by.clone();
        assert_eq!(author, Some(guest("carl@client.example")));
        assert_eq!(process.tasks[0].completer_code, Some(code.clone()));
        assert!(world.task(one_off).unwrap().owners.guests.is_empty());
        assert_eq!(counters(world, "dora@client.example"), (1, 0, 0));
        // Whoever gets the address next begins anew.
        world.make_guest("carl@client.example").unwrap();
        assert_eq!(counters(world, "carl@client.example"), (0, 0, 0));
        world.does(1, run, Command::Archive);
        world.does(1, run, Command::Activate);
        assert_eq!(world.process(run).tasks[0].completer_code, Some(code));
        assert_eq!(counters(world, "carl@client.example"), (0, 0, 0));
        world.does(1, run, Command::Reopen { task: task(&process, 1) });
        assert_eq!(counters(world, "carl@client.example"), (0, 0, 0));
        assert_eq!(counters(world, "dora@client.example"), (2, 0, 0));
        world.does(1, run, Command::Archive);
        world.delete_run(run).unwrap();
        assert_eq!(counters(world, "carl@client.example"), (0, 0, 0));
        assert_eq!(counters(world, "dora@client.example"), (0, 0, 0));
    });
}

#[test]
fn a_guest_with_another_address_is_the_same_guest_in_processes() {
    on_every_database(|world| {
        let steps = vec![
            for_people(1, TaskType::Task, guests(&["carl@client.example"])),
            for_people(2, TaskType::Task, guests(&["carl@client.example"])),
        ];
        store_template(world, blueprint(1, steps, Vec::new()));
        let launched = world.launch(world.actor(2), 1, |_| {}).unwrap().process;
        let run = launched.run.state().id;
        world.does(2, run, completing_for(task(&launched, 1), "carl@client.example"));
        let before = world.guest("carl@client.example").unwrap();
        let renamed = world.rename_guest("carl@client.example", "carlo@new.example").unwrap();
        assert_eq!((&renamed.stats, renamed.key), (&before.stats, before.key));
        let process = world.process(run);
        for step in [1, 2] {
            assert_eq!(on(world, run, step).1, ["carlo@new.example"]);
        }
        let author = process.run.state().tasks[0].completion.as_ref().unwrap().by.clone();
        assert_eq!(author, Some(guest("carlo@new.example")));
        assert_ne!(renamed.code, before.code, "another mailbox has another link");
        assert_eq!(process.tasks[0].completer_code, Some(renamed.code));
        assert_eq!(counters(world, "carlo@new.example"), (1, 1, 0));
        world.does(2, run, completing_for(task(&process, 2), "carlo@new.example"));
        assert_eq!(counters(world, "carlo@new.example"), (0, 2, 0));
        // The old address is nobody's, and whoever gets it has no part in this.
        world.make_guest("carl@client.example").unwrap();
        assert_eq!(counters(world, "carl@client.example"), (0, 0, 0));
    });
}

#[test]
fn processes_follow_groups_and_lose_those_that_are_deleted() {
    on_every_database(|world| {
        let group = world.make_group(&hospes_model::group::GroupChange {
            name: Some("Sales".to_owned()),
            people: wanted(&[world.members[2]], &["carl@client.example"]),
            replaces_members: true,
            replaces_guests: true,
            ..Default::default()
        });
        let group = group.unwrap().group.id;
        let steps = vec![
            Step {
                everyone_must_complete: true,
                ..for_people(1, TaskType::Task, People::of_groups([group]))
            },
            for_people(2, TaskType::Task, People::of_groups([group])),
        ];
        store_template(world, blueprint(1, steps, Vec::new()));
        let launched = world.launch(world.actor(2), 1, |_| {}).unwrap().process;
        let run = launched.run.state().id;
        for step in [1, 2] {
            world.does(1, run, completing_for(task(&launched, step), "carl@client.example"));
        }
        assert_eq!(counters(world, "carl@client.example"), (1, 2, 0));
        // The member leaves: somebody else is put beside the guest.
        let change = |members: &[MemberId], emails: &[&str]| hospes_model::group::GroupChange {
            people: wanted(members, emails),
            replaces_members: true,
            replaces_guests: true,
            ..Default::default()
        };
        let before = world.process(run).revision;
        let told = world.change_group(world.actor(1), group, &change(&[], &["carl@client.example"]));
        assert_eq!(told.unwrap().warnings.len(), 1);
        let process = world.process(run);
        assert!(process.revision > before);
        assert_eq!(process.run.state().tasks[0].assignees.chaperone, Some(world.members[0]));
        // The guest leaves, and is back: a part that was done is done, and who
        // completed a task stays its author.
        world.change_group(world.actor(1), group, &change(&[], &[])).unwrap();
        assert_eq!(counters(world, "carl@client.example"), (0, 1, 0));
        world.change_group(world.actor(1), group, &change(&[], &["carl@client.example"])).unwrap();
        assert_eq!(counters(world, "carl@client.example"), (1, 2, 0));
        world.delete_group(world.actor(1), group).unwrap();
        let process = world.process(run);
        for task in &process.run.state().tasks {
            assert!(task.assignees.people.is_empty(), "{:?}", task.assignees);
        }
        assert_eq!(counters(world, "carl@client.example"), (0, 1, 0));
        assert_eq!(world.table(1, "SELECT COUNT(*) FROM task_group"), [[0]]);
        assert_eq!(world.process(run), process);
    });
}

#[test]
fn members_who_leave_or_become_guests_leave_processes_and_come_back_to_them() {
    on_every_database(|world| {
        let [_, ann, bo, ..] = world.members;
        let carl = guests(&["carl@client.example"]);
        let steps = vec![
            for_people(1, TaskType::Task, People::members([ann]).with(&carl)),
            for_people(2, TaskType::Task, People::members([ann]).with(&carl)),
            for_people(3, TaskType::Task, carl),
        ];
        store_template(world, blueprint(1, steps, Vec::new()));
        let launched = world.launch(world.actor(3), 1, |_| {}).unwrap().process;
        let run = launched.run.state().id;
        world.does(2, run, completing(task(&launched, 1)));
        // Disabled, she stays, and somebody else is put beside the guest.
        world.disable_member(world.actor(1), ann, None).unwrap();
        assert_eq!(on(world, run, 2).0, [ann]);
        let chaperone = |step: usize| world.process(run).run.state().tasks[step - 1].assignees.chaperone;
        assert_eq!(chaperone(2), Some(world.members[0]));
        world.enable_member(ann).unwrap();
        // Somebody comes in her place, where there is something to do.
        world.disable_member(world.actor(1), ann, Some(bo)).unwrap();
        assert_eq!((on(world, run, 1).0, on(world, run, 2).0), (vec![ann], vec![bo]));
        world.enable_member(ann).unwrap();
        // As a guest she is the same person, and as a member again too.
        let (guest, _) = world.member_to_guest(world.actor(1), ann).unwrap();
        assert_eq!(counters(world, "member2@org1.example"), (0, 1, 0));
        let author = |world: &World| world.process(run).run.state().tasks[0].completion.clone().unwrap().by;
        assert_eq!(author(world), Some(Person::Guest(guest.email)));
        assert_eq!(on(world, run, 1).1, ["carl@client.example", "member2@org1.example"]);
        // Whoever names the address means the guest.
        let both = guests(&["carl@client.example", "member2@org1.example"]);
        let process = world.does(1, run, Command::Assign { task: task(&launched, 3), people: both });
        assert_eq!(counters(world, "member2@org1.example"), (1, 1, 0));
        world.guest_to_member(world.actor(1), "member2@org1.example").unwrap();
        assert_eq!(author(world), Some(Person::Member(ann)));
        assert_eq!(on(world, run, 3).0, [ann]);
        assert_eq!(world.process(run).tasks[0].completer_code, None);
        world.does(2, run, completing(task(&process, 3)));
        // Somebody who was never a member is invited, and keeps their tasks.
        let member = world.guest_to_member(world.actor(1), "carl@client.example").unwrap().member;
        assert_eq!(on(world, run, 2).0, [bo, member.id]);
        assert_eq!(on(world, run, 2).1, Vec::<String>::new());
    });
}
