//! Named access tokens: hashed at rest, each bound to one member of one
//! organization.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use hospes_model::member::{Actor, Role};
use hospes_model::{MemberId, OrgId, OrgNo};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::accounts::member_id;
use crate::engine::{AccessSource, Store};
use crate::error::{Error, Result};
use crate::orgs::org_no;
use crate::sql::{Tx, in_list};
use crate::{from_micros, to_micros};

/// The SHA-256 of a token.
pub type Hash = [u8; 32];

/// Hashes a token as it is stored. Tokens carry 256 random bits, so a fast
/// hash is enough (`trust.md` 1).
pub fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

/// What a valid token gives access to.
#[derive(Debug)]
pub struct Access {
    /// The token's number.
    pub token: i64,
    /// The member it acts as, with the role held now.
    pub actor: Actor,
    /// The organization it is for.
    pub org: OrgNo,
    /// That organization's public id.
    pub org_id: OrgId,
    /// The same as text.
    pub org_text: String,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When its use was last noted, in microseconds; 0 for never.
    last_noted: AtomicI64,
}

/// Uses are noted at most this often, in microseconds.
const NOTE_EVERY: i64 = 60_000_000;

impl Access {
    /// Whether [`is_note_due`](Self::is_note_due) would say yes.
    pub fn would_note(&self, now: Timestamp) -> bool {
        to_micros(now) - self.last_noted.load(Ordering::Relaxed) >= NOTE_EVERY
    }

    /// Whether this use should be noted; says yes to one caller a minute.
    pub fn is_note_due(&self, now: Timestamp) -> bool {
        let (last, now) = (self.last_noted.load(Ordering::Relaxed), to_micros(now));
        now - last >= NOTE_EVERY
            && self.last_noted.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// What a token gives access to, and how new what it may see is.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The access.
    pub access: Arc<Access>,
    /// The organization's guest revision at a moment since the question: an
    /// answer made under it is exact.
    pub guest_revision: i64,
}

/// What tokens give access to, on the embedded database; valid while the access
/// revision stands.
#[derive(Debug, Default)]
pub(crate) struct Cache(RwLock<(u64, HashMap<Hash, Arc<Access>>)>);

/// More tokens than this in use at once: the cache starts over.
const CACHED: usize = 10_000;

impl Cache {
    fn get(&self, hash: &Hash, revision: u64) -> Option<Arc<Access>> {
        let cached = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if cached.0 != revision {
            return None;
        }
        cached.1.get(hash).cloned()
    }

    /// Keeps what was read under `revision` or later: good for as long as it stands.
    fn put(&self, hash: Hash, access: &Arc<Access>, revision: u64) {
        let mut cached = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if cached.0 != revision || cached.1.len() >= CACHED {
            cached.1.clear();
        }
        cached.0 = revision;
        cached.1.insert(hash, Arc::clone(access));
    }
}

impl Store {
    /// What a token gives access to now, or `None` when it is unknown, revoked,
    /// or its member is not active. The caller compares `expires_at`.
    ///
    /// On SQLite all writes go through this process, so what was read once is
    /// remembered and most calls do not wait; on PostgreSQL other nodes write
    /// too, and the database is asked each time.
    pub async fn standing(&self, hash: Hash) -> Result<Option<Standing>> {
        let (cache, revisions) = match self.access_source() {
            AccessSource::Remembered(cache, revisions) => (cache, revisions),
            AccessSource::Asked(engine) => return engine.standing(hash).await,
        };
        let revision = revisions.access();
        if let Some(access) = cache.get(&hash, revision)
            && let Some(guest_revision) = revisions.known_guests(access.org)
        {
            return Ok(Some(Standing { access, guest_revision }));
        }
        let found = self.read_single(move |tx| find_all(tx, &[hash])).await?.remove(&hash);
        if let Some(standing) = &found {
            cache.put(hash, &standing.access, revision);
            revisions.publish_guests(standing.access.org, standing.guest_revision);
        }
        Ok(found)
    }
}

/// Finds what tokens give access to; those that give none are missing.
pub(crate) fn find_all(tx: &mut Tx<'_>, hashes: &[Hash]) -> Result<HashMap<Hash, Standing>> {
    let (list, values) = in_list(hashes.iter().map(|hash| hash.as_slice().into()));
    let mut found = HashMap::new();
    tx.query(
        &format!(
            "SELECT t.id, t.account_id, t.expires_at, COALESCE(t.last_used_at, 0), o.no, o.id, m.role, \
             t.hash, o.guest_revision \
             FROM token t JOIN org o ON o.no = t.org \
             JOIN member m ON m.org = t.org AND m.account_id = t.account_id AND m.status = 'active' \
             WHERE t.hash IN ({list}) AND t.revoked_at IS NULL"
        ),
        &values,
        |row| {
            let org_id = OrgId::from_bytes(row.bytes(5)?).map_err(|_| Error::corrupt("org.id"))?;
            let access = Access {
                token: row.int(0)?,
                actor: Actor {
                    id: member_id(row.int(1)?)?,
                    role: Role::parse(row.text(6)?).ok_or_else(|| Error::corrupt("member.role"))?,
                },
                org: org_no(row.int(4)?)?,
                org_id,
                org_text: org_id.to_string(),
                expires_at: from_micros(row.int(2)?)?,
                last_noted: AtomicI64::new(row.int(3)?),
            };
            let hash = row.bytes(7)?.try_into().map_err(|_| Error::corrupt("token.hash"))?;
            let standing = Standing { access: Arc::new(access), guest_revision: row.int(8)? };
            found.insert(hash, standing);
            Ok::<_, Error>(())
        },
    )?;
    Ok(found)
}

/// A token as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its number.
    pub id: i64,
    /// The name it was given.
    pub name: String,
    /// The member it acts as.
    pub member: MemberId,
    /// That member's address.
    pub member_email: String,
    /// A few characters that tell tokens apart and give nothing away.
    pub fingerprint: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A token to be stored.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// A name for people.
    pub name: String,
    /// The hash of the token.
    pub hash: Hash,
    /// See [`Token::fingerprint`].
    pub fingerprint: String,
    /// Now.
    pub created_at: Timestamp,
    /// When it shall stop working.
    pub expires_at: Timestamp,
}

