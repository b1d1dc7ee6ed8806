//! Rows of the activity feed on the wire (`wire.md` 2.5).

use std::borrow::Cow;

use hospes_model::MemberId;
use hospes_model::activity::{Acting, Author, EntityKind, Entry, Subject};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::moments;

/// The organization whose feed it is: what every object here belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
}

/// One row: who did what, when. The parts that are lists have one entry, or
/// none where there is nothing to say.
#[derive(Debug, Serialize, ToSchema)]
pub struct Activity<'a> {
    /// Its number in the organization's feed; later rows have larger ones.
    pub id: i64,
    /// The organization.
    pub organization_id: &'a str,
    /// What was done, such as `created`.
    pub verb: [&'static str; 1],
    /// `Member` or `Guest`; nothing where the operator acted, at the machine.
    pub source: Vec<&'static str>,
    /// `user` or `guest`; nothing where the operator acted.
    pub actor_type: Vec<&'static str>,
    /// The member's id; nothing where a guest acted, or the operator.
    #[schema(value_type = Vec<i64>)]
    pub actor_id: Vec<MemberId>,
    /// What kind of object the row is about: `Guest`, `Task`, `User`, `Group`,
    /// `Organization`, `Process`, `Blueprint` or `Step`.
    #[serde(rename = "type")]
    pub kind: [&'static str; 1],
    /// The row in a sentence.
    pub description: [&'a str; 1],
    /// Who acted, as they are called now; nothing where the operator did.
    pub actor: Vec<Actor<'a>>,
    /// The kind of object, in the form `App\Models\Guest`.
    pub auditable_type: String,
    /// The object: a guest's code, the id of a task, a template or a step.
    pub auditable_id: &'a str,
    /// The kind of what the object belongs to, in the same form.
    pub parentable_type: String,
    /// What the object belongs to: the organization, or a step's template.
    pub parentable_id: Cow<'a, str>,
    /// Which field was changed.
    pub field: Option<&'a str>,
    /// The field's text before.
    pub old_value: Option<&'a str>,
    /// The row in a sentence.
    pub text: &'a str,
    /// Always null: rows refer to nothing else yet.
    #[schema(value_type = Option<Vec<Object>>)]
    pub references: Option<[(); 0]>,
    /// When.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Always false: what was done is undone by doing the opposite.
    pub undoable: bool,
    /// The object as it is now.
    pub audit: Include<'a>,
    /// What the object belongs to, as it is now.
    pub parent: Include<'a>,
    /// Where it happened, when that is a task, a template or a step.
    pub origin: Option<Include<'a>>,
}

/// Who acted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActivityActor)]
pub struct Actor<'a> {
    /// The e-mail address.
    pub email: &'a str,
    /// Always null: members sign in with their address.
    pub username: Option<&'a str>,
    /// First name.
    pub first_name: &'a str,
    /// Last name.
    pub last_name: &'a str,
    /// Both names.
    pub full_name: String,
    /// A picture's address.
    pub profile_pic: Option<&'a str>,
    /// A small picture's address.
    pub resize_profile_pic: Option<&'a str>,
}

/// An object that a row names.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ActivityInclude)]
pub struct Include<'a> {
    /// The object.
    pub data: Named<'a>,
}

/// An object in short. Of one that is gone, or that the caller may not see,
/// only the id is known.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = ActivityObject)]
pub struct Named<'a> {
    /// Its id.
    pub id: Cow<'a, str>,
    /// A guest's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub email: Option<&'a str>,
    /// A guest's first name; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub first_name: Option<&'a str>,
    /// A guest's last name; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub last_name: Option<&'a str>,
    /// A task's or a template's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub title: Option<&'a str>,
    /// An organization's or a group's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub name: Option<&'a str>,
}

impl<'a> Activity<'a> {
    /// A row of an organization's feed.
    pub fn new(entry: &'a Entry, place: Place<'a>) -> Self {
        let author = entry.author.as_ref();
        let audit = Include { data: named(entry) };
        // What a step belongs to.
        let within = match &entry.subject {
            Some(Subject::Template { id, title }) if entry.entity == EntityKind::Step => {
                Some((id.to_string(), title.as_str()))
            }
            _ => None,
        };
        Self {
            id: entry.sequence,
            organization_id: place.id,
            verb: [entry.verb.as_str()],
            source: author
                .map(|author| if member(author).is_some() { "Member" } else { "Guest" })
                .into_iter()
                .collect(),
            actor_type: author
                .map(|author| if member(author).is_some() { "user" } else { "guest" })
                .into_iter()
                .collect(),
            actor_id: author.and_then(member).into_iter().collect(),
            kind: [entry.entity.type_name()],
            description: [&entry.text],
            actor: author.map(Actor::new).into_iter().collect(),
            auditable_type: class(entry.entity),
            auditable_id: &entry.entity_id,
            parentable_type: class(if within.is_some() {
                EntityKind::Template
            } else {
                EntityKind::Organization
            }),
            parentable_id: within.clone().map_or(Cow::Borrowed(place.id), |(id, _)| Cow::Owned(id)),
            field: entry.field.as_deref(),
            old_value: entry.old_value.as_deref(),
            text: &entry.text,
            references: None,
            created_at: entry.at,
            undoable: false,
            origin: matches!(
                entry.entity,
                EntityKind::Task | EntityKind::Run | EntityKind::Template | EntityKind::Step
            )
            .then(|| audit.clone()),
            audit,
            parent: Include {
                data: match within {
                    Some((id, title)) => Named { id: Cow::Owned(id), title: Some(title), ..Named::default() },
                    None => Named { id: Cow::Borrowed(place.id), name: Some(place.name), ..Named::default() },
                },
            },
        }
    }
}

