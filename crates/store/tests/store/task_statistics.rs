//! Statistics kept step by step always equal a fresh count (`product.md` 1.13),
//! no guest is ever without an active member on a task (1.20, 3), and whoever is
//! in a group is on its tasks (D27).

use hospes_model::group::GroupChange;
use hospes_model::guest::Stats;
use hospes_model::task::TaskType;
use hospes_model::task::change::TaskChange;
use hospes_model::task::lifecycle::{Completing, OnBehalf};
use hospes_model::task::owners::Wanted;
use hospes_model::{GroupId, MemberId, TaskId};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::databases::{World, draft, on_every_database, wanted};

/// One step of a history. Numbers choose among what there is at that time.
#[derive(Debug, Clone)]
enum Step {
    Create { actor: usize, people: People, everyone: bool, approval: bool },
    Assign { actor: usize, task: usize, people: People },
    Everyone { task: usize, everyone: bool },
    Complete { actor: usize, task: usize, verdict: bool },
    CompleteFor { actor: usize, task: usize, guest: usize },
    Reopen { actor: usize, task: usize },
    Archive { task: usize, archived: bool },
    Delete { task: usize },
    RemoveGuest { guest: usize },
    DisableGuest { guest: usize },
    MakeGuest { guest: usize },
    MakeGroup { members: Vec<usize>, guests: Vec<usize> },
    ChangeGroup { actor: usize, group: usize, members: Option<Vec<usize>>, guests: Option<Vec<usize>> },
    DeleteGroup { actor: usize, group: usize },
    DisableMember { actor: usize, member: usize, to: Option<usize> },
    EnableMember { member: usize },
    DeleteMember { member: usize },
    MemberToGuest { actor: usize, member: usize },
    GuestToMember { actor: usize, guest: usize },
    MemberBack { member: usize },
}

/// Who shall be on a task: members and guests by number, groups by the order in
/// which they were made.
type People = (Vec<usize>, Vec<usize>, Vec<usize>);

/// What a history has made so far.
#[derive(Debug, Default)]
struct Made {
    tasks: Vec<TaskId>,
    groups: Vec<GroupId>,
}

const GUESTS: usize = 4;

fn address(guest: usize) -> String {
    format!("guest{guest}@x.example")
}

fn step() -> impl Strategy<Value = Step> {
    let actor = 1..5_usize;
    let task = 0..8_usize;
    let some_members = prop::collection::vec(1..5_usize, 0..3);
    let some_guests = prop::collection::vec(0..GUESTS, 0..4);
    let some_groups = prop::collection::vec(0..4_usize, 0..3);
    let people = (some_members.clone(), some_guests.clone(), some_groups);
    prop_oneof![
        4 => (actor.clone(), people.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(actor, people, everyone, approval)| Step::Create { actor, people, everyone, approval }),
        3 => (actor.clone(), task.clone(), people)
            .prop_map(|(actor, task, people)| Step::Assign { actor, task, people }),
        2 => (some_members.clone(), some_guests.clone())
            .prop_map(|(members, guests)| Step::MakeGroup { members, guests }),
        4 => (actor.clone(), 0..4_usize, prop::option::of(some_members), prop::option::of(some_guests))
            .prop_map(|(actor, group, members, guests)| Step::ChangeGroup { actor, group, members, guests }),
        1 => (actor.clone(), 0..4_usize).prop_map(|(actor, group)| Step::DeleteGroup { actor, group }),
        2 => (actor.clone(), 1..5_usize, prop::option::of(1..5_usize))
            .prop_map(|(actor, member, to)| Step::DisableMember { actor, member, to }),
        2 => (1..5_usize).prop_map(|member| Step::EnableMember { member }),
        1 => (1..5_usize).prop_map(|member| Step::DeleteMember { member }),
        2 => (actor.clone(), 1..5_usize).prop_map(|(actor, member)| Step::MemberToGuest { actor, member }),
        1 => (actor.clone(), 0..GUESTS).prop_map(|(actor, guest)| Step::GuestToMember { actor, guest }),
        1 => (1..5_usize).prop_map(|member| Step::MemberBack { member }),
        1 => (task.clone(), any::<bool>()).prop_map(|(task, everyone)| Step::Everyone { task, everyone }),
        4 => (actor.clone(), task.clone(), any::<bool>())
            .prop_map(|(actor, task, verdict)| Step::Complete { actor, task, verdict }),
        6 => (actor.clone(), task.clone(), 0..GUESTS)
            .prop_map(|(actor, task, guest)| Step::CompleteFor { actor, task, guest }),
        4 => (actor, task.clone()).prop_map(|(actor, task)| Step::Reopen { actor, task }),
        3 => (task.clone(), any::<bool>()).prop_map(|(task, archived)| Step::Archive { task, archived }),
        1 => task.prop_map(|task| Step::Delete { task }),
        1 => (0..GUESTS).prop_map(|guest| Step::RemoveGuest { guest }),
        1 => (0..GUESTS).prop_map(|guest| Step::DisableGuest { guest }),
        1 => (0..GUESTS).prop_map(|guest| Step::MakeGuest { guest }),
    ]
}

