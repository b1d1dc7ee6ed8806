// The database both servers read: its tables, and how a file is opened. What a
// server asks of it is the server's own business (plain.mjs, counters.mjs).

import Database from 'better-sqlite3';

export const TABLES = `
CREATE TABLE organizations (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  -- Only counters.mjs uses these two. The revision moves when a change other
  -- than an append could shift the positions of guests.
  guest_count INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  email TEXT NOT NULL UNIQUE COLLATE NOCASE
) STRICT;

CREATE TABLE memberships (
  user_id INTEGER NOT NULL REFERENCES users (id),
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  role TEXT NOT NULL,
  PRIMARY KEY (user_id, organization_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  hash BLOB PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE guests (
  id INTEGER PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  code TEXT NOT NULL,
  email TEXT NOT NULL COLLATE NOCASE,
  first_name TEXT, last_name TEXT,
  status TEXT NOT NULL DEFAULT 'active',
  phone_1 TEXT, phone_2 TEXT,
  company_name TEXT, company_url TEXT, contact_url TEXT, image_url TEXT,
  opportunity_url TEXT, opportunity_name TEXT,
  timezone TEXT,
  external_sync_source TEXT, external_date_creation TEXT,
  cadence_days TEXT,          -- JSON array or null
  associated_members TEXT,    -- JSON array of user ids or null
  last_accessed_at TEXT, last_known_ip TEXT, last_known_country TEXT,
  last_city TEXT, last_country TEXT,
  disabled_at TEXT, disabled_by INTEGER,
  reactivated_at TEXT, reactivated_by INTEGER,
  created_at TEXT NOT NULL,
  deleted_at TEXT,
  -- Only counters.mjs uses these. They come last, where SQLite does not decode
  -- them for a statement that does not name them.
  assigned_tasks INTEGER NOT NULL DEFAULT 0,
  tasks_completed INTEGER NOT NULL DEFAULT 0,
  last_task_completed_at TEXT,
  one_off_tasks_completed INTEGER NOT NULL DEFAULT 0,
  last_one_off_task_completed_at TEXT
) STRICT;

CREATE TABLE tasks (
  id INTEGER PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  guest_id INTEGER NOT NULL REFERENCES guests (id),
  owner_id INTEGER NOT NULL REFERENCES users (id),
  run_id TEXT,                -- null: a one-off task
  title TEXT NOT NULL,
  created_at TEXT NOT NULL,
  deadline TEXT NOT NULL,
  completed_at TEXT,
  completed_by_guest INTEGER NOT NULL DEFAULT 0,  -- 1: by the guest, not a member
  archived_at TEXT
) STRICT;
`;

// Made after seeding, when building each is one sort. Both servers have the
// same ones. The two that are scanned name every column of their query, with
// the nulls as columns rather than as a partial index's condition: SQLite then
// answers totals and statistics from the index alone, three times faster.
export const INDEXES = `
CREATE UNIQUE INDEX guests_email ON guests (organization_id, email) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX guests_code ON guests (code);
CREATE INDEX guests_listed ON guests (organization_id, deleted_at, created_at, id);
CREATE INDEX tasks_counted ON tasks (guest_id, archived_at, completed_at, completed_by_guest, run_id);
`;

export function openDatabase(file) {
  const db = new Database(file, { fileMustExist: true });
  db.pragma('journal_mode = WAL');
  // A guest whose creation was answered survives a power cut.
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  db.pragma('busy_timeout = 5000');
  db.pragma('cache_size = -131072');
  db.pragma('mmap_size = 4294967296');
  return db;
}
