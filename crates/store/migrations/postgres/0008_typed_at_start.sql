-- Addresses typed into public forms. Twin: ../sqlite/0008_typed_at_start.sql, same tables and columns.

-- Addresses that a guest typed into the people pickers of the form that started
-- a process: those they may read there. Other people's they may not.
CREATE TABLE guest_typed_at_start (
    guest_key BIGINT NOT NULL REFERENCES guest (key) ON DELETE CASCADE,
    run_key BIGINT NOT NULL REFERENCES run (key) ON DELETE CASCADE,
    field_id BYTEA NOT NULL,
    email_folded TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (guest_key, run_key, field_id, email_folded)
);

CREATE INDEX guest_typed_at_start_by_run ON guest_typed_at_start (run_key);
