-- Comments and issues. Twin: ../sqlite/0004_comments.sql, same tables and columns.

ALTER TABLE org ADD COLUMN comment_sequence BIGINT NOT NULL DEFAULT 0;

-- A comment or an issue, about one of a task, a process and a template.
CREATE TABLE comment (
    key BIGINT PRIMARY KEY,
    org BIGINT NOT NULL REFERENCES org (no),
    id BYTEA NOT NULL,
    task_key BIGINT REFERENCES task (key) ON DELETE CASCADE,
    run_key BIGINT REFERENCES run (key) ON DELETE CASCADE,
    template_key BIGINT REFERENCES template (key) ON DELETE CASCADE,
    label TEXT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    author_kind TEXT NOT NULL, -- user, bot or guest
    author_id BIGINT, -- the member; of a bot the one whom it works for
    author_guest_key BIGINT, -- who may be gone
    author_guest_code TEXT,
    author_guest_email TEXT,
    resolve_id BYTEA, -- of an issue: what resolved it; of that: the first issue that it resolved
    resolved_at BIGINT, -- of an issue
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    UNIQUE (org, id)
);

CREATE INDEX comment_by_task ON comment (task_key, key) WHERE task_key IS NOT NULL;
CREATE INDEX comment_by_run ON comment (run_key, key) WHERE run_key IS NOT NULL;
CREATE INDEX comment_by_template ON comment (template_key, key) WHERE template_key IS NOT NULL;

-- Whom a comment mentions.
CREATE TABLE comment_member (
    comment_key BIGINT NOT NULL REFERENCES comment (key) ON DELETE CASCADE,
    account_id BIGINT NOT NULL,
    org BIGINT NOT NULL,
    PRIMARY KEY (comment_key, account_id)
);

CREATE INDEX comment_member_by_account ON comment_member (org, account_id, comment_key);

CREATE TABLE comment_guest (
    comment_key BIGINT NOT NULL REFERENCES comment (key) ON DELETE CASCADE,
    guest_key BIGINT NOT NULL REFERENCES guest (key) ON DELETE CASCADE,
    PRIMARY KEY (comment_key, guest_key)
);

CREATE INDEX comment_guest_by_guest ON comment_guest (guest_key);
