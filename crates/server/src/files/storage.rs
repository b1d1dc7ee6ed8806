//! The place of the bytes: a directory, or S3-compatible storage. A file lies
//! below the id of its organization under its own id, whatever it is called.

use std::fmt;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use hospes_model::{FileId, OrgId};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::error::Error;

/// S3 takes no smaller parts.
const S3_PART: usize = 5 << 20;
/// Small enough for many uploads at once.
const LOCAL_PART: usize = 256 << 10;

/// Where files are to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A directory; it is made with the first file.
    Directory(PathBuf),
    /// `s3://bucket/prefix`. Who may use it is in the environment.
    S3(String),
}

/// Keeps files. Clones share it.
#[derive(Clone)]
pub struct Storage(Arc<Inner>);

enum Inner {
    Directory { root: PathBuf, store: OnceLock<LocalFileSystem> },
    S3 { store: Box<dyn ObjectStore>, prefix: Path },
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Inner::Directory { root, .. } => write!(f, "Storage({})", root.display()),
            Inner::S3 { store, .. } => write!(f, "Storage({store})"),
        }
    }
}

fn unavailable(what: &str, error: &dyn fmt::Display) -> Error {
    Error::storage_unavailable(format!("a file could not be {what}: {error}"))
}

impl Storage {
    /// Opens the place. The error is a sentence for the operator.
    ///
    /// # Errors
    ///
    /// When the address or the variables of S3 make no sense. Whether S3 answers
    /// is not asked.
    pub fn open(place: &Place) -> Result<Self, String> {
        // What the client of S3 speaks TLS with. Whoever comes first decides for the
        // process; it is the same choice each time.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let inner = match place {
            Place::Directory(root) => Inner::Directory { root: root.clone(), store: OnceLock::new() },
            Place::S3(url) => {
                let prefix = url::Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
                let prefix =
                    Path::parse(prefix.path().trim_matches('/')).map_err(|error| error.to_string())?;
                let store = AmazonS3Builder::from_env().with_url(url.as_str()).build();
                let store = store.map_err(|error| format!("the storage {url} cannot be used: {error}"))?;
                Inner::S3 { store: Box::new(store), prefix }
            }
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Whether the bytes are in S3.
    pub fn is_s3(&self) -> bool {
        matches!(&*self.0, Inner::S3 { .. })
    }

    fn store(&self) -> Result<&dyn ObjectStore, Error> {
        match &*self.0 {
            Inner::S3 { store, .. } => Ok(&**store),
            Inner::Directory { root, store } => {
                if let Some(store) = store.get() {
                    return Ok(store);
                }
                // Guests' files are for the owner of the server alone.
                let made = DirBuilder::new().recursive(true).mode(0o700).create(root);
                made.map_err(|error| unavailable("kept", &error))?;
                let opened = LocalFileSystem::new_with_prefix(root);
                let opened = opened.map_err(|error| unavailable("kept", &error))?;
                // What is acknowledged is on the disk.
                Ok(store.get_or_init(|| opened.with_fsync(true)))
            }
        }
    }

    fn path(&self, org: OrgId, file: FileId) -> Path {
        let name = [org.to_string(), file.to_string()];
        match &*self.0 {
            Inner::Directory { .. } => Path::from_iter(name),
            Inner::S3 { prefix, .. } => {
                prefix.parts().map(|part| part.as_ref().to_owned()).chain(name).collect()
            }
        }
    }

    /// Takes the bytes of a file.
    pub fn sink(&self, org: OrgId, file: FileId) -> Sink {
        let part = if self.is_s3() { S3_PART } else { LOCAL_PART };
        Sink {
            storage: self.clone(),
            path: self.path(org, file),
            part,
            first: Vec::new(),
            size: 0,
            rest: None,
        }
    }

    /// Reads bytes of a file: `from` up to, not including, `to`.
    ///
    /// # Errors
    ///
    /// When they are not there, or nobody knows.
    pub async fn read(
        &self,
        org: OrgId,
        file: FileId,
        (from, to): (u64, u64),
    ) -> Result<impl Stream<Item = Result<Bytes, object_store::Error>> + Send + 'static, Error> {
        let options = match to.checked_sub(from) {
            Some(0) | None => GetOptions::new(),
            Some(_) => GetOptions::new().with_range(Some(from..to)),
        };
        let got = self.store()?.get_opts(&self.path(org, file), options).await;
        Ok(got.map_err(|error| unavailable("read", &error))?.into_stream().boxed())
    }

