-- The first schema. Twin: ../postgres/0001_initial.sql, same tables and columns.
--
-- Keys called `key` hold the organization's number in their upper bits and a
-- sequence number in their lower 40 (model::ids). Moments are microseconds
-- since 1970, UTC. Columns ending in _folded hold text in the form in which it
-- is compared.

CREATE TABLE org (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    timezone TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    guest_sequence INTEGER NOT NULL DEFAULT 0, -- the newest guest's sequence number
    guest_total INTEGER NOT NULL DEFAULT 0,
    guest_disabled INTEGER NOT NULL DEFAULT 0,
    guest_removals INTEGER NOT NULL DEFAULT 0, -- grows when positions in the list shift
    guest_revision INTEGER NOT NULL DEFAULT 0, -- grows with anything that a guest list shows
    task_sequence INTEGER NOT NULL DEFAULT 0,
    activity_sequence INTEGER NOT NULL DEFAULT 0,
    template_sequence INTEGER NOT NULL DEFAULT 0,
    version_sequence INTEGER NOT NULL DEFAULT 0,
    run_sequence INTEGER NOT NULL DEFAULT 0,
    group_sequence INTEGER NOT NULL DEFAULT 0,
    settings TEXT NOT NULL DEFAULT '{}', -- JSON, model::organization::Settings
    revision INTEGER NOT NULL DEFAULT 1 -- grows with changes of name, time zone and settings
) STRICT;

-- A person who can be a member of organizations. What an organization calls the
-- person is in member: no organization sees what another one wrote.
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE member (
    org INTEGER NOT NULL REFERENCES org (no),
    account_id INTEGER NOT NULL REFERENCES account (id),
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    is_default_admin INTEGER NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    timezone TEXT NOT NULL,
    phone TEXT,
    job_title TEXT,
    job_description TEXT,
    team TEXT,
    country_id INTEGER,
    date_format TEXT,
    email_verified INTEGER NOT NULL, -- whether the address was proven to be the person's
    invited_by INTEGER,
    approved_at INTEGER,
    activated_at INTEGER, -- when the person came in for the first time
    disabled_at INTEGER,
    disabled_by INTEGER,
    reactivated_at INTEGER,
    reactivated_by INTEGER,
    deleted_at INTEGER, -- for good: history stays, the address is free
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org, account_id)
) STRICT;

CREATE INDEX member_by_account ON member (account_id);

CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    org INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE, -- SHA-256; the token itself is nowhere
    fingerprint TEXT NOT NULL, -- what lists and logs show
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER,
    FOREIGN KEY (org, account_id) REFERENCES member (org, account_id)
) STRICT;

CREATE INDEX token_by_member ON token (org, account_id);

-- The truth about a guest. Narrow, so that filters read little.
CREATE TABLE guest (
    key INTEGER PRIMARY KEY,
    org INTEGER NOT NULL REFERENCES org (no),
    code TEXT NOT NULL,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    search_folded TEXT NOT NULL,
    first_name_folded TEXT NOT NULL,
    last_name_folded TEXT NOT NULL,
    first_name TEXT,
    last_name TEXT,
    phone_1 TEXT,
    phone_2 TEXT,
    company_name TEXT,
    company_url TEXT,
    contact_url TEXT,
    image_url TEXT,
    opportunity_url TEXT,
    opportunity_name TEXT,
    timezone TEXT,
    external_sync_source TEXT,
    external_date_creation TEXT,
    cadence_days TEXT,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER,
    disabled_by INTEGER,
    reactivated_at INTEGER,
    reactivated_by INTEGER,
    last_accessed_at INTEGER NOT NULL DEFAULT 0, -- 0: never
    last_known_ip TEXT,
    last_known_country TEXT,
    last_city TEXT,
    active_tasks INTEGER NOT NULL DEFAULT 0,
    tasks_completed INTEGER NOT NULL DEFAULT 0,
    last_task_completed_at INTEGER,
    one_off_tasks_completed INTEGER NOT NULL DEFAULT 0,
    last_one_off_task_completed_at INTEGER,
    profile_revision INTEGER NOT NULL,
    stats_revision INTEGER NOT NULL,
    UNIQUE (org, email_folded)
) STRICT;

CREATE INDEX guest_by_first_name ON guest (org, first_name_folded, key);
CREATE INDEX guest_by_last_name ON guest (org, last_name_folded, key);
CREATE INDEX guest_by_last_access ON guest (org, last_accessed_at, key);
CREATE INDEX guest_by_active_tasks ON guest (org, active_tasks, key);
CREATE INDEX guest_disabled ON guest (key) WHERE disabled_at IS NOT NULL;

