//! The routes put together, at `/` and at `/api`.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, Method};
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::App;
use crate::error::Error;
use crate::mail::settings::Way;
use crate::openapi::{Document, also_at};
use crate::routes::{
    activity, assets, comments, dev, form_fields, groups, guests, invitations, mail, me, members, operations,
    organizations, runs, tasks, templates,
};
use crate::{edge, telemetry, workplace};

fn api() -> OpenApiRouter<Arc<App>> {
    let upload = || routes!(assets::upload::upload);
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(me::read::read))
        .routes(routes!(me::organizations::organizations))
        .routes(routes!(organizations::read::read, organizations::update::update))
        .routes(routes!(members::me::me))
        .routes(routes!(members::list::list))
        .routes(routes!(members::short_list::short_list))
        .routes(routes!(members::invite::invite))
        .routes(routes!(members::read::read, members::update::update, members::remove::remove))
        .routes(routes!(members::role::role))
        .routes(routes!(members::disable::disable))
        .routes(routes!(members::enable::enable))
        .routes(routes!(members::approve::approve))
        .routes(routes!(members::delete::delete))
        .routes(routes!(members::link::link))
        .routes(routes!(members::to_guest::to_guest))
        .routes(routes!(invitations::accept::accept))
        .routes(routes!(guests::list::list, guests::create::create))
        .routes(routes!(guests::short_list::short_list))
        .routes(routes!(guests::read::read, guests::update::update, guests::remove::remove))
        .routes(routes!(guests::disable::disable))
        .routes(routes!(guests::enable::enable))
        .routes(routes!(guests::email::change_email))
        .routes(routes!(guests::to_member::to_member))
        .routes(routes!(guests::sessions::list::list, guests::sessions::end_all::end_all))
        .routes(routes!(guests::sessions::end_one::end_one))
        .routes(routes!(guests::reset_link::reset_link))
        .routes(routes!(guests::copy_link::copy_link))
        .routes(routes!(tasks::list::list, tasks::create::create))
        .routes(routes!(tasks::read::read, tasks::update::update, tasks::archive::archive))
        .routes(routes!(tasks::restore::restore))
        .routes(routes!(tasks::delete::delete))
        .routes(routes!(tasks::complete::complete))
        .routes(routes!(tasks::reopen::reopen))
        .routes(routes!(tasks::mine::mine))
        .routes(routes!(tasks::of_user::of_user))
        .routes(routes!(tasks::of_guest::of_guest))
        .routes(routes!(groups::list::list, groups::create::create))
        .routes(routes!(groups::read::read, groups::update::update, groups::remove::remove))
        .merge(templates())
        .routes(routes!(tasks::clone::clone))
        .routes(routes!(tasks::capture::capture))
        .routes(routes!(form_fields::write::write))
        .routes(routes!(form_fields::write_as_guest::write_as_guest))
        .routes(routes!(runs::list::list, runs::launch::launch))
        .routes(routes!(runs::read::read, runs::update::update, runs::archive::archive))
        .routes(routes!(runs::activate::activate))
        .routes(routes!(runs::delete::delete))
        .routes(routes!(runs::complete_prerun::complete_prerun, runs::reopen_prerun::reopen_prerun))
        .routes(routes!(runs::export::export))
        .routes(routes!(runs::form_fields::form_fields))
        .routes(routes!(runs::tasks_list::tasks_list))
        .routes(routes!(runs::read_task::read_task, runs::update_task::update_task))
        .routes(routes!(runs::complete_task::complete_task))
        .routes(routes!(runs::reopen_task::reopen_task))
        .routes(upload())
        .routes(also_at("/organizations/{org}/file", "upload_file_as_file", upload()))
        .routes(also_at("/organizations/{org}/upload", "upload_file_as_upload", upload()))
        .routes(routes!(assets::read::read, assets::archive::archive))
        .routes(routes!(assets::show::show, assets::delete::delete))
        .routes(routes!(assets::download::download))
        .routes(routes!(activity::list::list))
        .routes(routes!(mail::remind::remind))
        .routes(routes!(mail::list::list))
        .routes(routes!(mail::status::status))
        .routes(routes!(mail::preferences::read::read, mail::preferences::update::update))
        .merge(comments())
}

