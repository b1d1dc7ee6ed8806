//! The three lists in which requests name people: members by id, guests by
//! address, groups by id (`clients.md` 2).

use hospes_model::workflow::{Buckets, People};
use hospes_model::{EmailAddress, FieldErrors};
use serde_json::Value;

use crate::fields::member_id;

/// Reads `{users, guests, groups}`. A list that is left out is empty; whatever
/// else is in the object was read before and sent back, and says nothing.
/// Faults are noted under `path`.
pub fn read(value: &Value, path: &str, faults: &mut FieldErrors) -> People {
    let Value::Object(buckets) = value else {
        // What an empty object becomes in some languages.
        if value.as_array().is_none_or(|list| !list.is_empty()) {
            let message = format!("The {path} must be an object with the lists users, guests and groups.");
            faults.add(path, message);
        }
        return People::default();
    };
    let mut people = Buckets::default();
    let list = |name| (buckets.get(name), under(path, name));
    let (users, at) = list("users");
    people.users =
        read_list(users, &at, "Must be the id of a member, a positive integer.", member_id, faults);
    let (guests, at) = list("guests");
    let address = |entry: &Value| EmailAddress::parse(entry.as_str()?).ok();
    people.guests = read_list(guests, &at, "Must be a valid email address.", address, faults);
    let (groups, at) = list("groups");
    let group = |entry: &Value| entry.as_str()?.trim().parse().ok();
    people.groups = read_list(groups, &at, "There is no such group.", group, faults);
    people.into()
}

/// Reads one list; null is an empty one.
pub fn read_list<T>(
    list: Option<&Value>,
    path: &str,
    expected: &str,
    read: impl Fn(&Value) -> Option<T>,
    faults: &mut FieldErrors,
) -> Vec<T> {
    let list = match list {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(list)) if list.len() <= People::LIMIT => list,
        Some(Value::Array(_)) => {
            faults.add(path, format!("The {path} may not have more than {} entries.", People::LIMIT));
            return Vec::new();
        }
        Some(_) => {
            faults.add(path, format!("The {path} must be a list."));
            return Vec::new();
        }
    };
    let mut entries = Vec::with_capacity(list.len());
    for (place, entry) in list.iter().enumerate() {
        match read(entry) {
            Some(entry) => entries.push(entry),
            None => faults.add(under(path, &place.to_string()), expected),
        }
    }
    entries
}

/// The guests' addresses in what [`read`] reads, each with its place.
pub fn addresses(value: &Value, path: &str) -> Vec<(String, EmailAddress)> {
    let Some(guests) = value.get("guests").and_then(Value::as_array) else { return Vec::new() };
    let address = |(place, entry): (usize, &Value)| {
        Some((format!("{path}.guests.{place}"), EmailAddress::parse(entry.as_str()?).ok()?))
    };
    guests.iter().enumerate().take(People::LIMIT).filter_map(address).collect()
}

fn under(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_read_and_what_is_left_out_is_empty() {
        let mut faults = FieldErrors::default();
        let group = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e";
        let sent = json!({"users": [3, "4", 3], "guests": ["A@b.example"], "groups": [group], "taskUrls": 1});
        let people = read(&sent, "owners", &mut faults);
        assert_eq!((people.users().len(), people.guests().len(), people.groups().len()), (2, 1, 1));
        assert!(read(&json!({"users": null}), "owners", &mut faults).is_empty());
        assert!(read(&json!([]), "owners", &mut faults).is_empty());
        assert!(faults.is_empty());
        let email = EmailAddress::parse("a@b.example").unwrap();
        assert_eq!(
            addresses(&json!({"guests": [1, "a@b.example"]}), "owners"),
            [("owners.guests.1".to_owned(), email)]
        );
    }

    #[test]
    fn every_fault_is_named_by_its_place() {
        let mut faults = FieldErrors::default();
        let sent = json!({"users": [1, "x", 0], "guests": [1, "nobody"], "groups": ["x"]});
        let _ = read(&sent, "owners", &mut faults);
        let _ = read(&json!("me"), "roles", &mut faults);
        let _ = read(&json!({"users": {}, "guests": vec!["a@b.example"; 201]}), "tasks", &mut faults);
        let paths: Vec<&str> = faults.iter().map(|(path, _)| path).collect();
        assert_eq!(
            paths,
            [
                "owners.groups.0",
                "owners.guests.0",
                "owners.guests.1",
                "owners.users.1",
                "owners.users.2",
                "roles",
                "tasks.guests",
                "tasks.users"
            ]
        );
    }
}