-- Each guest as lists show it, rebuilt in the transaction that changes the
-- guest. The bytes belong to api::guests::rendered.
CREATE TABLE guest_rendered (
    key INTEGER PRIMARY KEY REFERENCES guest (key) ON DELETE CASCADE,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE guest_associate (
    guest_key INTEGER NOT NULL REFERENCES guest (key) ON DELETE CASCADE,
    account_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (guest_key, account_id)
) STRICT;

-- A group of members and guests.
CREATE TABLE people_group (
    key INTEGER PRIMARY KEY,
    org INTEGER NOT NULL REFERENCES org (no),
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT NOT NULL,
    description_folded TEXT NOT NULL,
    logo TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (org, id),
    UNIQUE (org, name_folded)
) STRICT;

CREATE TABLE people_group_member (
    group_key INTEGER NOT NULL REFERENCES people_group (key) ON DELETE CASCADE,
    account_id INTEGER NOT NULL,
    org INTEGER NOT NULL,
    PRIMARY KEY (group_key, account_id)
) STRICT;

CREATE INDEX people_group_member_by_account ON people_group_member (org, account_id);

CREATE TABLE people_group_guest (
    group_key INTEGER NOT NULL REFERENCES people_group (key) ON DELETE CASCADE,
    guest_key INTEGER NOT NULL REFERENCES guest (key) ON DELETE CASCADE,
    PRIMARY KEY (group_key, guest_key)
) STRICT;

CREATE INDEX people_group_guest_by_guest ON people_group_guest (guest_key);

-- What somebody who was asked to join proves it with; one for each.
CREATE TABLE invitation (
    org INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    hash BLOB NOT NULL UNIQUE, -- SHA-256; the secret itself is nowhere
    invited_by INTEGER,
    message TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org, account_id),
    FOREIGN KEY (org, account_id) REFERENCES member (org, account_id) ON DELETE CASCADE
) STRICT;

-- A template as it is now. What processes are made of is in its version.
CREATE TABLE template (
    key INTEGER PRIMARY KEY,
    org INTEGER NOT NULL REFERENCES org (no),
    id BLOB NOT NULL,
    version_key INTEGER NOT NULL,
    title TEXT NOT NULL,
    title_folded TEXT NOT NULL,
    kind TEXT NOT NULL,
    owner_id INTEGER NOT NULL,
    created_by INTEGER NOT NULL,
    updated_by INTEGER NOT NULL,
    restricted INTEGER NOT NULL, -- only for those in template_member and template_group
    starred INTEGER NOT NULL,
    pinned INTEGER NOT NULL,
    steps_count INTEGER NOT NULL,
    started_processes INTEGER NOT NULL,
    settings TEXT NOT NULL, -- JSON, model::template::Settings
    archived_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (org, id)
) STRICT;

CREATE TABLE template_member (
    template_key INTEGER NOT NULL REFERENCES template (key) ON DELETE CASCADE,
    account_id INTEGER NOT NULL,
    PRIMARY KEY (template_key, account_id)
) STRICT;

CREATE TABLE template_group (
    template_key INTEGER NOT NULL REFERENCES template (key) ON DELETE CASCADE,
    group_key INTEGER NOT NULL REFERENCES people_group (key) ON DELETE CASCADE,
    PRIMARY KEY (template_key, group_key)
) STRICT;

CREATE INDEX template_group_by_group ON template_group (group_key);

-- What a template said at some time. Rows are never changed: a change of the
-- template makes a new one, and one that no process uses is dropped then.
CREATE TABLE template_version (
    key INTEGER PRIMARY KEY,
    template_key INTEGER NOT NULL, -- which may be gone
    launched INTEGER NOT NULL, -- whether a process was made of it
    blueprint TEXT NOT NULL -- JSON, workflow::Blueprint
) STRICT;

CREATE INDEX template_version_by_template ON template_version (template_key);

-- A process. Its tasks are rows of task.
CREATE TABLE run (
    key INTEGER PRIMARY KEY,
    org INTEGER NOT NULL REFERENCES org (no),
    id BLOB NOT NULL,
    template_key INTEGER NOT NULL, -- which may be gone
    version_key INTEGER NOT NULL REFERENCES template_version (key),
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    summary TEXT,
    launcher_id INTEGER NOT NULL,
    owner_id INTEGER NOT NULL,
    parent_id BLOB,
    restricted INTEGER NOT NULL, -- only for those involved, and in run_member and run_group
    starred INTEGER NOT NULL,
    is_public INTEGER NOT NULL,
    publicly_hidden_fields TEXT NOT NULL, -- a JSON list of field ids
    state TEXT NOT NULL, -- JSON, runs::Head: the truth with the columns and the tasks' states
    status TEXT NOT NULL,
    tasks_complete INTEGER NOT NULL,
    tasks_seen INTEGER NOT NULL,
    first_deadline INTEGER, -- of the open tasks
    due_date INTEGER,
    completed_at INTEGER,
    archived_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (org, id)
) STRICT;

CREATE INDEX run_by_template ON run (template_key, key);
CREATE INDEX run_by_status ON run (org, status, key);
CREATE INDEX run_by_version ON run (version_key);

CREATE TABLE run_member (
    run_key INTEGER NOT NULL REFERENCES run (key) ON DELETE CASCADE,
    account_id INTEGER NOT NULL,
    PRIMARY KEY (run_key, account_id)
) STRICT;

