//! `PUT /organizations/{org}/groups/{group}`.

use axum::http::Uri;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::groups::{Group, UpdateGroupBody, read_update};
use hospes_model::member::Action;
use hospes_store::groups::write;

use super::super::admission::{Admitted, admit_guests};
use super::{Includes, group_id, reply};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Change a group.
///
/// What is absent stays as it is; `members` and `guests` each replace a list.
/// The tasks that have the group follow at once. Answers 201, as documented.
#[utoipa::path(
    put, path = "/organizations/{org}/groups/{group}", tag = "groups",
    operation_id = "update_group",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("group" = String, Path, description = "The group's id"),
        ChangeHeaders
    ),
    request_body = UpdateGroupBody,
    responses((status = 201, description = "The changed group", body = Item<Group>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn update(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::ManageGroups)?;
    let actor = change.caller().actor;
    let id = group_id(&subject)?;
    let (org, now, cause) = (change.caller().org, change.now(), change.cause());
    let mut read = read_update(&change.json()?)?;
    let (people, faults) = (&read.change.people, &mut read.change.faults);
    let Admitted { codes, reservation } = admit_guests(&change, "guests", &people.guests, faults).await?;
    let expected = change.expected();
    let includes = Includes::of(uri.query().unwrap_or_default());
    change
        .run_reserved(reservation, move |tx| {
            write::check_may::<Error>(tx, org, actor)?;
            let changed = write::update::<Error>(tx, org, id, &expected, &read.change, &codes, &cause)?;
            let warnings = [read.warnings.as_slice(), &changed.warnings].concat();
            reply(tx, org, &changed, warnings, includes, now)
        })
        .await
}
