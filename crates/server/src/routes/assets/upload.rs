//! `POST /organizations/{org}/assets`, also under its other names.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use futures_util::StreamExt;
use hospes_api::assets::{Asset, UploadBody, read_upload};
use hospes_api::envelope::Item;
use hospes_model::activity::Cause;
use hospes_model::asset::image::{Image, LOGO_BYTES, LOGO_SIDE};
use hospes_model::asset::{self, FileName, For, Wish};
use hospes_model::member::Action;
use hospes_model::{FieldErrors, Refusal};
use hospes_store::assets::guests::Upload;
use hospes_store::assets::write;

use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::files::parts::{self, Incoming, Part, Parts};
use crate::files::upload::{Received, Target, receive};
use crate::openapi::UploadErrors;
use crate::reply::Reply;
use crate::request::RequestOrigin;

/// The name of the part with the file; also what faults name it by.
const FILE: &str = "name";

/// Upload a file.
///
/// It belongs to a process, a template or a one-off task, and is attached to
/// nothing: put it into the value of a file field next. A picture that an
/// administrator uploads for the organization is its logo at once.
/// `Idempotency-Key` has no effect here.
#[utoipa::path(
    post, path = "/organizations/{org}/assets", tag = "files",
    operation_id = "upload_file",
    params(("org" = String, Path, description = "The organization's id")),
    request_body(content = UploadBody, content_type = "multipart/form-data"),
    responses((status = 200, description = "The file", body = Item<Asset>), UploadErrors),
    security(("bearer" = []))
)]
pub async fn upload(
    State(app): State<Arc<App>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Error> {
    caller.may(Action::WriteFiles)?;
    let (head, body) = request.into_parts();
    let origin = RequestOrigin::of(&head.extensions);
    let cause = Cause { actor: Some(caller.actor.id), ..origin.cause(app.clock.now()) };
    let (mut incoming, mut file) = (parts::incoming(body), None);
    let asset = take(&app, &caller, &head.headers, &mut incoming, &mut file, cause).await;
    match asset {
        Ok(asset) => {
            if let Some(file) = file {
                file.keep();
            }
            let data = Asset::new(&asset, caller.org_id);
            Ok(Reply::json(StatusCode::OK, &Item::new(data))?.into_response())
        }
        Err(error) => {
            if let Some(file) = file {
                file.discard().await;
            }
            parts::drain(&mut incoming).await;
            Err(error)
        }
    }
}

/// Reads the parts, and keeps the file once all of them are there.
async fn take(
    app: &Arc<App>,
    caller: &Caller,
    headers: &HeaderMap,
    incoming: &mut Incoming,
    file: &mut Option<Received>,
    cause: Cause,
) -> Result<asset::Asset, Error> {
    let target = Target { org: caller.org, org_id: caller.org_id, now: cause.at };
    let (mut parts, mut texts) = (Parts::new(headers, incoming, (1, app.files.limit))?, Vec::new());
    while let Some(part) = parts.next().await? {
        match part {
            Part::Text(name, value) => texts.push((name, value)),
            Part::File(field, filename) if [FILE, "file"].contains(&field.as_str()) => {
                if file.is_some() {
                    return Err(Error::invalid(FILE, "Upload one file at a time."));
                }
                let name = FileName::parse(&filename)
                    .map_err(|fault| Error::invalid(FILE, format!("The file name {fault}.")))?;
                // What was said before the file is judged before its bytes come.
                if let Ok(wish) = read_upload(&texts) {
                    check(app, caller, wish, name.clone()).await?;
                }
                *file = Some(receive(app, target, name, &mut parts, FILE).await?);
            }
            Part::File(..) => {}
        }
    }
    let wish = read_upload(&texts);
    let mut faults = wish.as_ref().err().cloned().unwrap_or_default();
    let Some(file) = file.as_ref() else {
        faults.add(FILE, "The name is required: the file itself.");
        return Err(Refusal::Invalid(faults).into());
    };
    let wish = wish.map_err(|faults: FieldErrors| Error::from(Refusal::Invalid(faults)))?;
    let (org, actor, upload) = (caller.org, caller.actor, file.upload.clone());
    let is_logo = matches!(wish.subject, For::Organization(_));
    let image = if is_logo { Some(picture(app, caller, &upload).await?) } else { None };
    app.store
        .write(move |tx| {
            let asset = write::finish::<Error>(tx, org, upload.id, &upload.bytes, &wish, (actor, &cause))?;
            if let Some(image) = image {
                write::show_as_logo::<Error>(tx, org, &asset, image, &cause)?;
            }
            Ok(asset)
        })
        .await
}

/// The picture that a file is which is to be the logo.
async fn picture(app: &App, caller: &Caller, upload: &Upload) -> Result<Image, Error> {
    if upload.bytes.size > LOGO_BYTES {
        let message = format!("A logo may have at most {} KiB.", LOGO_BYTES >> 10);
        return Err(Error::invalid(FILE, message));
    }
    let whole = (0, upload.bytes.size);
    let mut stored = app.files.storage.read(caller.org_id, upload.id, whole).await?;
    let mut bytes = BytesMut::new();
    while let Some(more) = stored.next().await {
        bytes.extend_from_slice(&more.map_err(|error| Error::internal(format!("a logo: {error}")))?);
    }
    let image = Image::read(&bytes).ok_or_else(|| {
        Error::invalid(FILE, "A logo must be a PNG, JPEG or WebP picture that does not move.")
    })?;
    if !image.fits_a_logo() {
        let message = format!("A logo may have at most {LOGO_SIDE} pixels on each side.");
        return Err(Error::invalid(FILE, message));
    }
    Ok(image)
}

async fn check(app: &App, caller: &Caller, wish: Wish, name: FileName) -> Result<(), Error> {
    let (org, actor) = (caller.org, caller.actor);
    app.store.read(move |tx| write::check::<Error>(tx, org, &wish, Some(&name), actor)).await
}