fn comments() -> OpenApiRouter<Arc<App>> {
    use comments::{bot, create, delete, report, resolve, update};
    OpenApiRouter::new()
        .routes(routes!(create::on_task))
        .routes(routes!(create::on_run))
        .routes(routes!(create::on_checklist))
        .routes(routes!(update::on_task, delete::on_task))
        .routes(routes!(update::on_run, delete::on_run))
        .routes(routes!(update::on_checklist, delete::on_checklist))
        .routes(routes!(bot::bot_comment))
        .routes(routes!(report::on_task))
        .routes(routes!(report::on_run))
        .routes(routes!(report::on_checklist))
        .routes(routes!(resolve::on_task))
        .routes(routes!(resolve::on_run))
        .routes(routes!(resolve::on_checklist))
}

fn templates() -> OpenApiRouter<Arc<App>> {
    use templates::{captures, rules, steps};
    OpenApiRouter::new()
        .routes(routes!(templates::list::list, templates::create::create))
        .routes(routes!(templates::read::read, templates::update::update, templates::archive::archive))
        .routes(routes!(templates::delete::delete))
        .routes(routes!(templates::restore::restore))
        .routes(routes!(templates::publish::publish))
        .routes(routes!(templates::clone::clone))
        .routes(routes!(templates::form_fields::form_fields))
        .routes(routes!(templates::delete_prerun::delete_prerun))
        .routes(routes!(steps::list::list, steps::create::create))
        .routes(routes!(steps::read::read, steps::update::update, steps::delete::delete))
        .routes(routes!(steps::clone::clone))
        .routes(routes!(steps::reorder::reorder))
        .routes(routes!(captures::create::create, captures::reorder::reorder))
        .routes(routes!(captures::update::update, captures::delete::delete))
        .routes(routes!(captures::move_out::move_out))
        .routes(routes!(rules::list::list, rules::create::create))
        .routes(routes!(rules::update::update, rules::delete::delete))
}

fn operations() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(operations::health::healthz))
        .routes(routes!(operations::health::readyz))
        .routes(routes!(operations::metrics::metrics))
}

/// The OpenAPI document of every route.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = api().into_openapi();
    document.merge(operations().into_openapi());
    document
}

/// The whole server.
pub fn router(app: Arc<App>) -> Router {
    // The recorder must stand before the first request is counted.
    telemetry::start_metrics();
    let api: Router<Arc<App>> = api().into();
    let operations: Router<Arc<App>> = operations().into();
    let caught = if app.mail.settings.way == Way::Catch { dev::mail::router() } else { Router::new() };
    Router::new()
        .nest("/api", api.clone())
        .merge(api)
        .merge(operations)
        .merge(workplace::router())
        .merge(caught)
        .route("/mail/bounces", post(mail::bounces::report))
        .merge(documentation())
        .fallback(async || Error::unknown_endpoint())
        .method_not_allowed_fallback(async || Error::method_not_allowed())
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            axum::response::IntoResponse::into_response(Error::internal("a handler panicked"))
        }))
        .layer(from_fn_with_state(Arc::clone(&app), edge::edge))
        .with_state(app)
}

/// The document and its page. The page asks nobody else: without the setting it
/// would have the document judged by a service on the internet.
fn documentation() -> SwaggerUi {
    let config = Config::default().validator_url("none").persist_authorization(true);
    SwaggerUi::new("/docs").url("/openapi.json", document()).config(config)
}

/// What browsers are told when scripts of other sites ask. Any site may: what
/// counts is the token, which no browser adds by itself.
pub fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(
            [
                "etag",
                "link",
                "x-request-id",
                "retry-after",
                "ratelimit",
                "ratelimit-policy",
                "x-ratelimit-limit",
                "x-ratelimit-remaining",
                "idempotent-replayed",
            ]
            .map(HeaderName::from_static),
        )
}
