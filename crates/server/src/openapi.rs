//! What the routes' own annotations leave open in the OpenAPI document: title,
//! security, and the error answers that many routes share.

use std::collections::BTreeMap;

use hospes_api::envelope::{ErrorBody, Problem};
use hospes_model::asset::Kind;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify};
use utoipa_axum::router::UtoipaMethodRouter;

/// The document before the routes are added.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(
    info(
        title = "Hospes",
        description = "Guests in an organization's processes, over the Tallyfy REST API. \
                       Every route is also served under /api."
    ),
    servers((url = "/"), (url = "/api")),
    components(schemas(ErrorBody, Problem)),
    modifiers(&Bearer),
    tags(
        (name = "guests", description = "People with an e-mail address and no account"),
        (name = "members", description = "The people of the organization"),
        (name = "groups", description = "Members and guests who are assigned together"),
        (name = "organizations", description = "Organizations and who one is in them"),
        (name = "runs", description = "Processes, and their tasks"),
        (name = "mail", description = "Mails to guests, reminders and what guests want to be mailed"),
        (name = "tasks", description = "Tasks, one-off and of processes"),
        (name = "comments", description = "Comments and issues about tasks, processes and templates"),
        (name = "templates", description = "What is modelled once and launched many times"),
        (name = "files", description = "Uploaded files"),
        (name = "activity", description = "Who did what, when, and from where"),
        (name = "operations", description = "For those who run the server")
    )
)]
pub struct Document;

#[derive(Debug)]
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token made by `hospes token create`."))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// An endpoint under another name, at `path`.
pub fn also_at<S>(
    path: &str,
    operation_id: &str,
    (schemas, mut paths, handlers): UtoipaMethodRouter<S>,
) -> UtoipaMethodRouter<S> {
    for (first, mut item) in std::mem::take(&mut paths.paths) {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.operation_id = Some(operation_id.to_owned());
            operation.description = Some(format!("Another name of `{first}`."));
        }
        paths.paths.insert(path.to_owned(), item);
    }
    (schemas, paths, handlers)
}

fn error(description: &str) -> RefOr<Response> {
    let content = |schema: &str| Content::new(Some(Ref::from_schema_name(schema)));
    ResponseBuilder::new()
        .description(description)
        .content("application/json", content("ErrorBody"))
        .content("application/problem+json", content("Problem"))
        .build()
        .into()
}

fn errors(list: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    list.iter().map(|(status, text)| ((*status).to_owned(), error(text))).collect()
}

const UNAUTHENTICATED: (&str, &str) = ("401", "No token, or one that does not work");
const FORBIDDEN: (&str, &str) = ("403", "Another organization, or a role that may not do this");
const NOT_FOUND: (&str, &str) = ("404", "No such object");
const INVALID: (&str, &str) = ("422", "Something in the request is not acceptable; every fault is named");
const TOO_MANY: (&str, &str) = ("429", "Too many requests; nothing was done");
const UNAVAILABLE: (&str, &str) = ("503", "The database is not available; nothing was changed");

/// Errors of reading.
#[derive(Debug)]
pub struct ReadErrors;

impl IntoResponses for ReadErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, INVALID, TOO_MANY, UNAVAILABLE])
    }
}

/// Errors of reading bytes.
#[derive(Debug)]
pub struct FileErrors;

impl IntoResponses for FileErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let range = ("416", "The file has no such range");
        errors(&[UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, range, TOO_MANY, UNAVAILABLE])
    }
}

/// The bytes of a file, under the type of its kind.
#[derive(Debug)]
pub struct FileBytes;

impl IntoResponses for FileBytes {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let bytes = || {
            let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
            Content::new(Some(ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build()))
        };
        let answer = |text: &str| {
            let kinds = Kind::all().map(|kind| kind.mime().split(';').next().unwrap_or_default());
            let response = ResponseBuilder::new().description(text);
            kinds.fold(response, |response, kind| response.content(kind, bytes())).build().into()
        };
        BTreeMap::from([
            ("200".to_owned(), answer("The bytes")),
            ("206".to_owned(), answer("Some of the bytes")),
        ])
    }
}

/// Errors of uploading.
#[derive(Debug)]
pub struct UploadErrors;

impl IntoResponses for UploadErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[
            ("400", "The body broke off"),
            UNAUTHENTICATED,
            FORBIDDEN,
            NOT_FOUND,
            ("413", "The file is too large"),
            ("415", "The body is not multipart/form-data"),
            INVALID,
            TOO_MANY,
            ("503", "The database or the storage of files is not available; nothing was changed"),
        ])
    }
}

/// Errors of changing.
#[derive(Debug)]
pub struct WriteErrors;

impl IntoResponses for WriteErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[
            ("400", "The body is not valid JSON, or broke off; or the object is protected"),
            UNAUTHENTICATED,
            FORBIDDEN,
            NOT_FOUND,
            ("409", "A request with the same Idempotency-Key is being processed"),
            ("412", "The object was changed since it was read (If-Match)"),
            ("413", "The body is too large"),
            ("415", "The body is not JSON"),
            INVALID,
            TOO_MANY,
            UNAVAILABLE,
        ])
    }
}

/// Errors of routes that need no token.
#[derive(Debug)]
pub struct PublicErrors;

impl IntoResponses for PublicErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[TOO_MANY, UNAVAILABLE])
    }
}

/// Errors of changing something without a token.
#[derive(Debug)]
pub struct OpenWriteErrors;

impl IntoResponses for OpenWriteErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[
            ("400", "The body is not valid JSON, or broke off"),
            ("413", "The body is too large"),
            ("415", "The body is not JSON"),
            INVALID,
            TOO_MANY,
            UNAVAILABLE,
        ])
    }
}

/// Parameters that every change takes.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers that the Change extractor reads")]
pub struct ChangeHeaders {
    /// Makes a retry safe: the same key with the same request is answered with
    /// the first answer for 24 hours.
    #[param(rename = "Idempotency-Key", value_type = String, required = false, pattern = "^[!-~]{1,255}$")]
    idempotency_key: Option<String>,
    /// The `ETag` of the state that the change is meant for.
    #[param(rename = "If-Match", value_type = String, required = false)]
    if_match: Option<String>,
}

/// Parameters of a list with pages.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that the Query reader reads")]
pub struct PageParams {
    /// The page, from 1.
    #[param(minimum = 1)]
    page: Option<i64>,
    /// Objects a page; more than the list's maximum is cut to it.
    #[param(minimum = 1)]
    per_page: Option<i64>,
    /// Another name of `per_page`.
    #[param(minimum = 1)]
    limit: Option<i64>,
    /// Everything at once.
    without_pagination: Option<bool>,
}
