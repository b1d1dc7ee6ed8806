//! Addresses that become guests because they are put on a task or into a group.

use hospes_model::{EmailAddress, FieldErrors, GuestCode};
use hospes_store::tasks::unknown_addresses;

use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::limits::Reservation;

/// What it takes to make guests of the addresses in a request.
pub(super) struct Admitted {
    /// A code for each: a guest may be removed between this read and the write.
    pub(super) codes: Vec<GuestCode>,
    /// Room for those whom nobody knows here.
    pub(super) reservation: Reservation,
}

/// Before addresses become guests: the domain check and the hourly limit, as
/// where guests are created by themselves. `list` is what the request calls the
/// list of `guests`. With faults there will be no guests and no room is needed,
/// nor where an earlier answer is given again.
pub(super) async fn admit_guests(
    change: &Change,
    list: &str,
    guests: &[(usize, EmailAddress)],
    faults: &mut FieldErrors,
) -> Result<Admitted, Error> {
    let mut admitted = Admitted { codes: Vec::new(), reservation: Reservation::NONE };
    if guests.is_empty() {
        return Ok(admitted);
    }
    let (app, org) = (change.app(), change.caller().org);
    admitted.codes = guests.iter().map(|_| entropy::guest_code()).collect();
    if change.is_repeated().await? {
        return Ok(admitted);
    }
    let guests = guests.to_vec();
    let unknown = app.store.read(move |tx| unknown_addresses(tx, org, &guests)).await?;
    for (place, email) in &unknown {
        app.check_domain(email, &format!("{list}.{place}"), faults).await;
    }
    if faults.is_empty() {
        admitted.reservation = app.limits.reserve_guests(org, unknown.len())?;
    }
    Ok(admitted)
}
