-- What people are to be told, and the mails that tell it. Twin: ../sqlite/0003_mail.sql, same tables and columns.

ALTER TABLE org ADD COLUMN mail_sequence BIGINT NOT NULL DEFAULT 0;

-- Set while mail to the guest's address does not arrive.
ALTER TABLE guest ADD COLUMN unreachable_at BIGINT;
ALTER TABLE guest ADD COLUMN unreachable_why TEXT;

-- A mail to one person: waiting, on its way, or history. What it says is put
-- together when it is sent, from what is so then; nothing of it is stored.
CREATE TABLE mail (
    key BIGINT PRIMARY KEY,
    org BIGINT NOT NULL REFERENCES org (no),
    kind TEXT COLLATE "C" NOT NULL,
    guest_key BIGINT REFERENCES guest (key) ON DELETE CASCADE, -- to a guest...
    account_id BIGINT, -- ...or to a member
    state TEXT COLLATE "C" NOT NULL,
    why TEXT, -- why it waits, was dropped or did not arrive
    address TEXT, -- where it was sent
    message_id TEXT COLLATE "C",
    notices BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    rank BIGINT NOT NULL, -- 0: before all others
    due_at BIGINT, -- when it is looked at next, or its lease ends; null when it is settled
    created_at BIGINT NOT NULL,
    settled_at BIGINT
);

CREATE INDEX mail_by_turn ON mail (rank, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mail_by_guest ON mail (guest_key, key) WHERE guest_key IS NOT NULL;
-- What more is to be told joins a mail that still waits.
CREATE INDEX mail_waiting_guest ON mail (guest_key, kind) WHERE state = 'queued' AND guest_key IS NOT NULL;
CREATE INDEX mail_waiting_member ON mail (org, account_id, kind) WHERE state = 'queued' AND account_id IS NOT NULL;
CREATE INDEX mail_by_age ON mail (settled_at) WHERE settled_at IS NOT NULL;
CREATE UNIQUE INDEX mail_by_message ON mail (message_id) WHERE message_id IS NOT NULL;

-- One thing that a mail tells.
CREATE TABLE notice (
    mail_key BIGINT NOT NULL REFERENCES mail (key) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    task_key BIGINT, -- which may be gone
    guest_key BIGINT, -- the guest whom it is about, who may be gone
    about TEXT NOT NULL, -- JSON, model::mail::About
    created_at BIGINT NOT NULL,
    PRIMARY KEY (mail_key, place)
);

CREATE INDEX notice_by_task ON notice (task_key, mail_key) WHERE task_key IS NOT NULL;

-- What a guest decided about mail. No row: nothing yet.
CREATE TABLE guest_preference (
    guest_key BIGINT PRIMARY KEY REFERENCES guest (key) ON DELETE CASCADE,
    language TEXT,
    muted TEXT NOT NULL, -- kinds, separated by commas
    quiet_from BIGINT, -- minutes since midnight in the guest's zone
    quiet_to BIGINT
);

-- What signs the links by which guests switch off mails of a kind, and nothing
-- else: whoever has it can switch off mails.
CREATE TABLE mail_signing_key (
    org BIGINT PRIMARY KEY REFERENCES org (no),
    key BYTEA NOT NULL
);

-- When a guest with something to do is to be looked at for the digest.
CREATE TABLE digest (
    guest_key BIGINT PRIMARY KEY REFERENCES guest (key) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    last BIGINT NOT NULL -- the moment of the last one; 0: none yet
);

CREATE INDEX digest_by_moment ON digest (at);

INSERT INTO digest (guest_key, at, last) SELECT key, 0, 0 FROM guest WHERE active_tasks > 0;