/// Takes a step. Refusals are part of any history: they change nothing.
fn take(world: &World, made: &mut Made, step: &Step) {
    let members = |numbers: &[usize]| -> Vec<MemberId> {
        numbers.iter().map(|number| world.members[number - 1]).collect()
    };
    let addresses =
        |guests: &[usize]| -> Vec<String> { guests.iter().map(|guest| address(*guest)).collect() };
    let group = |number: usize| made.groups.iter().rev().nth(number).copied().unwrap_or(world.group_id());
    let wish = |(who, guests, groups): &People| {
        let guests = addresses(guests);
        let guests: Vec<&str> = guests.iter().map(String::as_str).collect();
        let groups = groups.iter().map(|number| group(*number)).filter(|id| world.group(*id).is_some());
        Wanted { groups: groups.enumerate().collect(), ..wanted(&members(who), &guests) }
    };
    let tasks = &mut made.tasks;
    let chosen = |tasks: &[TaskId], task: usize| {
        if tasks.is_empty() { world.task_id() } else { tasks[task % tasks.len()] }
    };
    match step {
        Step::Create { actor, people, everyone, approval } => {
            let mut draft = draft(&[], &[]);
            draft.owners = wish(people);
            draft.settings.everyone_must_complete = *everyone;
            draft.task_type = if *approval { TaskType::Approval } else { TaskType::Task };
            if let Ok(made) = world.create(world.acting(*actor), &draft) {
                tasks.push(made.task.id);
            }
        }
        Step::Assign { actor, task, people } => {
            let change = TaskChange { owners: Some(wish(people)), ..TaskChange::default() };
            let _ = world.update(world.acting(*actor), chosen(tasks, *task), &change);
        }
        Step::MakeGroup { members: who, guests } => {
            let change = group_change(Some(&members(who)), Some(&addresses(guests)));
            let change = GroupChange { name: Some(format!("Group {}", made.groups.len())), ..change };
            made.groups.extend(world.make_group(&change).map(|made| made.group.id));
        }
        Step::ChangeGroup { actor, group: number, members: who, guests } => {
            let (who, guests) = (who.as_deref().map(members), guests.as_deref().map(addresses));
            let change = group_change(who.as_deref(), guests.as_deref());
            let _ = world.change_group(world.acting(*actor), group(*number), &change);
        }
        Step::DisableMember { actor, member, to } => {
            let to = to.map(|to| world.members[to - 1]);
            let _ = world.disable_member(world.acting(*actor), world.members[member - 1], to);
        }
        Step::EnableMember { member } => drop(world.enable_member(world.members[member - 1])),
        Step::DeleteMember { member } => drop(world.delete_member(world.members[member - 1])),
        Step::MemberToGuest { actor, member } => {
            let _ = world.member_to_guest(world.acting(*actor), world.members[member - 1]);
        }
        Step::GuestToMember { actor, guest } => {
            let _ = world.guest_to_member(world.acting(*actor), &address(*guest));
        }
        Step::MemberBack { member } => {
            let _ = world.guest_to_member(world.actor(1), &format!("member{member}@org1.example"));
        }
        Step::DeleteGroup { actor, group: number } => {
            let _ = world.delete_group(world.acting(*actor), group(*number));
        }
        Step::Everyone { task, everyone } => {
            let change = TaskChange { everyone_must_complete: Some(*everyone), ..TaskChange::default() };
            let _ = world.update(world.actor(1), chosen(tasks, *task), &change);
        }
        Step::Complete { actor, task, verdict } => {
            let wish = Completing { is_approved: Some(*verdict), on_behalf_of: None };
            let _ = world.complete(world.acting(*actor), chosen(tasks, *task), &wish);
        }
        Step::CompleteFor { actor, task, guest } => {
            let on_behalf_of = Some(OnBehalf::Guest(address(*guest)));
            let wish = Completing { is_approved: Some(true), on_behalf_of };
            let _ = world.complete(world.acting(*actor), chosen(tasks, *task), &wish);
        }
        Step::Reopen { actor, task } => {
            let _ = world.reopen(world.acting(*actor), chosen(tasks, *task));
        }
        Step::Archive { task, archived } => {
            let _ = world.set_archived(world.actor(1), chosen(tasks, *task), *archived);
        }
        Step::Delete { task } => {
            let _ = world.delete(world.actor(1), chosen(tasks, *task));
        }
        Step::RemoveGuest { guest } => drop(world.remove_guest(&address(*guest))),
        Step::DisableGuest { guest } => drop(world.disable_guest(&address(*guest))),
        Step::MakeGuest { guest } => drop(world.make_guest(&address(*guest))),
    }
}