    /// Removes a file. One that is not there is gone already.
    ///
    /// # Errors
    ///
    /// When it cannot be removed.
    pub async fn remove(&self, org: OrgId, file: FileId) -> Result<(), Error> {
        match self.store()?.delete(&self.path(org, file)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable("removed", &error)),
        }
    }

    /// Removes what an upload left that ended with its process: the library writes
    /// beside a file until it is whole. Looks through everything that the
    /// organization has.
    ///
    /// # Errors
    ///
    /// When it cannot be removed.
    pub async fn remove_remains(&self, org: OrgId, file: FileId) -> Result<(), Error> {
        let Inner::Directory { root, .. } = &*self.0 else { return Ok(()) };
        let (folder, name) = (root.join(org.to_string()), format!("{file}#"));
        let swept = tokio::task::spawn_blocking(move || {
            let entries = match std::fs::read_dir(folder) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                if entry.file_name().to_string_lossy().starts_with(&name) {
                    std::fs::remove_file(entry.path())?;
                }
            }
            Ok::<_, std::io::Error>(())
        });
        let swept = swept.await.map_err(|error| unavailable("removed", &error))?;
        swept.map_err(|error| unavailable("removed", &error))
    }
}

/// Takes the bytes of one file. What is dropped before it is finished leaves
/// nothing that could be read, and takes it back itself; what a process leaves
/// that ends before is for [`Storage::remove_remains`].
pub struct Sink {
    storage: Storage,
    path: Path,
    part: usize,
    /// Bytes of the first part: small files are put at once.
    first: Vec<Bytes>,
    size: usize,
    rest: Option<InParts>,
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sink({})", self.path)
    }
}

impl Sink {
    /// Takes some bytes. Waits while the place is slower than the sender, so
    /// that there are never more than two parts in memory.
    ///
    /// # Errors
    ///
    /// When they cannot be kept.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        if let Some(rest) = &mut self.rest {
            return rest.write(&bytes).await.map_err(|error| unavailable("kept", &error));
        }
        self.size += bytes.len();
        self.first.push(bytes);
        if self.size < self.part {
            return Ok(());
        }
        let begun = self.storage.store()?.put_multipart(&self.path).await;
        let upload = begun.map_err(|error| unavailable("kept", &error))?;
        let rest = self.rest.insert(InParts::new(upload, self.part));
        for bytes in self.first.drain(..) {
            rest.write(&bytes).await.map_err(|error| unavailable("kept", &error))?;
        }
        Ok(())
    }

    /// Keeps the file.
    ///
    /// # Errors
    ///
    /// When it cannot be kept; nothing is there then.
    pub async fn finish(mut self) -> Result<(), Error> {
        let kept = if let Some(rest) = &mut self.rest {
            rest.finish().await
        } else {
            let payload: PutPayload = std::mem::take(&mut self.first).into_iter().collect();
            self.storage.store()?.put(&self.path, payload).await.map(drop)
        };
        kept.map_err(|error| unavailable("kept", &error))
    }

    /// Lets go of what was taken, and waits for that. Whether nothing of it is
    /// left.
    pub async fn abort(mut self) -> bool {
        match &mut self.rest {
            Some(rest) => rest.take_back().await,
            None => true,
        }
    }
}

/// An upload in parts of one size. It is taken back when it is dropped before
/// its end, as by a caller who hangs up: S3 keeps, and charges for, the parts of
/// an upload that nobody ends.
#[derive(Debug)]
struct InParts {
    /// `None` once it has come to its end.
    upload: Option<Box<dyn MultipartUpload>>,
    part: usize,
    waiting: BytesMut,
    /// The part that is on its way.
    sent: JoinSet<object_store::Result<()>>,
}

impl InParts {
    fn new(upload: Box<dyn MultipartUpload>, part: usize) -> Self {
        Self { upload: Some(upload), part, waiting: BytesMut::new(), sent: JoinSet::new() }
    }

