//! What a guest wants to be mailed, as members see and change it.

pub mod read;
pub mod update;

use hospes_api::mail::MailPreferences;
use hospes_model::guest::{Guest, ProfileField};
use hospes_model::mail::preferences::Preferences;

/// The preferences on the wire, with what of them is kept with the guest.
fn shown(guest: &Guest, preferences: &Preferences) -> MailPreferences {
    let timezone = guest.profile.get(ProfileField::Timezone);
    MailPreferences::new(preferences, timezone, guest.cadence_days.as_deref())
}
