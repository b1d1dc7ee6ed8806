-- Files. Twin: ../sqlite/0005_files.sql, same tables and columns.

ALTER TABLE org ADD COLUMN asset_sequence BIGINT NOT NULL DEFAULT 0;

-- An uploaded file. Its bytes are kept elsewhere, under the ids of the
-- organization and of the file.
CREATE TABLE asset (
    key BIGINT PRIMARY KEY,
    org BIGINT NOT NULL REFERENCES org (no),
    id BYTEA NOT NULL,
    state TEXT NOT NULL, -- pending: bytes are coming; stored; doomed: bytes are to be removed
    -- What it belongs to: one of them; none once that is gone, which dooms the file.
    run_key BIGINT REFERENCES run (key) ON DELETE SET NULL,
    task_key BIGINT REFERENCES task (key) ON DELETE SET NULL,
    template_key BIGINT, -- which may be gone, while its processes name the file
    template_id BYTEA,
    for_org BIGINT REFERENCES org (no), -- the organization itself: its logo
    filename TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    uploaded_from TEXT NOT NULL, -- a field's id, or ko_field
    step_id BYTEA,
    source TEXT NOT NULL,
    system TEXT,
    uploader_id BIGINT, -- a member
    uploader_guest_key BIGINT, -- a guest, who may be gone
    uploader_guest_email TEXT,
    in_s3 BOOLEAN NOT NULL, -- whether its bytes are in S3-compatible storage
    created_at BIGINT NOT NULL,
    archived_at BIGINT,
    UNIQUE (org, id)
);

CREATE INDEX asset_by_run ON asset (run_key, key) WHERE run_key IS NOT NULL;
CREATE INDEX asset_by_task ON asset (task_key, key) WHERE task_key IS NOT NULL;
CREATE INDEX asset_by_template ON asset (template_key, key) WHERE template_key IS NOT NULL;
-- Logos are asked for by their ids alone: guests' pages name them.
CREATE UNIQUE INDEX asset_logo ON asset (id) WHERE for_org IS NOT NULL;
-- What is to be swept: few rows, looked for often.
CREATE INDEX asset_unkept ON asset (created_at)
    WHERE state <> 'stored' OR (run_key IS NULL AND task_key IS NULL AND template_key IS NULL AND for_org IS NULL);
