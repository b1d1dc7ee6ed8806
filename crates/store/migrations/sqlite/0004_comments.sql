-- Comments and issues. Twin: ../postgres/0004_comments.sql, same tables and columns.

ALTER TABLE org ADD COLUMN comment_sequence INTEGER NOT NULL DEFAULT 0;

-- A comment or an issue, about one of a task, a process and a template.
CREATE TABLE comment (
    key INTEGER PRIMARY KEY,
    org INTEGER NOT NULL REFERENCES org (no),
    id BLOB NOT NULL,
    task_key INTEGER REFERENCES task (key) ON DELETE CASCADE,
    run_key INTEGER REFERENCES run (key) ON DELETE CASCADE,
    template_key INTEGER REFERENCES template (key) ON DELETE CASCADE,
    label TEXT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    author_kind TEXT NOT NULL, -- user, bot or guest
    author_id INTEGER, -- the member; of a bot the one whom it works for
    author_guest_key INTEGER, -- who may be gone
    author_guest_code TEXT,
    author_guest_email TEXT,
    resolve_id BLOB, -- of an issue: what resolved it; of that: the first issue that it resolved
    resolved_at INTEGER, -- of an issue
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (org, id)
) STRICT;

CREATE INDEX comment_by_task ON comment (task_key, key) WHERE task_key IS NOT NULL;
CREATE INDEX comment_by_run ON comment (run_key, key) WHERE run_key IS NOT NULL;
CREATE INDEX comment_by_template ON comment (template_key, key) WHERE template_key IS NOT NULL;

-- Whom a comment mentions.
CREATE TABLE comment_member (
    comment_key INTEGER NOT NULL REFERENCES comment (key) ON DELETE CASCADE,
    account_id INTEGER NOT NULL,
    org INTEGER NOT NULL,
    PRIMARY KEY (comment_key, account_id)
) STRICT;

CREATE INDEX comment_member_by_account ON comment_member (org, account_id, comment_key);

CREATE TABLE comment_guest (
    comment_key INTEGER NOT NULL REFERENCES comment (key) ON DELETE CASCADE,
    guest_key INTEGER NOT NULL REFERENCES guest (key) ON DELETE CASCADE,
    PRIMARY KEY (comment_key, guest_key)
) STRICT;

CREATE INDEX comment_guest_by_guest ON comment_guest (guest_key);
