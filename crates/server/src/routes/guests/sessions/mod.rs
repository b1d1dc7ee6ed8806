//! Where a guest is signed in, and signing the guest out.

pub mod end_all;
pub mod end_one;
pub mod list;

use axum::response::Response;
use hospes_api::envelope::Collection;
use hospes_api::guests::links::GuestSession;
use hospes_model::{GuestKey, OrgNo};
use hospes_store::guests::{self, GuestRef};
use hospes_store::workplace::sessions::{self, Stored, Which};
use hospes_store::{Tx, orgs};
use jiff::Timestamp;

use crate::change::Change;
use crate::error::Error;
use crate::reply::Reply;

/// The sessions that would be let in now.
fn live(tx: &mut Tx<'_>, org: OrgNo, guest: GuestKey, now: Timestamp) -> Result<Reply, Error> {
    let settings = orgs::get(tx, org)?.settings;
    let holds = |stored: &Stored| {
        stored.session.holds(settings.guest_link_policy, settings.guest_link_strict_days, now)
    };
    let all = sessions::list(tx, guest)?.into_iter().filter(holds);
    let data = all.map(|stored| GuestSession {
        id: stored.id.to_string(),
        device: stored.device,
        proof: stored.session.proof.as_str(),
        ip: stored.ip,
        country: stored.country,
        city: stored.city,
        created_at: stored.session.created_at,
        last_seen_at: stored.session.last_seen_at,
    });
    Reply::ok(&Collection { data: data.collect() })
}

/// Ends sessions, and answers with those that are left.
async fn end(change: Change, guest: GuestRef, which: Which) -> Result<Response, Error> {
    let (org, cause) = (change.caller().org, change.cause());
    change
        .run(move |tx| {
            orgs::lock(tx, org)?;
            let found = guests::find(tx, org, &guest)?.ok_or_else(Error::not_found)?;
            let ended = sessions::end(tx, org, &found, which, &cause)?;
            if ended == 0 && which != Which::All {
                return Err(Error::not_found());
            }
            live(tx, org, found.key, cause.at)
        })
        .await
}