fn group_change(members: Option<&[MemberId]>, guests: Option<&[String]>) -> GroupChange {
    let addresses: Vec<&str> = guests.unwrap_or_default().iter().map(String::as_str).collect();
    GroupChange {
        people: wanted(members.unwrap_or_default(), &addresses),
        replaces_members: members.is_some(),
        replaces_guests: guests.is_some(),
        ..GroupChange::default()
    }
}

/// What the rows say, asked in the plainest way.
fn recount(world: &World) -> Vec<Vec<i64>> {
    world.table(
        4,
        "SELECT g.key, \
         (SELECT COUNT(*) FROM task_guest o JOIN task t ON t.key = o.task_key WHERE o.guest_key = g.key \
          AND t.completed_at IS NULL AND t.archived_at IS NULL), \
         (SELECT COUNT(*) FROM task_guest o WHERE o.guest_key = g.key AND o.completed_at IS NOT NULL), \
         (SELECT MAX(o.completed_at) FROM task_guest o WHERE o.guest_key = g.key) \
         FROM guest g ORDER BY g.key",
    )
}

/// People of a group without a row on its tasks, and rows that no group accounts
/// for: members, then guests.
fn misplaced(world: &World) -> Vec<Vec<i64>> {
    world.table(
        4,
        "SELECT (SELECT COUNT(*) FROM task_group g JOIN people_group_member p ON p.group_key = g.group_key \
         WHERE NOT EXISTS (SELECT 1 FROM task_member o WHERE o.task_key = g.task_key \
          AND o.account_id = p.account_id AND (o.via_group OR NOT o.added_by_server))), \
         (SELECT COUNT(*) FROM task_member o WHERE o.via_group AND NOT EXISTS (SELECT 1 FROM task_group g \
          JOIN people_group_member p ON p.group_key = g.group_key WHERE g.task_key = o.task_key \
          AND p.account_id = o.account_id)), \
         (SELECT COUNT(*) FROM task_group g JOIN people_group_guest p ON p.group_key = g.group_key \
         WHERE NOT EXISTS (SELECT 1 FROM task_guest o WHERE o.task_key = g.task_key \
          AND o.guest_key = p.guest_key)), \
         (SELECT COUNT(*) FROM task_guest o WHERE o.via_group AND NOT EXISTS (SELECT 1 FROM task_group g \
          JOIN people_group_guest p ON p.group_key = g.group_key WHERE g.task_key = o.task_key \
          AND p.guest_key = o.guest_key))",
    )
}

