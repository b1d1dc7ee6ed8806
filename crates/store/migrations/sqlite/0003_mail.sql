-- What people are to be told, and the mails that tell it. Twin: ../postgres/0003_mail.sql, same tables and columns.

ALTER TABLE org ADD COLUMN mail_sequence INTEGER NOT NULL DEFAULT 0;

-- Set while mail to the guest's address does not arrive.
ALTER TABLE guest ADD COLUMN unreachable_at INTEGER;
ALTER TABLE guest ADD COLUMN unreachable_why TEXT;

-- A mail to one person: waiting, on its way, or history. What it says is put
-- together when it is sent, from what is so then; nothing of it is stored.
CREATE TABLE mail (
    key INTEGER PRIMARY KEY,
    org INTEGER NOT NULL REFERENCES org (no),
    kind TEXT NOT NULL,
    guest_key INTEGER REFERENCES guest (key) ON DELETE CASCADE, -- to a guest...
    account_id INTEGER, -- ...or to a member
    state TEXT NOT NULL,
    why TEXT, -- why it waits, was dropped or did not arrive
    address TEXT, -- where it was sent
    message_id TEXT,
    notices INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    rank INTEGER NOT NULL, -- 0: before all others
    due_at INTEGER, -- when it is looked at next, or its lease ends; null when it is settled
    created_at INTEGER NOT NULL,
    settled_at INTEGER
) STRICT;

CREATE INDEX mail_by_turn ON mail (rank, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mail_by_guest ON mail (guest_key, key) WHERE guest_key IS NOT NULL;
-- What more is to be told joins a mail that still waits.
CREATE INDEX mail_waiting_guest ON mail (guest_key, kind) WHERE state = 'queued' AND guest_key IS NOT NULL;
CREATE INDEX mail_waiting_member ON mail (org, account_id, kind) WHERE state = 'queued' AND account_id IS NOT NULL;
CREATE INDEX mail_by_age ON mail (settled_at) WHERE settled_at IS NOT NULL;
CREATE UNIQUE INDEX mail_by_message ON mail (message_id) WHERE message_id IS NOT NULL;

-- One thing that a mail tells.
CREATE TABLE notice (
    mail_key INTEGER NOT NULL REFERENCES mail (key) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    task_key INTEGER, -- which may be gone
    guest_key INTEGER, -- the guest whom it is about, who may be gone
    about TEXT NOT NULL, -- JSON, model::mail::About
    created_at INTEGER NOT NULL,
    PRIMARY KEY (mail_key, place)
) STRICT;

CREATE INDEX notice_by_task ON notice (task_key, mail_key) WHERE task_key IS NOT NULL;

-- What a guest decided about mail. No row: nothing yet.
CREATE TABLE guest_preference (
    guest_key INTEGER PRIMARY KEY REFERENCES guest (key) ON DELETE CASCADE,
    language TEXT,
    muted TEXT NOT NULL, -- kinds, separated by commas
    quiet_from INTEGER, -- minutes since midnight in the guest's zone
    quiet_to INTEGER
) STRICT;

-- What signs the links by which guests switch off mails of a kind, and nothing
-- else: whoever has it can switch off mails.
CREATE TABLE mail_signing_key (
    org INTEGER PRIMARY KEY REFERENCES org (no),
    key BLOB NOT NULL
) STRICT;

-- When a guest with something to do is to be looked at for the digest.
CREATE TABLE digest (
    guest_key INTEGER PRIMARY KEY REFERENCES guest (key) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    last INTEGER NOT NULL -- the moment of the last one; 0: none yet
) STRICT;

CREATE INDEX digest_by_moment ON digest (at);

INSERT INTO digest (guest_key, at, last) SELECT key, 0, 0 FROM guest WHERE active_tasks > 0;
