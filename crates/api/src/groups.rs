//! Groups on the wire (`wire.md` 2.8).

use hospes_model::group::{self, GroupChange, check_name};
use hospes_model::task::form::check_long_text;
use hospes_model::task::owners::Wanted;
use hospes_model::{GroupId, MemberId, Refusal};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::fields::Fields;
use crate::members::{EmptyInclude, Included, User};
use crate::moments;

/// A group of members and guests.
#[derive(Debug, Serialize, ToSchema)]
pub struct Group<'a> {
    /// The group's id, 32 hexadecimal digits.
    #[schema(value_type = String, example = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e")]
    pub id: GroupId,
    /// The name, unique in the organization.
    pub name: &'a str,
    /// What it is for.
    pub description: Option<&'a str>,
    /// A picture's address.
    pub logo: Option<&'a str>,
    /// Ids of members.
    #[schema(value_type = Vec<i64>)]
    pub members: &'a [MemberId],
    /// Addresses of guests.
    pub guests: Vec<&'a str>,
    /// When it was made.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// The same, under its other name.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub last_updated: Timestamp,
    /// Only with `with=users`: the members as objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub users: Option<Included<User>>,
    /// Only with `with=assets`: files, of which there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub assets: Option<EmptyInclude>,
}

impl<'a> Group<'a> {
    /// A group without includes.
    pub fn new(group: &'a group::Group) -> Self {
        Self {
            id: group.id,
            name: &group.name,
            description: Some(group.description.as_str()).filter(|text| !text.is_empty()),
            logo: group.logo.as_deref(),
            members: &group.members,
            guests: group.guests.iter().map(|guest| guest.email.as_str()).collect(),
            created_at: group.created_at,
            updated_at: group.updated_at,
            last_updated: group.updated_at,
            users: None,
            assets: None,
        }
    }
}

/// A request to make a group, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = CreateGroup)]
pub struct CreateGroupBody {
    /// The name, unique in the organization.
    #[schema(required, min_length = 1, max_length = 200, example = "Sales")]
    pub name: String,
    /// What it is for.
    #[schema(max_length = 30000)]
    pub description: Option<String>,
    /// Ids of active members; strings of digits are read too.
    #[schema(max_items = 1000, example = json!([]))]
    pub members: Option<Vec<i64>>,
    /// E-mail addresses. An unknown one becomes a guest; a member's means the member.
    #[schema(max_items = 1000, example = json!(["carl@client.example"]))]
    pub guests: Option<Vec<String>>,
}

/// A request to change a group, for the OpenAPI document. What is absent stays.
#[derive(Debug, ToSchema)]
#[schema(as = UpdateGroup)]
pub struct UpdateGroupBody {
    /// The name, unique in the organization.
    #[schema(min_length = 1, max_length = 200, example = "Sales", nullable = false)]
    pub name: Option<String>,
    /// What it is for; null clears.
    #[schema(max_length = 30000)]
    pub description: Option<String>,
    /// Replaces the members.
    #[schema(max_items = 1000, example = json!([]))]
    pub members: Option<Vec<i64>>,
    /// Replaces the guests.
    #[schema(max_items = 1000, example = json!(["carl@client.example"]))]
    pub guests: Option<Vec<String>>,
}

/// A request that was read. Its faults are still in the change.
#[derive(Debug)]
pub struct ReadGroup {
    /// The change.
    pub change: GroupChange,
    /// What was ignored.
    pub warnings: Vec<String>,
}

/// Reads a request to make a group.
pub fn read_create(body: &Value) -> Result<ReadGroup, Refusal> {
    read(body, true)
}

/// Reads a request to change one.
pub fn read_update(body: &Value) -> Result<ReadGroup, Refusal> {
    read(body, false)
}

fn read(body: &Value, creates: bool) -> Result<ReadGroup, Refusal> {
    let mut fields = Fields::new(body)?;
    let mut change = GroupChange::default();
    if creates || fields.take("name").is_some() {
        let name = fields.required_text("name").map(check_name);
        change.name = name.and_then(|name| fields.checked("name", name));
    }
    if fields.take("description").is_some() {
        let text = fields.text("description").map_or(Ok(None), check_long_text);
        change.description = fields.checked("description", text).map(Option::unwrap_or_default);
    }
    let users = fields.member_ids("members");
    let guests = fields.emails("guests");
    (change.replaces_members, change.replaces_guests) = (users.is_some(), guests.is_some());
    change.people =
        Wanted { users: users.unwrap_or_default(), guests: guests.unwrap_or_default(), groups: Vec::new() };
    // What clients send back of what they have read.
    for read_only in ["id", "logo", "created_at", "updated_at", "last_updated", "deleted_at"] {
        fields.take(read_only);
    }
    let warnings = fields.unknown();
    change.faults = fields.into_faults();
    Ok(ReadGroup { change, warnings })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(read: &ReadGroup) -> Vec<&str> {
        read.change.faults.iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn a_name_alone_makes_a_group_and_every_fault_is_named_at_once() {
        let bare = read_create(&json!({"name": " Sales "})).unwrap();
        assert_eq!(bare.change.name.as_deref(), Some("Sales"));
        assert!(bare.change.faults.is_empty() && !bare.change.replaces_members && bare.warnings.is_empty());
        let wrong = read_create(&json!({
            "description": 7, "members": [0, "x", 5, "6"], "guests": ["a", "a@b.example", 3],
        }))
        .unwrap();
        let expected = ["description", "guests.0", "guests.2", "members.0", "members.1", "name"];
        assert_eq!(faults(&wrong), expected);
        let many = vec!["a@b.example"; 1001];
        assert_eq!(
            faults(&read_update(&json!({"guests": many, "members": 3})).unwrap()),
            ["guests", "members"]
        );
    }

    #[test]
    fn an_update_may_be_partial() {
        let nothing = read_update(&json!({})).unwrap().change;
        assert_eq!(nothing, GroupChange::default());
        let cleared =
            read_update(&json!({"description": null, "members": null, "guests": []})).unwrap().change;
        assert_eq!(cleared.description.as_deref(), Some(""));
        assert!(cleared.replaces_members && cleared.replaces_guests);
        assert_eq!(faults(&read_update(&json!({"name": null})).unwrap()), ["name"]);
        let told = read_update(&json!({"colour": "red", "logo": null})).unwrap();
        assert_eq!(told.warnings.len(), 1);
    }
}
