//! The pages of any list are a partition of it.

use hospes_model::guest::{GuestChange, ProfileField};
use hospes_model::member::Role;
use hospes_model::text::fold;
use hospes_testing::{Answer, Client, json};
use proptest::collection::vec;
use proptest::prelude::*;

use super::property;
use crate::guests::escaped;

/// Names that sort and search in interesting ways.
const NAMES: [&str; 10] = ["", "Ann", "ann", "ANN", "\u{c4}nne", "Zo\u{eb}", "_", "100%", "Lee", "\u{1f4a9}"];
const SORTS: [&str; 6] =
    ["created_at", "email", "first_name", "last_name", "last_accessed_at", "active_tasks"];
const SEARCHES: [&str; 9] = ["", "", "", "ann", "\u{e4}", "%", "_", "1@", "nobody"];
const SIZES: [usize; 8] = [1, 2, 3, 7, 20, 99, 100, 130];

#[derive(Debug, Clone)]
struct Given {
    first: usize,
    last: usize,
    company: usize,
    disabled: bool,
    tasks: i64,
    /// Where the address stands in the alphabet.
    letter: u8,
}

fn given() -> impl Strategy<Value = Given> {
    (0..NAMES.len(), 0..NAMES.len(), 0..NAMES.len(), proptest::bool::weighted(0.3), 0..4_i64, b'a'..=b'z')
        .prop_map(|(first, last, company, disabled, tasks, letter)| Given {
            first,
            last,
            company,
            disabled,
            tasks,
            letter,
        })
}

#[derive(Debug, Clone)]
struct Question {
    sort: usize,
    descending: bool,
    search: usize,
    /// All, active or disabled.
    status: usize,
    size: usize,
}

fn question() -> impl Strategy<Value = Question> {
    (0..SORTS.len(), any::<bool>(), 0..SEARCHES.len(), 0..3_usize, 0..SIZES.len()).prop_map(
        |(sort, descending, search, status, size)| Question { sort, descending, search, status, size },
    )
}

/// A guest as the naive list knows it.
#[derive(Debug, Clone)]
struct Known {
    email: String,
    given: Given,
}

impl Known {
    fn matches(&self, question: &Question) -> bool {
        let search = fold(SEARCHES[question.search]);
        let (first, last) = (NAMES[self.given.first], NAMES[self.given.last]);
        let texts = [self.email.as_str(), first, last, NAMES[self.given.company], &format!("{first} {last}")];
        let status = match question.status {
            1 => !self.given.disabled,
            2 => self.given.disabled,
            _ => true,
        };
        status && texts.iter().any(|text| fold(text).contains(&search))
    }

    fn key(&self, question: &Question) -> (i64, String) {
        match SORTS[question.sort] {
            "email" => (0, fold(&self.email)),
            "first_name" => (0, fold(NAMES[self.given.first])),
            "last_name" => (0, fold(NAMES[self.given.last])),
            "active_tasks" => (self.given.tasks, String::new()),
            _ => (0, String::new()),
        }
    }
}

fn emails(answer: &Answer) -> Vec<String> {
    let list = answer.data().as_array().unwrap();
    list.iter().map(|guest| guest["email"].as_str().unwrap().to_owned()).collect()
}

/// The addresses that a question is answered with. The order of creation breaks ties.
fn answer(known: &[Known], question: &Question) -> Vec<String> {
    let mut found: Vec<(usize, &Known)> =
        known.iter().enumerate().filter(|(_, guest)| guest.matches(question)).collect();
    found.sort_by_key(|(number, guest)| (guest.key(question), *number));
    if question.descending {
        found.reverse();
    }
    found.into_iter().map(|(_, guest)| guest.email.clone()).collect()
}

