//! Pages of the record are read by key, and one object's through its index.

use super::*;
use crate::plans::assert_walks_an_index;

#[test]
fn every_page_walks_an_index_in_both_directions() {
    let org = OrgNo::new(1).unwrap();
    let guest_code = GuestCode::new([7; 24]).numbered(1);
    let filters = [
        Filter::default(),
        Filter { entities: Some(vec![EntityKind::Guest, EntityKind::Task]), ..Filter::default() },
        Filter { verbs: Some(vec![Verb::Created]), by: Some(vec![ActorKind::Member]), ..Filter::default() },
        Filter { actors: vec![MemberId::new(1).unwrap()], ..Filter::default() },
        Filter { field: Some("x".to_owned()), search: Some("x".to_owned()), ..Filter::default() },
        Filter { entity_ids: vec!["x".to_owned()], ..Filter::default() },
        Filter { entity_ids: vec![guest_code.as_str().to_owned()], ..Filter::default() },
    ];
    for role in Role::ALL {
        let viewer = Actor { id: MemberId::new(1).unwrap(), role: *role };
        for filter in &filters {
            for descending in [false, true] {
                let listing = Listing { viewer, filter: filter.clone(), descending };
                let query = Query::new(org, &listing, 1, 2);
                let index = match filter.entity_ids.first() {
                    None => "INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
                    Some(id) if id == "x" => "activity_by_entity (entity_id=? AND key>? AND key<?)",
                    Some(_) => "activity_by_guest (guest_key=? AND key>? AND key<?)",
                };
                for sql in [query.rows(descending), query.keys()] {
                    let steps = assert_walks_an_index(&sql);
                    assert!(steps[0].contains(index), "{steps:#?}");
                    // Those that a row names are found one by one.
                    for step in steps.iter().filter(|step| step.contains("LEFT-JOIN")) {
                        let by_key = ["(rowid=?)", "(org=? AND id=?)", "(org=? AND account_id=?)"];
                        assert!(by_key.iter().any(|key| step.contains(key)), "{steps:#?}");
                    }
                }
            }
        }
    }
}