fn kept(world: &World) -> Vec<Vec<i64>> {
    world.table(
        4,
        "SELECT key, active_tasks, one_off_tasks_completed, last_one_off_task_completed_at \
         FROM guest ORDER BY key",
    )
}

fn check(world: &World, before: &[Vec<i64>], revision_before: i64) -> Result<(), TestCaseError> {
    prop_assert_eq!(kept(world), recount(world));
    prop_assert_eq!(
        world.numbers(
            "SELECT COUNT(*) FROM task t \
             WHERE EXISTS (SELECT 1 FROM task_guest o WHERE o.task_key = t.key) \
             AND NOT EXISTS (SELECT 1 FROM task_member o JOIN member m ON m.org = o.org \
             AND m.account_id = o.account_id WHERE o.task_key = t.key AND m.status = 'active')"
        ),
        [[0]],
        "a guest is alone on a task"
    );
    prop_assert_eq!(misplaced(world), [[0, 0, 0, 0]], "rows and groups differ");
    prop_assert_eq!(
        world.numbers(
            "SELECT COUNT(*) FROM guest WHERE tasks_completed <> 0 OR last_task_completed_at IS NOT NULL"
        ),
        [[0]]
    );
    prop_assert_eq!(
        world.numbers(
            "SELECT COUNT(*) FROM guest g JOIN account a ON a.email_folded = g.email_folded \
             JOIN member m ON m.org = g.org AND m.account_id = a.id WHERE m.status <> 'disabled'"
        ),
        [[0]],
        "somebody is a guest and a member"
    );
    prop_assert_eq!(
        world.numbers(
            "SELECT COUNT(*) FROM people_group_member p JOIN member m ON m.org = p.org \
             AND m.account_id = p.account_id WHERE m.status <> 'active'"
        ),
        [[0]],
        "a group has a member who is not active"
    );
    if kept(world) != before {
        prop_assert!(world.guest_revision() > revision_before, "a list's revision stood still");
    }
    Ok(())
}

#[test]
fn statistics_equal_a_recount_after_every_step_of_any_history() {
    // The same histories each time: a failure can be looked at again.
    let histories = |cases: u32| {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        TestRunner::new_with_rng(Config { cases, failure_persistence: None, ..Config::default() }, rng)
    };
    let result = histories(12).run(&prop::collection::vec(step(), 1..60), |steps| {
        let failed = std::cell::RefCell::new(None);
        on_every_database(|world| {
            let mut made = Made::default();
            for step in &steps {
                let (before, revision) = (kept(world), world.guest_revision());
                take(world, &mut made, step);
                if let Err(error) = check(world, &before, revision) {
                    failed.replace(Some(TestCaseError::fail(format!("{error} after {step:?}"))));
                    return;
                }
            }
            // What lists show is what is kept.
            let former = (1..5).map(|member| format!("member{member}@org1.example"));
            for guest in (0..GUESTS).map(address).chain(former) {
                let Some(guest) = world.guest(&guest) else { continue };
                let stats: Stats = guest.stats;
                if world.rendered_stats(guest.key) != format!("{stats:?}") {
                    failed.replace(Some(TestCaseError::fail("the rendering is out of date")));
                }
            }
        });
        failed.into_inner().map_or(Ok(()), Err)
    });
    result.unwrap();
}
