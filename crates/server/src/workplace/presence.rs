//! Where a guest was last seen: written for real sessions only, at most once a
//! minute, behind the answer's back (`product.md` 1.14).

use std::sync::Arc;

use hospes_model::GuestKey;
use hospes_model::guest::Presence;
use hospes_store::workplace::sessions::{self, Stored};
use jiff::Timestamp;

use crate::app::App;
use crate::request::ClientAddress;

/// What is kept of where a request comes from: nothing, if the operator wants
/// that.
pub(crate) fn of(app: &App, address: ClientAddress) -> Presence {
    let Some(address) = address.0.filter(|_| app.settings.store_guest_places) else {
        return Presence::default();
    };
    let place = app.places.as_ref().map(|places| places.find(address)).unwrap_or_default();
    Presence {
        last_accessed_at: None,
        ip: Some(address.to_canonical().to_string()),
        country: place.country,
        city: place.city,
    }
}

/// Notes that a guest is here, if it is time to. The answer does not wait for
/// the note, nor fail with it.
pub(crate) fn note(app: &Arc<App>, key: GuestKey, session: &Stored, address: ClientAddress, now: Timestamp) {
    if !session.session.is_note_due(now) {
        return;
    }
    let presence = of(app, address);
    let (app, id) = (Arc::clone(app), session.id);
    tokio::spawn(async move {
        let noted = app.store.write(move |tx| sessions::note(tx, key, id, &presence, now)).await;
        if let Err::<(), hospes_store::Error>(error) = noted {
            tracing::warn!(%error, "the presence of a guest could not be noted");
        }
    });
}
