//! Templates: who sees which, lists, and what the feed says of them.

use hospes_model::activity::EntityKind;
use hospes_model::member::{Actor, Role};
use hospes_model::task::TaskType;
use hospes_model::template::{BlueprintToLaunch, Settings, StepSettings, Template};
use std::sync::Arc;

use hospes_model::workflow::{Blueprint, Buckets, Naming, People, Snapshot, Step, TemplateKind};
use hospes_model::{GroupId, MemberId, Refusal, StepId, TemplateId};
use hospes_store::tasks::list::Archived;
use hospes_store::templates::list::{self, Filter, Listing, Sort};
use hospes_store::templates::write::{self, Wanted, Wish};
use hospes_store::templates::{self, directory_for};
use hospes_store::{Expected, activity};

use crate::databases::{Failed, World, on_every_database};

pub(crate) fn id(number: u8) -> TemplateId {
    TemplateId::new(1, [number; 10])
}

/// A template with a step of the same number.
pub(crate) fn blueprint(number: u8, title: &str) -> Blueprint {
    Blueprint {
        template: id(number),
        title: title.to_owned(),
        kind: TemplateKind::Procedure,
        naming: Naming::default(),
        stages: Vec::new(),
        prerun: Vec::new(),
        steps: vec![Step::new(StepId::new(1, [number; 10]), title, TaskType::Task)],
        automated_actions: Vec::new(),
    }
}

pub(crate) fn new(number: u8, title: &str, owner: MemberId) -> Wanted {
    Wanted {
        snapshot: Arc::new(Snapshot::new(blueprint(number, title)).unwrap()),
        settings: Settings::default(),
        owner,
        access: People::default(),
        starred: false,
    }
}

pub(crate) fn wish(world: &World, actor: Actor, id: TemplateId) -> Wish {
    Wish { id, expected: Expected::Any, actor, cause: world.cause(actor) }
}

pub(crate) fn create(world: &World, actor: Actor, new: &Wanted) -> Result<Template, Failed> {
    let (org, new, cause) = (world.org, new.clone(), world.cause(actor));
    world.write(move |tx| write::create::<Failed>(tx, org, new.clone(), actor, &cause))
}

pub(crate) fn change(
    world: &World,
    actor: Actor,
    id: TemplateId,
    edit: impl Fn(&mut Template, &mut Blueprint) -> Result<(), Refusal> + Send + 'static,
) -> Result<Template, Failed> {
    let (org, wish) = (world.org, wish(world, actor, id));
    world.write(move |tx| {
        let changed = write::change::<(), Failed>(tx, org, &wish, |_, template| {
            let (mut template, mut blueprint) = (template.clone(), template.blueprint().clone());
            edit(&mut template, &mut blueprint)?;
            let Template { settings, owner, access, starred, .. } = template;
            let snapshot = Arc::new(Snapshot::new(blueprint)?);
            Ok((Wanted { snapshot, settings, owner, access, starred }, ()))
        });
        Ok(changed?.0)
    })
}

fn archive(world: &World, actor: Actor, id: TemplateId) -> Result<Vec<templates::Reference>, Failed> {
    let (org, wish) = (world.org, wish(world, actor, id));
    world.write(move |tx| write::archive::<Failed>(tx, org, &wish))
}

fn find(world: &World, id: TemplateId) -> Option<Template> {
    let org = world.org;
    world.read(move |tx| templates::find(tx, org, id))
}

fn group_id(number: u8) -> GroupId {
    GroupId::new(1, [number; 10])
}

/// A group with these members.
fn make_group(world: &World, number: u8, members: &[MemberId]) {
    let (org, id, members) = (world.org, group_id(number), members.to_vec());
    let key = hospes_model::GroupKey::new(org, i64::from(number)).get();
    let made = world.write(move |tx| {
        let name = format!("group {number}");
        tx.execute(
            "INSERT INTO people_group (key, org, id, name, name_folded, description, description_folded, \
             created_at, updated_at, revision) VALUES (?1, ?2, ?3, ?4, ?4, '', '', 0, 0, 0)",
            &[key.into(), org.get().into(), id.as_bytes().into(), (&name).into()],
        )?;
        for member in &members {
            tx.execute(
                "INSERT INTO people_group_member (group_key, account_id, org) VALUES (?1, ?2, ?3)",
                &[key.into(), member.get().into(), org.get().into()],
            )?;
        }
        Ok(())
    });
    made.unwrap();
}

fn remove_group(world: &World, number: u8) {
    let key = hospes_model::GroupKey::new(world.org, i64::from(number)).get();
    let removed =
        world.write(move |tx| Ok(tx.execute("DELETE FROM people_group WHERE key = ?1", &[key.into()])?));
    assert_eq!(removed.unwrap(), 1);
}

