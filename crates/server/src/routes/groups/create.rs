//! `POST /organizations/{org}/groups`.

use axum::http::Uri;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::groups::{CreateGroupBody, Group, read_create};
use hospes_model::GroupId;
use hospes_model::member::Action;
use hospes_store::groups::write;

use super::super::admission::{Admitted, admit_guests};
use super::{Includes, reply};
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Create a group.
///
/// A name is enough. Unknown addresses among the guests become guests.
#[utoipa::path(
    post, path = "/organizations/{org}/groups", tag = "groups",
    operation_id = "create_group",
    params(("org" = String, Path, description = "The organization's id"), ChangeHeaders),
    request_body = CreateGroupBody,
    responses((status = 201, description = "The new group", body = Item<Group>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn create(uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::ManageGroups)?;
    let actor = change.caller().actor;
    let (org, now, cause) = (change.caller().org, change.now(), change.cause());
    let mut read = read_create(&change.json()?)?;
    let (people, faults) = (&read.change.people, &mut read.change.faults);
    let Admitted { codes, reservation } = admit_guests(&change, "guests", &people.guests, faults).await?;
    let (millis, random) = entropy::id_parts(now);
    let id = GroupId::new(millis, random);
    let includes = Includes::of(uri.query().unwrap_or_default());
    change
        .run_reserved(reservation, move |tx| {
            write::check_may::<Error>(tx, org, actor)?;
            let created = write::create::<Error>(tx, org, id, &read.change, &codes, &cause)?;
            let warnings = [read.warnings.as_slice(), &created.warnings].concat();
            reply(tx, org, &created, warnings, includes, now)
        })
        .await
}