/// The member who acted, if one did.
fn member(author: &Author) -> Option<MemberId> {
    match author.who {
        Acting::Member(id) => Some(id),
        Acting::Guest => None,
    }
}

/// The name by which the product's own programs know a kind of object.
fn class(kind: EntityKind) -> String {
    format!("App\\Models\\{}", kind.type_name())
}

fn named(entry: &Entry) -> Named<'_> {
    let bare = Named { id: Cow::Borrowed(&entry.entity_id), ..Named::default() };
    match &entry.subject {
        Some(Subject::Guest { email, first_name, last_name }) => Named {
            email: Some(email),
            first_name: first_name.as_deref(),
            last_name: last_name.as_deref(),
            ..bare
        },
        Some(Subject::Task { title }) => Named { title: Some(title), ..bare },
        Some(Subject::Run { name } | Subject::Group { name }) => Named { name: Some(name), ..bare },
        Some(Subject::Template { title, .. }) if entry.entity == EntityKind::Template => {
            Named { title: Some(title), ..bare }
        }
        Some(Subject::Template { .. }) | None => bare,
    }
}

impl<'a> Actor<'a> {
    fn new(author: &'a Author) -> Self {
        Self {
            email: &author.email,
            username: None,
            first_name: &author.first_name,
            last_name: &author.last_name,
            full_name: format!("{} {}", author.first_name, author.last_name).trim().to_owned(),
            profile_pic: None,
            resize_profile_pic: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use hospes_model::activity::Verb;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_has_the_shape_that_clients_know() {
        let mut entry = Entry {
            sequence: 7,
            entity: EntityKind::Guest,
            entity_id: "CODE".to_owned(),
            verb: Verb::Updated,
            author: Some(Author {
                who: Acting::Member(MemberId::new(3).unwrap()),
                email: "a@x.example".to_owned(),
                first_name: "Ann".to_owned(),
                last_name: "Archer".to_owned(),
            }),
            field: Some("phone_1".to_owned()),
            old_value: Some("1".to_owned()),
            text: "phone_1 of guest g@x.example was changed.".to_owned(),
            at: "2025-05-15T14:30:00.5Z".parse().unwrap(),
            subject: Some(Subject::Guest {
                email: "g@x.example".to_owned(),
                first_name: Some("Gus".to_owned()),
                last_name: None,
            }),
        };
        let place = Place { id: "0123", name: "Acme" };
        let shape = |entry: &Entry| serde_json::to_value(Activity::new(entry, place)).unwrap();
        assert_eq!(
            shape(&entry),
            json!({
                "id": 7, "organization_id": "0123",
                "verb": ["updated"], "source": ["Member"], "actor_type": ["user"], "actor_id": [3],
                "type": ["Guest"], "description": ["phone_1 of guest g@x.example was changed."],
                "actor": [{
                    "email": "a@x.example", "username": null, "first_name": "Ann", "last_name": "Archer",
                    "full_name": "Ann Archer", "profile_pic": null, "resize_profile_pic": null,
                }],
                "auditable_type": "App\\Models\\Guest", "auditable_id": "CODE",
                "parentable_type": "App\\Models\\Organization", "parentable_id": "0123",
                "field": "phone_1", "old_value": "1", "text": "phone_1 of guest g@x.example was changed.",
                "references": null, "created_at": "2025-05-15T14:30:00Z", "undoable": false,
                "audit": {"data": {"id": "CODE", "email": "g@x.example", "first_name": "Gus"}},
                "parent": {"data": {"id": "0123", "name": "Acme"}},
                "origin": null,
            })
        );
        let author = entry.author.as_mut().unwrap();
        author.who = Acting::Guest;
        let guest = shape(&entry);
        assert_eq!((&guest["source"], &guest["actor_type"]), (&json!(["Guest"]), &json!(["guest"])));
        assert_eq!((&guest["actor_id"], &guest["actor"][0]["email"]), (&json!([]), &json!("a@x.example")));
        (entry.entity, entry.author, entry.subject) = (EntityKind::Task, None, None);
        let task = shape(&entry);
        assert_eq!(task["origin"], json!({"data": {"id": "CODE"}}));
        for list in ["source", "actor_type", "actor_id", "actor"] {
            assert_eq!(task[list], json!([]), "{list}");
        }
    }
}