fn listing(viewer: Actor, filter: Filter) -> Listing {
    Listing { viewer, filter, sort: Sort::Newest, reversed: true }
}

fn titles(world: &World, listing: &Listing) -> Vec<String> {
    let (org, listing) = (world.org, listing.clone());
    let page = world.read(move |tx| list::page(tx, org, &listing, 0, 1000));
    assert_eq!(page.total, page.templates.len() as i64);
    page.templates.iter().map(|template| template.blueprint().title.clone()).collect()
}

/// Templates with every kind of access, some archived, one whose only group is gone.
fn populate(world: &World) {
    let members = world.members;
    make_group(world, 1, &[members[1], members[3]]);
    make_group(world, 2, &[members[2]]);
    make_group(world, 3, &[members[1]]);
    let people = |users: &[usize], groups: &[u8]| {
        People::from(Buckets {
            users: users.iter().map(|number| members[number - 1]).collect(),
            guests: Vec::new(),
            groups: groups.iter().map(|number| group_id(*number)).collect(),
        })
    };
    let kinds = [
        people(&[], &[]),
        people(&[2], &[]),
        people(&[4], &[]),
        people(&[], &[1]),
        people(&[3], &[1]),
        people(&[1], &[2]),
        people(&[], &[3]),
    ];
    for (number, access) in (1..).zip(&kinds) {
        for (shift, owner) in [(0, 1), (20, 2)] {
            let number = number + shift;
            let new = Wanted {
                access: access.clone(),
                ..new(number, &format!("Template {number}"), members[owner - 1])
            };
            create(world, world.actor(1), &new).unwrap();
        }
    }
    archive(world, world.actor(1), id(1)).unwrap();
    archive(world, world.actor(1), id(4)).unwrap();
    remove_group(world, 3);
}

#[test]
fn the_statements_and_the_model_agree_on_who_sees_what() {
    on_every_database(|world| {
        populate(world);
        let everything = Filter { archived: Archived::Included, ..Filter::default() };
        let org = world.org;
        let whole = listing(world.actor(1), everything.clone());
        let all = world.read(move |tx| list::page(tx, org, &whole, 0, 1000)).templates;
        assert_eq!(all.len(), 14);
        let mut sizes = Vec::new();
        for number in 1..=4 {
            for role in Role::ALL {
                let viewer = Actor { role: *role, ..world.actor(number) };
                let seen: Vec<String> = all
                    .iter()
                    .filter(|template| {
                        let template = (*template).clone();
                        world.read(move |tx| {
                            let directory = directory_for(tx, viewer, &template)?;
                            Ok(template.is_visible_to(viewer, &directory))
                        })
                    })
                    .map(|template| template.blueprint().title.clone())
                    .collect();
                assert_eq!(titles(world, &listing(viewer, everything.clone())), seen, "{viewer:?}");
                for template in &all {
                    let id = template.id;
                    let found = world.read(move |tx| templates::find_visible(tx, org, id, viewer));
                    let visible = seen.contains(&template.blueprint().title);
                    assert_eq!(found.is_some(), visible && template.archived_at.is_none());
                }
                // The feed follows.
                let record =
                    activity::Listing { viewer, filter: activity::Filter::default(), descending: false };
                let rows = world.read(move |tx| activity::page(tx, org, &record, 0, 1000));
                let told: Vec<_> = rows
                    .entries
                    .iter()
                    .filter(|entry| entry.entity == EntityKind::Template && entry.text.ends_with("created."))
                    .map(|entry| entry.entity_id.clone())
                    .collect();
                let expected: Vec<_> = all
                    .iter()
                    .filter(|t| number == 1 || seen.contains(&t.blueprint().title))
                    .map(|t| t.id.to_string())
                    .collect();
                assert_eq!(told, expected, "{viewer:?}");
                sizes.push(seen.len());
            }
        }
        sizes.sort_unstable();
        sizes.dedup();
        assert!(sizes.len() > 4, "{sizes:?}");
    });
}

#[test]
fn a_template_whose_only_group_is_gone_is_open_to_nobody_new() {
    on_every_database(|world| {
        populate(world);
        let template = find(world, id(7)).unwrap();
        assert_eq!(template.access, People::members([world.members[0]]));
        // Changing something else does not open it.
        change(world, world.actor(1), id(7), |template, _| {
            template.starred = true;
            Ok(())
        })
        .unwrap();
        let standard = world.actor(3);
        assert!(!titles(world, &listing(standard, Filter::default())).contains(&"Template 7".to_owned()));
    });
}

