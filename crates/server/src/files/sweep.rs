//! What is left of files that nobody has: uploads that broke off with the
//! process, deleted files whose bytes could not be removed at once, files of
//! what was deleted.

use hospes_model::{FileId, OrgId, OrgNo};
use hospes_store::assets::{self, Claimed, Unkept};
use jiff::SignedDuration;

use super::parts::LONGEST;
use crate::app::App;

/// So many files are swept before the next look.
const AT_ONCE: i64 = 100;

/// Removes some of them, and says how many are gone.
pub async fn sweep(app: &App) -> usize {
    // No upload lasts so long.
    let began = app.clock.now() - SignedDuration::try_from(LONGEST * 2).unwrap_or(SignedDuration::MAX);
    let found: Result<Vec<Unkept>, hospes_store::Error> =
        app.store.read(move |tx| assets::unkept(tx, began, AT_ONCE)).await;
    let unkept = match found {
        Ok(unkept) => unkept,
        Err(error) => {
            tracing::warn!(%error, "files that nobody has could not be looked for");
            return 0;
        }
    };
    let mut gone = 0;
    for Unkept { org, org_id, id } in unkept {
        gone += usize::from(remove(app, org, org_id, id).await);
    }
    gone
}

/// Removes the bytes of a file that nobody has, unless another file shares them,
/// then its record. Where that fails the next look does it. A file that somebody
/// has stays: it may have been kept a moment ago.
pub async fn remove(app: &App, org: OrgNo, org_id: OrgId, id: FileId) -> bool {
    let claimed: Result<Claimed, hospes_store::Error> =
        app.store.write(move |tx| assets::claim(tx, org, id)).await;
    let bytes = match claimed {
        Ok(Claimed::Bytes(bytes)) => bytes,
        Ok(Claimed::Shared) => return true,
        Ok(Claimed::No) => return false,
        Err(error) => {
            tracing::warn!(%error, file.id = %id, "a file that nobody has could not be claimed");
            return false;
        }
    };
    if let Err(error) = app.files.storage.remove(org_id, bytes).await {
        tracing::warn!(?error, file.id = %id, "a file that nobody has could not be removed");
        return false;
    }
    let forgotten: Result<(), hospes_store::Error> =
        app.store.write(move |tx| assets::forget(tx, org, id)).await;
    if let Err(error) = &forgotten {
        tracing::warn!(%error, file.id = %id, "the record of a file could not be removed");
    }
    forgotten.is_ok()
}
