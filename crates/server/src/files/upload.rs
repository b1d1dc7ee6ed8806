//! A file whose bytes come: counted, hashed, compared with its name and passed
//! on, never held as a whole.
//!
//! Its record is there before the first byte. Whatever keeps it from being kept
//! after that, be it a refusal, a caller who hangs up or the end of the process,
//! leaves neither: [`Received`] cleans up when it is dropped, and
//! [`sweep`](super::sweep) what a process left behind.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use hospes_model::asset::FileName;
use hospes_model::asset::content::HEAD;
use hospes_model::{FileId, OrgId, OrgNo};
use hospes_store::assets;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::parts::Parts;
use super::storage::Sink;
use crate::app::App;
use crate::entropy;
use crate::error::Error;

/// For which organization a file comes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its number.
    pub org: OrgNo,
    /// Its id, by which the bytes are kept.
    pub org_id: OrgId,
    /// When the request was read.
    pub now: Timestamp,
}

/// A file all of whose bytes are stored, and which is nobody's yet. Gone with
/// its record when it is dropped without [`keep`](Self::keep).
#[derive(Debug)]
pub struct Received {
    /// What came.
    pub upload: assets::guests::Upload,
    leftover: Leftover,
}

impl Received {
    /// Lets it stay, once its record says whose it is.
    pub fn keep(mut self) {
        self.leftover.app = None;
    }

    /// Takes it back, and waits for that.
    pub async fn discard(mut self) {
        if let Some(app) = self.leftover.app.take() {
            clean_up(&app, self.leftover.target, self.leftover.id).await;
        }
    }
}

/// What is to be cleaned up.
#[derive(Debug)]
struct Leftover {
    app: Option<Arc<App>>,
    target: Target,
    id: FileId,
}

impl Drop for Leftover {
    fn drop(&mut self) {
        let Some(app) = self.app.take() else { return };
        let (target, id) = (self.target, self.id);
        // The caller hung up, which drops what was being done. Without a runtime
        // the process is ending, and the next one sweeps.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { clean_up(&app, target, id).await });
        }
    }
}

async fn clean_up(app: &App, target: Target, id: FileId) {
    super::sweep::remove(app, target.org, target.org_id, id).await;
}

/// Receives the file that `parts` is at. `path` is what faults name it by.
///
/// # Errors
///
/// 413 as soon as it is known to be too large, 422 when the bytes are not what
/// the name says, 400 when they stop coming. Nothing is left then.
pub async fn receive(
    app: &Arc<App>,
    target: Target,
    name: FileName,
    parts: &mut Parts<'_>,
    path: &str,
) -> Result<Received, Error> {
    let (millis, random) = entropy::id_parts(target.now);
    let id = FileId::new(millis, random);
    let (org, now) = (target.org, target.now);
    let in_s3 = app.files.storage.is_s3();
    let begun: Result<(), hospes_store::Error> =
        app.store.write(move |tx| assets::write::begin(tx, org, id, in_s3, now)).await;
    begun?;
    let leftover = Leftover { app: Some(Arc::clone(app)), target, id };
    let sink = app.files.storage.sink(target.org_id, id);
    match stream(app, sink, &name, parts, path).await {
        Ok((size, sha256)) => {
            let bytes = assets::write::Bytes { name, size, sha256, in_s3 };
            Ok(Received { upload: assets::guests::Upload { id, bytes }, leftover })
        }
        Err(Failed { error, is_clean }) => {
            let mut leftover = leftover;
            leftover.app = None;
            // Its record is what the sweep finds the rest by.
            if is_clean {
                clean_up(app, target, id).await;
            }
            Err(error)
        }
    }
}

/// Why a file was not stored, and whether nothing of it is.
struct Failed {
    error: Error,
    is_clean: bool,
}

/// Passes the bytes on, and says how many there were and what their hash is.
async fn stream(
    app: &App,
    mut sink: Sink,
    name: &FileName,
    parts: &mut Parts<'_>,
    path: &str,
) -> Result<(u64, [u8; 32]), Failed> {
    let passed = pass(app, &mut sink, name, parts, path).await;
    match passed {
        Ok(known) => sink.finish().await.map(|()| known).map_err(|error| Failed { error, is_clean: true }),
        Err(error) => Err(Failed { error, is_clean: sink.abort().await }),
    }
}

async fn pass(
    app: &App,
    sink: &mut Sink,
    name: &FileName,
    parts: &mut Parts<'_>,
    path: &str,
) -> Result<(u64, [u8; 32]), Error> {
    let (mut hash, mut size, mut head) = (Sha256::new(), 0_u64, Some(BytesMut::new()));
    while let Some(bytes) = parts.chunk().await? {
        size += bytes.len() as u64;
        if size > app.files.limit {
            return Err(Error::file_too_large(app.files.limit));
        }
        hash.update(&bytes);
        let Some(begun) = &mut head else {
            sink.write(bytes).await?;
            continue;
        };
        // Nothing is written before the first bytes are known to fit the name.
        begun.extend_from_slice(&bytes);
        if begun.len() >= HEAD {
            let begun = std::mem::take(begun).freeze();
            head = None;
            check(name, &begun, path)?;
            sink.write(begun).await?;
        }
    }
    if let Some(whole) = head {
        let whole: Bytes = whole.freeze();
        check(name, &whole, path)?;
        sink.write(whole).await?;
    }
    Ok((size, hash.finalize().into()))
}

fn check(name: &FileName, begun: &[u8], path: &str) -> Result<(), Error> {
    let head = begun.get(..HEAD).unwrap_or(begun);
    if name.kind().fits(head) {
        return Ok(());
    }
    let extension = name.kind().extension();
    Err(Error::invalid(
        path,
        format!("The content of the file is not what its extension “{extension}” says."),
    ))
}