#[test]
fn lists_are_filtered_sorted_and_cut_into_pages() {
    on_every_database(|world| {
        let (admin, org) = (world.actor(1), world.org);
        for (number, title) in [(1, "beta"), (2, "Alpha"), (3, "gamma"), (4, "ALPHABET")] {
            create(world, admin, &new(number, title, world.members[usize::from(number) % 2])).unwrap();
        }
        change(world, admin, id(2), |_, blueprint| {
            blueprint.kind = TemplateKind::Form;
            Ok(())
        })
        .unwrap();
        let sorted = |sort, reversed| {
            titles(world, &Listing { viewer: admin, filter: Filter::default(), sort, reversed })
        };
        assert_eq!(sorted(Sort::Updated, false), ["Alpha", "ALPHABET", "gamma", "beta"]);
        assert_eq!(sorted(Sort::Newest, true), ["beta", "Alpha", "gamma", "ALPHABET"]);
        assert_eq!(sorted(Sort::Title, true), ["gamma", "beta", "ALPHABET", "Alpha"]);
        change(world, admin, id(3), |template, _| {
            template.settings.is_pinned = true;
            template.starred = true;
            Ok(())
        })
        .unwrap();
        assert_eq!(sorted(Sort::Title, false), ["gamma", "Alpha", "ALPHABET", "beta"]);
        assert_eq!(sorted(Sort::Newest, true), ["gamma", "beta", "Alpha", "ALPHABET"]);
        let filtered = |filter| titles(world, &listing(admin, filter));
        assert_eq!(
            filtered(Filter { search: Some("alph".into()), ..Filter::default() }),
            ["Alpha", "ALPHABET"]
        );
        let forms = Filter { kinds: Some(vec![TemplateKind::Form]), ..Filter::default() };
        assert_eq!(filtered(forms), ["Alpha"]);
        assert_eq!(filtered(Filter { kinds: Some(vec![]), ..Filter::default() }), [""; 0]);
        assert_eq!(filtered(Filter { starred: Some(true), ..Filter::default() }), ["gamma"]);
        assert_eq!(filtered(Filter { starred: Some(false), ..Filter::default() }).len(), 3);
        let owner = Some(world.members[1]);
        assert_eq!(filtered(Filter { owner, ..Filter::default() }), ["gamma", "beta"]);
        assert_eq!(filtered(Filter { nothing: true, ..Filter::default() }), [""; 0]);
        archive(world, admin, id(1)).unwrap();
        assert_eq!(filtered(Filter { archived: Archived::Only, ..Filter::default() }), ["beta"]);
        assert_eq!(filtered(Filter::default()).len(), 3);
        let whole = Listing { viewer: admin, filter: Filter::default(), sort: Sort::Title, reversed: false };
        let pages: Vec<String> = (0..4)
            .flat_map(|offset| {
                let listing = whole.clone();
                let page = world.read(move |tx| list::page(tx, org, &listing, offset, 1));
                assert_eq!(page.total, 3);
                page.templates
            })
            .map(|template| template.blueprint().title.clone())
            .collect();
        assert_eq!(pages, titles(world, &whole));
    });
}

#[test]
fn what_another_template_was_to_do_with_an_archived_one_is_removed() {
    on_every_database(|world| {
        let admin = world.actor(1);
        for (number, title) in [(1, "One"), (2, "Two"), (3, "Three")] {
            create(world, admin, &new(number, title, world.members[0])).unwrap();
        }
        let launching = |id| StepSettings {
            bp_to_launch: Some(BlueprintToLaunch {
                id,
                default_name_format: None,
                tasks_within_process: false,
            }),
            ..StepSettings::default()
        };
        let refused = change(world, admin, id(2), move |template, blueprint| {
            template.settings.steps.insert(blueprint.steps[0].id, launching(id(9)));
            template.settings.ko_form_blueprint_id = Some(id(8));
            template.access = People::members([MemberId::new(999).unwrap()]);
            blueprint.steps[0].people = People::of_groups([group_id(1)]);
            Ok(())
        });
        assert_eq!(
            refused.unwrap_err().fields(),
            ["ko_form_blueprint_id", "steps.0.bp_to_launch.id", "steps.0.groups", "users"]
        );
        change(world, admin, id(2), move |template, blueprint| {
            template.settings.steps.insert(blueprint.steps[0].id, launching(id(1)));
            template.settings.ko_form_blueprint_id = Some(id(1));
            Ok(())
        })
        .unwrap();
        let removed = archive(world, admin, id(1)).unwrap();
        assert_eq!(removed, [templates::Reference { id: id(2), title: "Two".to_owned() }]);
        let two = find(world, id(2)).unwrap();
        assert_eq!(two.settings, Settings::default());
        let last: Vec<String> = world.feed().into_iter().map(|(_, text)| text).rev().take(3).collect();
        assert_eq!(
            last,
            [
                "Template “One” was archived.",
                "Step “Two” of Template “Two” was changed.",
                "The settings of Template “Two” were changed."
            ]
        );
        assert_eq!(archive(world, admin, id(1)).unwrap(), []);
    });
}
