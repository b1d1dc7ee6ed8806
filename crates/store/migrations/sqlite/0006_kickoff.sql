-- Public kick-off forms. Twin: ../postgres/0006_kickoff.sql, same tables and columns.

ALTER TABLE org ADD COLUMN submission_sequence INTEGER NOT NULL DEFAULT 0;

-- What a stranger filled in, until the address is verified or time runs out.
CREATE TABLE kickoff_submission (
    key INTEGER PRIMARY KEY,
    org INTEGER NOT NULL REFERENCES org (no),
    id BLOB NOT NULL, -- what the pages behind the form are found by; proves nothing
    template_key INTEGER NOT NULL REFERENCES template (key) ON DELETE CASCADE,
    form BLOB NOT NULL, -- SHA-256 of what the shown form carried: sent again it is the same
    browser BLOB, -- SHA-256 of the cookie of the browser that sent it
    -- Who it is from: null until the form is complete, and again after the launch.
    email TEXT,
    first_name TEXT,
    last_name TEXT,
    language TEXT NOT NULL,
    answers TEXT NOT NULL, -- JSON; empty after the launch
    created_at INTEGER NOT NULL,
    submitted_at INTEGER, -- null: files only, the form is still being filled in
    expires_at INTEGER NOT NULL,
    code TEXT, -- Argon2id of the digits that were mailed last
    code_at INTEGER,
    tries INTEGER NOT NULL,
    -- What became of it.
    launched_at INTEGER,
    run_key INTEGER REFERENCES run (key) ON DELETE SET NULL,
    guest_key INTEGER REFERENCES guest (key) ON DELETE SET NULL,
    UNIQUE (org, id),
    UNIQUE (template_key, form)
) STRICT;

CREATE INDEX kickoff_submission_by_end ON kickoff_submission (expires_at);
CREATE INDEX kickoff_submission_by_run ON kickoff_submission (run_key) WHERE run_key IS NOT NULL;
CREATE INDEX kickoff_submission_by_guest ON kickoff_submission (guest_key) WHERE guest_key IS NOT NULL;

-- What the mailed links of a submission carry. Each launches, but only one once.
CREATE TABLE kickoff_secret (
    hash BLOB PRIMARY KEY, -- SHA-256
    submission_key INTEGER NOT NULL REFERENCES kickoff_submission (key) ON DELETE CASCADE
) STRICT;

CREATE INDEX kickoff_secret_by_submission ON kickoff_secret (submission_key);

-- A mail to somebody who is nobody yet.
ALTER TABLE mail ADD COLUMN submission_key INTEGER REFERENCES kickoff_submission (key) ON DELETE CASCADE;
CREATE INDEX mail_by_submission ON mail (submission_key) WHERE submission_key IS NOT NULL;

-- A file that came with a form belongs to the submission until a process is launched with it.
ALTER TABLE asset ADD COLUMN submission_key INTEGER REFERENCES kickoff_submission (key) ON DELETE SET NULL;
CREATE INDEX asset_by_submission ON asset (submission_key) WHERE submission_key IS NOT NULL;
DROP INDEX asset_unkept;
CREATE INDEX asset_unkept ON asset (created_at) WHERE state <> 'stored'
    OR (run_key IS NULL AND task_key IS NULL AND template_key IS NULL AND for_org IS NULL
        AND submission_key IS NULL);
