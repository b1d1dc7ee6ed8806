//! `POST /guest/{code}/enter`: the press that opens the workplace, by the link
//! alone or by the secret of a mailed one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use hospes_model::workplace::links::{Entrance, Proof, SecretState};
use hospes_model::{GuestCode, SessionId, TaskId};
use hospes_store::Tx;
use hospes_store::workplace::sessions::{self, New};
use hospes_store::workplace::{Hash, secrets};
use jiff::Timestamp;

use super::knock::Knock;
use super::{Behind, Door, behind, destination, page};
use crate::app::App;
use crate::entropy;
use crate::error::Error;
use crate::request::ClientAddress;
use crate::workplace::session::see_other;
use crate::workplace::{cookies, device, presence};

/// What came of a press.
enum Outcome {
    In,
    Out,
}

/// Opens the workplace, if the policy lets this do.
pub(super) async fn enter(State(app): State<Arc<App>>, knock: Knock) -> Result<Response, Error> {
    let code = knock.code()?;
    let door = Door::posted(code.clone(), &knock.fields);
    if !knock.is_fresh {
        return door.page(&app, &knock.headers, Some(page::Fault::Stale)).await;
    }
    if knock.fields.get("answer") == "leave" {
        return Ok(see_other(&format!("/guest/{code}/leave")));
    }
    let is_pressed = knock.fields.get("answer") == "open";
    let is_sure = knock.fields.get("sure") == "yes";
    if !is_pressed && !is_sure {
        return door.page(&app, &knock.headers, Some(page::Fault::Unanswered)).await;
    }
    let entering = Entering::new(&app, &knock, Proof::Button);
    let (located, secret) = (code.clone(), door.secret.as_deref().map(cookies::hash));
    let new = entering.new.clone();
    let (cause, now) = (knock.cause(), knock.now);
    let outcome: Outcome = app
        .store
        .write(move |tx| {
            let Some(behind) = behind(tx, &located)? else { return Ok(Outcome::Out) };
            let proof = prove(tx, &behind, secret.as_ref(), is_pressed, is_sure, now)?;
            let Some(proof) = proof else { return Ok(Outcome::Out) };
            sessions::begin(tx, &behind.guest, &New { proof, ..new.clone() }, &cause)?;
            Ok::<_, hospes_store::Error>(Outcome::In)
        })
        .await?;
    match outcome {
        Outcome::In => Ok(entering.answer(&app, &code, door.task)),
        Outcome::Out => door.page(&app, &knock.headers, None).await,
    }
}

/// What the press proves under the organization's policy; a secret is used up
/// by it.
fn prove(
    tx: &mut Tx<'_>,
    behind: &Behind,
    secret: Option<&Hash>,
    is_pressed: bool,
    is_sure: bool,
    now: Timestamp,
) -> hospes_store::Result<Option<Proof>> {
    let key = behind.guest.key;
    let state = secret.map(|hash| secrets::state(tx, key, hash, now)).transpose()?;
    match behind.org.settings.guest_link_policy.entrance(state) {
        Entrance::Press if is_pressed => {
            // A secret that is still good proves more, should the policy become stricter.
            match (secret, state) {
                (Some(hash), Some(SecretState::Fresh)) if secrets::use_up(tx, key, hash, now)? => {
                    Ok(Some(Proof::Link))
                }
                _ => Ok(Some(Proof::Button)),
            }
        }
        Entrance::Confirm if is_sure => {
            let Some(hash) = secret else { return Ok(None) };
            Ok(secrets::use_up(tx, key, hash, now)?.then_some(Proof::Link))
        }
        _ => Ok(None),
    }
}

/// A session that is about to begin.
#[derive(Debug)]
pub(in crate::workplace) struct Entering {
    pub(in crate::workplace) new: New,
    secret: String,
}

impl Entering {
    /// For the browser that knocks.
    pub(super) fn new(app: &App, knock: &Knock, proof: Proof) -> Self {
        Self::of(app, &knock.headers, knock.origin.address, knock.now, proof)
    }

    /// For a browser that sends these headers from there.
    pub(in crate::workplace) fn of(
        app: &App,
        headers: &HeaderMap,
        address: ClientAddress,
        now: Timestamp,
        proof: Proof,
    ) -> Self {
        let secret = entropy::guest_secret();
        let (millis, random) = entropy::id_parts(now);
        let new = New {
            id: SessionId::new(millis, random),
            hash: cookies::hash(&secret),
            proof,
            device: device::of(headers),
            presence: presence::of(app, address),
            replaces: cookies::read(headers, cookies::SESSION).map(|old| cookies::hash(&old)),
        };
        Self { new, secret }
    }

    /// The answer when it has begun: the cookie, and on to the pages.
    pub(in crate::workplace) fn answer(&self, app: &App, code: &GuestCode, task: Option<TaskId>) -> Response {
        let cookie = cookies::session(app, code, &self.secret);
        ([(SET_COOKIE, cookie)], see_other(&destination(code, task))).into_response()
    }
}