CREATE TABLE run_group (
    run_key INTEGER NOT NULL REFERENCES run (key) ON DELETE CASCADE,
    group_key INTEGER NOT NULL REFERENCES people_group (key) ON DELETE CASCADE,
    PRIMARY KEY (run_key, group_key)
) STRICT;

CREATE INDEX run_group_by_group ON run_group (group_key);

-- The next moment that a process waits for.
CREATE TABLE timer (
    run_key INTEGER PRIMARY KEY REFERENCES run (key) ON DELETE CASCADE,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX timer_by_moment ON timer (at);

CREATE TABLE task (
    key INTEGER PRIMARY KEY,
    org INTEGER NOT NULL REFERENCES org (no),
    id BLOB NOT NULL,
    title TEXT NOT NULL,
    title_folded TEXT NOT NULL,
    summary TEXT,
    task_type TEXT NOT NULL,
    status TEXT NOT NULL,
    position INTEGER NOT NULL,
    starter_id INTEGER NOT NULL,
    started_at INTEGER,
    is_soft_start_date INTEGER NOT NULL,
    deadline INTEGER,
    everyone_must_complete INTEGER NOT NULL,
    can_complete_only_assignees INTEGER NOT NULL,
    max_assignable INTEGER NOT NULL,
    prevent_guest_comment INTEGER NOT NULL,
    top_secret INTEGER NOT NULL,
    webhook TEXT,
    form_fields TEXT NOT NULL, -- a JSON list of fields with their values
    tags TEXT NOT NULL, -- a JSON list of tag ids
    is_approved INTEGER,
    completed_at INTEGER,
    completer_id INTEGER,
    completer_guest_code TEXT,
    completer_guest_email TEXT,
    run_key INTEGER REFERENCES run (key) ON DELETE CASCADE, -- null for one-off tasks
    hidden INTEGER NOT NULL, -- auto-skipped
    problem INTEGER NOT NULL, -- an issue is open, or a rule was stopped
    state TEXT, -- process tasks: JSON, workflow::RunTask; the truth, of which columns are a part
    archived_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (org, id)
) STRICT;

CREATE INDEX task_by_run ON task (run_key, key) WHERE run_key IS NOT NULL;
CREATE INDEX task_by_deadline ON task (org, deadline, key);

CREATE TABLE task_member (
    task_key INTEGER NOT NULL REFERENCES task (key) ON DELETE CASCADE,
    account_id INTEGER NOT NULL,
    org INTEGER NOT NULL,
    added_by_server INTEGER NOT NULL, -- not required when everyone must complete (D28)
    via_group INTEGER NOT NULL, -- on it through a group only
    completed_at INTEGER,
    PRIMARY KEY (task_key, account_id)
) STRICT;

CREATE INDEX task_member_by_account ON task_member (org, account_id, task_key);

CREATE TABLE task_guest (
    task_key INTEGER NOT NULL REFERENCES task (key) ON DELETE CASCADE,
    guest_key INTEGER NOT NULL REFERENCES guest (key),
    via_group INTEGER NOT NULL,
    completed_at INTEGER,
    PRIMARY KEY (task_key, guest_key)
) STRICT;

CREATE INDEX task_guest_by_guest ON task_guest (guest_key, task_key);
CREATE INDEX task_guest_completed ON task_guest (guest_key, completed_at) WHERE completed_at IS NOT NULL;

-- Groups that are on a task. Their people have rows of their own beside.
CREATE TABLE task_group (
    task_key INTEGER NOT NULL REFERENCES task (key) ON DELETE CASCADE,
    group_key INTEGER NOT NULL REFERENCES people_group (key) ON DELETE CASCADE,
    PRIMARY KEY (task_key, group_key)
) STRICT;

CREATE INDEX task_group_by_group ON task_group (group_key, task_key);

-- Who did what. Rows are only ever added.
CREATE TABLE activity (
    key INTEGER PRIMARY KEY,
    entity_type TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    guest_key INTEGER, -- the guest that it is about, who may be gone
    template_key INTEGER, -- the template that it is about, or whose step, which may be gone
    verb TEXT NOT NULL,
    actor_id INTEGER, -- a member; null for guests and the operator
    actor_guest_key INTEGER, -- a guest, who may be gone
    actor_guest_email TEXT, -- as it was then
    field TEXT,
    old_value TEXT,
    text TEXT NOT NULL,
    text_folded TEXT NOT NULL,
    ip TEXT,
    request_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Guests' ids are in no order, and an index by them would be written to all
-- over the place; their keys are in the order of creation, as other ids are.
CREATE INDEX activity_by_guest ON activity (guest_key, key) WHERE guest_key IS NOT NULL;
CREATE INDEX activity_by_entity ON activity (entity_id, key) WHERE guest_key IS NULL;

-- The first answer to each Idempotency-Key, kept for a day.
CREATE TABLE idempotency (
    org INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    etag TEXT,
    body BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org, account_id, key)
) STRICT;

CREATE INDEX idempotency_by_age ON idempotency (created_at);
