//! What a guest wants to be mailed, as members see and change it.

pub mod read;
pub mod update;

use hospes_api::mail::{MailPreferences, PreferencesChange};
use hospes_model::guest::{Guest, GuestChange, ProfileField};
use hospes_model::mail::preferences::Preferences;

/// The preferences on the wire, with what of them is kept with the guest.
fn shown(guest: &Guest, preferences: &Preferences) -> MailPreferences {
    let timezone = guest.profile.get(ProfileField::Timezone);
    MailPreferences::new(preferences, timezone, guest.cadence_days.as_deref())
}

/// The part of a change that is kept with the guest.
pub(crate) fn of_record(change: &PreferencesChange) -> GuestChange {
    let zone = change.timezone.clone().map(|zone| (ProfileField::Timezone, zone));
    GuestChange {
        profile: zone.into_iter().collect(),
        cadence_days: change.digest_days.clone(),
        ..GuestChange::default()
    }
}