/// Stores a token for a member and returns its number.
pub fn create(tx: &mut Tx<'_>, org: OrgNo, member: MemberId, new: &NewToken) -> Result<i64> {
    tx.query_one(
        "INSERT INTO token (org, account_id, name, hash, fingerprint, created_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
        &[
            org.get().into(),
            member.get().into(),
            (&new.name).into(),
            new.hash.as_slice().into(),
            (&new.fingerprint).into(),
            to_micros(new.created_at).into(),
            to_micros(new.expires_at).into(),
        ],
        |row| row.int(0),
    )
}

/// All tokens of an organization, oldest first.
pub fn list(tx: &mut Tx<'_>, org: OrgNo) -> Result<Vec<Token>> {
    tx.query_all(
        "SELECT t.id, t.name, t.account_id, a.email, t.fingerprint, t.created_at, t.expires_at, t.last_used_at, \
         t.revoked_at FROM token t JOIN account a ON a.id = t.account_id WHERE t.org = ?1 ORDER BY t.id",
        &[org.get().into()],
        |row| {
            Ok(Token {
                id: row.int(0)?,
                name: row.string(1)?,
                member: member_id(row.int(2)?)?,
                member_email: row.string(3)?,
                fingerprint: row.string(4)?,
                created_at: from_micros(row.int(5)?)?,
                expires_at: from_micros(row.int(6)?)?,
                last_used_at: row.opt_int(7)?.map(from_micros).transpose()?,
                revoked_at: row.opt_int(8)?.map(from_micros).transpose()?,
            })
        },
    )
}

/// Revokes a token at once and says whose it was; `None` when there is no such
/// token, or it is revoked already.
pub fn revoke(tx: &mut Tx<'_>, org: OrgNo, id: i64, at: Timestamp) -> Result<Option<MemberId>> {
    let member = tx.query_opt(
        "UPDATE token SET revoked_at = ?3 WHERE org = ?1 AND id = ?2 AND revoked_at IS NULL RETURNING account_id",
        &[org.get().into(), id.into(), to_micros(at).into()],
        |row| member_id(row.int(0)?),
    )?;
    tx.effects.access_changed = true;
    Ok(member)
}

/// Revokes every token of a member at once.
pub(crate) fn revoke_all(tx: &mut Tx<'_>, org: OrgNo, member: MemberId, at: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE token SET revoked_at = ?3 WHERE org = ?1 AND account_id = ?2 AND revoked_at IS NULL",
        &[org.get().into(), member.get().into(), to_micros(at).into()],
    )?;
    tx.effects.access_changed = true;
    Ok(())
}

/// Notes that a token was used.
pub fn note_use(tx: &mut Tx<'_>, id: i64, at: Timestamp) -> Result<()> {
    tx.execute("UPDATE token SET last_used_at = ?2 WHERE id = ?1", &[id.into(), to_micros(at).into()])?;
    Ok(())
}
