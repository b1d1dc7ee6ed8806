//! What is left of files that nobody has: uploads that broke off with the
//! process, deleted files whose bytes could not be removed at once, files of
//! what was deleted.

use std::sync::Once;

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
    let in_s3 = app.files.storage.is_s3();
    let found = app.store.read(move |tx| {
        let elsewhere = assets::unkept(tx, began, !in_s3, 1)?;
        Ok::<_, hospes_store::Error>((assets::unkept(tx, began, in_s3, AT_ONCE)?, elsewhere))
    });
    let unkept = match found.await {
        Ok((unkept, elsewhere)) => {
            if !elsewhere.is_empty() {
                warn_of_files_elsewhere(in_s3);
            }
            unkept
        }
        Err(error) => {
            tracing::warn!(%error, "files that nobody has could not be looked for");
            return 0;
        }
    };
    let mut gone = 0;
    for Unkept { org, org_id, id } in unkept {
        // Nobody writes there any more.
        if let Err(error) = app.files.storage.remove_remains(org_id, id).await {
            tracing::warn!(?error, file.id = %id, "what is left of an upload could not be removed");
            continue;
        }
        gone += usize::from(remove(app, org, org_id, id).await);
    }
    gone
}

/// Says, once, that files wait to be removed from where none are kept now: their
/// records stay until the setting is what it was, or the files were moved.
fn warn_of_files_elsewhere(in_s3: bool) {
    static SAID: Once = Once::new();
    let place = if in_s3 { "a directory" } else { "S3" };
    SAID.call_once(|| {
        tracing::warn!("deleted files are in {place}, where files are not kept any more: they stay there");
    });
}

/// Removes the bytes of a file that nobody has, unless another file shares them,
/// then its record. Where that fails the next look does it. A file that somebody
/// has stays: it may have been kept a moment ago.
pub async fn remove(app: &App, org: OrgNo, org_id: OrgId, id: FileId) -> bool {
    let in_s3 = app.files.storage.is_s3();
    let claimed: Result<Claimed, hospes_store::Error> =
        app.store.write(move |tx| assets::claim(tx, org, id, in_s3)).await;
    let bytes = match claimed {
        Ok(Claimed::Bytes(bytes)) => bytes,
        Ok(Claimed::Shared) => return true,
        Ok(Claimed::No) => return false,
        Ok(Claimed::Elsewhere) => {
            warn_of_files_elsewhere(in_s3);
            return false;
        }
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
