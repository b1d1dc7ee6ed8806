//! A cursor walks a changing list without gap or repeat.

use std::collections::{BTreeMap, BTreeSet};

use hospes_model::guest::{GuestChange, ProfileField};
use hospes_model::member::Role;
use hospes_testing::{Client, Org, TestApp, json};
use proptest::collection::vec;
use proptest::prelude::*;

use super::property;

/// Sorts whose keys no change below touches.
const SORTS: [&str; 8] =
    ["created_at", "-created_at", "email", "-email", "first_name", "-first_name", "last_name", "-last_name"];

/// What happens between two pages.
#[derive(Debug, Clone)]
enum Change {
    /// A guest comes, whose address and name begin with a letter.
    Come(u8),
    /// One of the first guests goes.
    Go(usize),
    /// One of them is changed in a way that no sort looks at.
    Touch(usize),
    /// One of them is disabled, or enabled again.
    Switch(usize, bool),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => (b'a'..=b'z').prop_map(Change::Come),
        2 => (0_usize..60).prop_map(Change::Go),
        1 => (0_usize..60).prop_map(Change::Touch),
        1 => (0_usize..60, any::<bool>()).prop_map(|(guest, on)| Change::Switch(guest, on)),
    ]
}

/// The letters of the guests at first, the sort, the page size, whether the
/// `Link` header is followed, and what happens behind each page.
type Walk = (Vec<u8>, usize, usize, bool, Vec<Vec<Change>>);

fn walk() -> impl Strategy<Value = Walk> {
    (vec(b'a'..=b'z', 0..60), 0..SORTS.len(), 1_usize..9, any::<bool>(), vec(vec(change(), 0..4), 0..12))
}

fn email(number: usize, letter: u8) -> String {
    format!("{}{number}@client.example", char::from(letter))
}

/// Makes the changes; returns who went.
async fn make(client: &Client, letters: &[u8], changes: &[Change], number: &mut usize) -> Vec<String> {
    let mut gone = Vec::new();
    for change in changes {
        *number += 1;
        let of = |guest: &usize| guest.checked_rem(letters.len()).map(|place| email(place, letters[place]));
        match change {
            Change::Come(letter) => {
                let name = char::from(*letter);
                let body =
                    json!({"email": email(1000 + *number, *letter), "first_name": name, "last_name": name});
                client.post("/guests", &body).await.expect(201);
            }
            Change::Go(guest) => {
                if let Some(email) = of(guest) {
                    client.delete(&format!("/guests/{email}")).await;
                    gone.push(email);
                }
            }
            Change::Touch(guest) => {
                if let Some(email) = of(guest) {
                    client.put(&format!("/guests/{email}"), &json!({"phone": number.to_string()})).await;
                }
            }
            Change::Switch(guest, disable) => match of(guest) {
                Some(email) if *disable => drop(client.delete(&format!("/guests/{email}/disable")).await),
                Some(email) => drop(client.put(&format!("/guests/{email}/enable"), &json!({})).await),
                None => {}
            },
        }
    }
    gone
}

async fn seed(app: &TestApp, org: &Org, letters: &[u8]) {
    let list = letters.to_vec();
    app.add_guests(org, letters.len(), move |number| {
        let name = Some(char::from(list[number]).to_string());
        // Few different names, so that there are ties.
        let profile = vec![(ProfileField::FirstName, name.clone()), (ProfileField::LastName, name)];
        (email(number, list[number]), GuestChange { profile, ..GuestChange::default() })
    })
    .await;
}

property! {
    async fn who_stays_is_seen_once(60 of walk(); app, org, walk: Walk) {
        let (letters, sort, size, by_link, changes) = walk;
        seed(app, org, &letters).await;
        let client = app.client_of(org, Role::Admin);
        let mut staying: BTreeSet<String> =
            letters.iter().enumerate().map(|(number, letter)| email(number, *letter)).collect();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut number = 0;
        let mut changes = changes.into_iter();
        let prefix = format!("{}/organizations/{}", app.base, org.id);
        let mut address = format!("/guests?sort={}&per_page={size}", SORTS[sort]);
        loop {
            let page = client.get(&address).await.expect(200);
            for guest in page.data().as_array().unwrap() {
                *seen.entry(guest["email"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            let repeated: Vec<_> = seen.iter().filter(|(_, times)| **times > 1).collect();
            assert!(repeated.is_empty(), "seen more than once: {repeated:?}");
            let next = page.json["meta"]["next_cursor"].as_str();
            let link = page.header("link").strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
            assert_eq!(next.is_some(), link.is_some());
            let (Some(next), Some(link)) = (next, link) else { break };
            address = if by_link {
                link.strip_prefix(&prefix).unwrap().to_owned()
            } else {
                format!("/guests?sort={}&per_page={size}&cursor={next}", SORTS[sort])
            };
            for gone in make(&client, &letters, &changes.next().unwrap_or_default(), &mut number).await {
                staying.remove(&gone);
            }
        }
        let missed: Vec<_> = staying.iter().filter(|email| !seen.contains_key(*email)).collect();
        assert!(missed.is_empty(), "missed: {missed:?}");
    }
}