/// Asks for every page, by number and by cursor, and compares.
async fn check(client: &Client, question: &Question, expected: &[String]) {
    let minus = if question.descending { "-" } else { "" };
    let status = ["", "&status=active", "&status=disabled"][question.status];
    let search = escaped(SEARCHES[question.search]);
    let filters = format!("sort={minus}{}{status}&q={search}", SORTS[question.sort]);
    let size = SIZES[question.size].max(expected.len() / 12);
    let mut by_number = Vec::new();
    let pages = expected.len().div_ceil(size).max(1);
    for page in 1..=pages + 1 {
        let answer = client.get(&format!("/guests?{filters}&per_page={size}&page={page}")).await.expect(200);
        let part = emails(&answer);
        let mut numbers = answer.json["meta"]["pagination"].clone();
        let next = numbers["links"].as_object_mut().unwrap().remove("next");
        assert_eq!(next.is_some(), page < pages);
        assert_eq!(
            numbers,
            json!({
                "total": expected.len(), "count": part.len(), "per_page": size, "current_page": page,
                "total_pages": pages, "has_more_pages": page < pages, "links": {},
            }),
            "{filters}"
        );
        by_number.extend(part);
    }
    assert_eq!(by_number, expected, "by number: {filters}, {size} a page");
    let mut by_cursor = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = client.get(&format!("/guests?{filters}&per_page={size}{cursor}")).await.expect(200);
        by_cursor.extend(emails(&answer));
        assert!(by_cursor.len() <= expected.len(), "by cursor it does not end: {filters}");
        assert_eq!(answer.json["meta"]["pagination"]["total"], expected.len());
        let Some(next) = answer.json["meta"]["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(by_cursor, expected, "by cursor: {filters}, {size} a page");
    let whole = client.get(&format!("/guests?{filters}&without_pagination=true")).await.expect(200);
    assert_eq!(emails(&whole), expected, "whole: {filters}");
    assert_eq!(
        emails(&client.get(&format!("/guests-list?{filters}")).await.expect(200)),
        expected,
        "short: {filters}"
    );
}

property! {
    async fn pages_put_together_are_the_list(
        20 of (vec(given(), 0..330), vec(question(), 4));
        app, org, value: (Vec<Given>, Vec<Question>)
    ) {
        let (given, questions) = value;
        let mut known: Vec<Known> = given
            .into_iter()
            .enumerate()
            .map(|(number, given)| {
                Known { email: format!("{}{number}@client.example", char::from(given.letter)), given }
            })
            .collect();
        let list = known.clone();
        app.add_guests(org, known.len(), move |number| {
            let Known { email, given } = &list[number];
            let text = |place: usize| Some(NAMES[place].to_owned()).filter(|text| !text.is_empty());
            let profile = vec![
                (ProfileField::FirstName, text(given.first)),
                (ProfileField::LastName, text(given.last)),
                (ProfileField::CompanyName, text(given.company)),
            ];
            (email.clone(), GuestChange { profile, ..GuestChange::default() })
        }).await;
        // The states that only requests bring about, for the first few guests;
        // the others are neither disabled nor on a task.
        let client = app.client_of(org, Role::Admin);
        for (number, Known { email, given }) in known.iter_mut().enumerate() {
            if number >= 12 {
                (given.disabled, given.tasks) = (false, 0);
            }
            for _ in 0..given.tasks {
                let task = json!({
                    "title": "T", "task_type": "task", "deadline": "2035-06-01 12:00:00",
                    "owners": {"users": [], "guests": [email], "groups": []},
                });
                client.post("/tasks", &task).await.expect(201);
            }
            if given.disabled {
                client.delete(&format!("/guests/{email}/disable")).await.expect(200);
            }
        }
        for question in &questions {
            check(&client, question, &answer(&known, question)).await;
        }
        // Once more when rows have moved: what was remembered must be forgotten.
        if let (Some(question), true) = (questions.first(), known.len() > 3) {
            let gone = known.remove(known.len() / 3);
            client.delete(&format!("/guests/{}", gone.email)).await.expect(200);
            check(&client, question, &answer(&known, question)).await;
        }
    }
}