    async fn write(&mut self, mut bytes: &[u8]) -> object_store::Result<()> {
        while !bytes.is_empty() {
            if self.waiting.is_empty() {
                self.waiting.reserve(self.part);
            }
            let (now, later) = bytes.split_at(bytes.len().min(self.part - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            bytes = later;
            if self.waiting.len() == self.part {
                self.send().await?;
            }
        }
        Ok(())
    }

    /// Sends what waits, once the part before has arrived.
    async fn send(&mut self) -> object_store::Result<()> {
        self.arrived().await?;
        let part = std::mem::take(&mut self.waiting).freeze();
        if let Some(upload) = &mut self.upload {
            self.sent.spawn(upload.put_part(part.into()));
        }
        Ok(())
    }

    async fn arrived(&mut self) -> object_store::Result<()> {
        while let Some(sent) = self.sent.join_next().await {
            sent??;
        }
        Ok(())
    }

    async fn finish(&mut self) -> object_store::Result<()> {
        if !self.waiting.is_empty() {
            self.send().await?;
        }
        self.arrived().await?;
        if let Some(upload) = &mut self.upload {
            upload.complete().await?;
        }
        self.upload = None;
        Ok(())
    }

    async fn take_back(&mut self) -> bool {
        match self.upload.take() {
            Some(upload) => take_back(upload, std::mem::take(&mut self.sent)).await,
            None => true,
        }
    }
}

impl Drop for InParts {
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else { return };
        // Without a runtime the process is ending.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(take_back(upload, std::mem::take(&mut self.sent)));
        }
    }
}

async fn take_back(
    mut upload: Box<dyn MultipartUpload>,
    mut sent: JoinSet<object_store::Result<()>>,
) -> bool {
    sent.shutdown().await;
    let ended = upload.abort().await;
    if let Err(error) = &ended {
        tracing::warn!(%error, "an upload that broke off could not be taken back");
    }
    ended.is_ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;
    use object_store::{PutResult, UploadPart};

    use super::*;

    type Ends = Arc<Mutex<Vec<&'static str>>>;

    /// An upload that notes how it ends.
    #[derive(Debug)]
    struct Noted(Ends);

    impl MultipartUpload for Noted {
        fn put_part(&mut self, part: PutPayload) -> UploadPart {
            let size = part.content_length();
            let fails =
                object_store::Error::NotImplemented { operation: String::new(), implementer: String::new() };
            async move { if size == 1 { Err(fails) } else { Ok(()) } }.boxed()
        }

        fn complete<'a, 'b>(&'a mut self) -> BoxFuture<'b, object_store::Result<PutResult>>
        where
            'a: 'b,
        {
            self.0.lock().unwrap().push("kept");
            let kept =
                PutResult { e_tag: None, version: None, extensions: object_store::Extensions::default() };
            async { Ok(kept) }.boxed()
        }

        fn abort<'a, 'b>(&'a mut self) -> BoxFuture<'b, object_store::Result<()>>
        where
            'a: 'b,
        {
            self.0.lock().unwrap().push("taken back");
            async { Ok(()) }.boxed()
        }
    }

    async fn begun(bytes: &[u8]) -> (InParts, Ends) {
        let ends = Ends::default();
        let mut rest = InParts::new(Box::new(Noted(Arc::clone(&ends))), 4);
        rest.write(bytes).await.unwrap();
        (rest, ends)
    }

    #[tokio::test]
    async fn an_upload_in_parts_ends_once_whatever_becomes_of_it() {
        let (dropped, ends) = begun(b"two parts and").await;
        drop(dropped);
        while ends.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(*ends.lock().unwrap(), ["taken back"]);

        let (mut kept, ends) = begun(b"two parts and").await;
        kept.finish().await.unwrap_err();
        drop(kept);
        while ends.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(*ends.lock().unwrap(), ["taken back"], "the last part did not arrive");

        let (mut kept, ends) = begun(b"two parts").await;
        assert!(kept.take_back().await);
        drop(kept);
        tokio::task::yield_now().await;
        assert_eq!(*ends.lock().unwrap(), ["taken back"]);

        let (mut kept, ends) = begun(b"one part").await;
        kept.finish().await.unwrap();
        drop(kept);
        tokio::task::yield_now().await;
        assert_eq!(*ends.lock().unwrap(), ["kept"]);
    }
}
