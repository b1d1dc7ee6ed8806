-- How guests get in: sessions, one-time secrets, typed codes. Twin: ../postgres/0002_workplace.sql, same tables and columns.
--
-- Secrets are kept as hashes: SHA-256 of what has 256 random bits, a slow hash
-- of the digits that people type. guest_key begins with the organization.

-- A browser that a guest got in with.
CREATE TABLE guest_session (
    guest_key INTEGER NOT NULL REFERENCES guest (key) ON DELETE CASCADE,
    id BLOB NOT NULL, -- what lists and callers name it by
    hash BLOB NOT NULL UNIQUE, -- SHA-256 of the cookie's value
    code TEXT NOT NULL, -- the guest code under which it began: with another one it is dead
    proof TEXT NOT NULL, -- button, link or code: what the guest got in with
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    ip TEXT,
    country TEXT,
    city TEXT,
    device TEXT NOT NULL, -- browser and system in a few words
    ended_at INTEGER,
    PRIMARY KEY (guest_key, id)
) STRICT;

CREATE INDEX guest_session_by_age ON guest_session (last_seen_at);

-- What a mailed link carries beside the guest code. Works once.
CREATE TABLE guest_secret (
    guest_key INTEGER NOT NULL REFERENCES guest (key) ON DELETE CASCADE,
    hash BLOB NOT NULL, -- SHA-256
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (guest_key, hash)
) STRICT;

CREATE INDEX guest_secret_by_age ON guest_secret (created_at);

-- The code that was mailed for one browser; the next one takes its place.
CREATE TABLE guest_typed_code (
    guest_key INTEGER NOT NULL REFERENCES guest (key) ON DELETE CASCADE,
    browser BLOB NOT NULL, -- SHA-256 of the browser's cookie
    hash TEXT NOT NULL, -- Argon2id
    created_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (guest_key, browser)
) STRICT;

CREATE INDEX guest_typed_code_by_age ON guest_typed_code (created_at);

-- Guest codes that were replaced: whoever opens one can have the new one mailed.
CREATE TABLE guest_former_code (
    hash BLOB PRIMARY KEY, -- SHA-256
    guest_key INTEGER NOT NULL REFERENCES guest (key) ON DELETE CASCADE
) STRICT;

CREATE INDEX guest_former_code_by_guest ON guest_former_code (guest_key);

-- What was asked for too often: one window of time for each mailbox or network.
CREATE TABLE entry_count (
    kind TEXT NOT NULL,
    subject BLOB NOT NULL, -- SHA-256 of what is counted
    began_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT;

CREATE INDEX entry_count_by_age ON entry_count (began_at);

-- Mails that somebody asked for at the entrance. What they say is made when
-- they are sent.
CREATE TABLE entry_mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    guest_key INTEGER NOT NULL REFERENCES guest (key) ON DELETE CASCADE,
    kind TEXT NOT NULL, -- link, code, recovery or second_device
    browser BLOB, -- code: SHA-256 of the cookie of the browser that asked
    session BLOB, -- second_device: the id of the session that began
    created_at INTEGER NOT NULL,
    done_at INTEGER
) STRICT;

CREATE INDEX entry_mail_waiting ON entry_mail (id) WHERE done_at IS NULL;
CREATE INDEX entry_mail_by_guest ON entry_mail (guest_key);

-- Addresses that a guest typed into people pickers: those they may read there.
-- Other people's they may not.
CREATE TABLE guest_typed_address (
    guest_key INTEGER NOT NULL REFERENCES guest (key) ON DELETE CASCADE,
    task_key INTEGER NOT NULL REFERENCES task (key) ON DELETE CASCADE,
    field_id BLOB NOT NULL,
    email_folded TEXT NOT NULL,
    was_there INTEGER NOT NULL, -- whether somebody else had picked it before
    PRIMARY KEY (guest_key, task_key, field_id, email_folded)
) STRICT;

CREATE INDEX guest_typed_address_by_task ON guest_typed_address (task_key);
