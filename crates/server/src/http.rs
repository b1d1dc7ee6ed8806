//! Accepting connections, and letting go of them without cutting a request.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, ORIGIN};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::app::App;
use crate::front;
use crate::router::{cors, router};
use crate::workplace;

/// A connection must send a request's head within this time.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Answers requests on `listener` until `stop` resolves, then takes no new
/// connection and waits up to `grace` for the requests that are being answered.
pub async fn serve(listener: TcpListener, app: Arc<App>, stop: impl Future<Output = ()>, grace: Duration) {
    let plain = router(Arc::clone(&app));
    // Only browsers' scripts on other sites need to be told about origins, and
    // guests' pages are not for them.
    let with_origins = plain.clone().layer(cors());
    let routers = Arc::new((plain, with_origins));
    let connections = GracefulShutdown::new();
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file handles, most likely: the others must end first.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let (app, routers) = (Arc::clone(&app), Arc::clone(&routers));
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            let (app, routers) = (Arc::clone(&app), Arc::clone(&routers));
            async move {
                if let Some(answer) = front::answer(&app, &mut request, peer.ip()).await {
                    return Ok::<Response<Body>, Infallible>(answer);
                }
                let (plain, with_origins) = &*routers;
                let with_origin =
                    request.headers().contains_key(ORIGIN) && !workplace::is_page(request.uri().path());
                let router = if with_origin { with_origins } else { plain };
                request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
                router.clone().oneshot(request).await.map(without_false_length)
            }
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(grace, connections.shutdown()).await.is_err() {
        tracing::warn!(grace_seconds = grace.as_secs(), "some requests did not end in time");
    }
}

/// The router writes how long a body is, which these answers do not have. On a
/// 304 it would be that of the answer that the caller has (RFC 9110, 8.6).
fn without_false_length(mut answer: Response<Body>) -> Response<Body> {
    if matches!(answer.status(), StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT) {
        answer.headers_mut().remove(CONTENT_LENGTH);
    }
    answer
}
