// Writes a fresh database with guests and their tasks: the same flags give the
// same data. `bench` is the organization the load is put on; the others share a
// tenth as many guests, so that indexes and pages hold more than one.
//
//   node seed.mjs --db FILE --guests N [--organizations 20] [--tasks 5] [--token TOKEN]

import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { INDEXES, TABLES } from './lib/database.mjs';
import { readOptions } from './lib/options.mjs';

const BENCH = 'bench';
const FIRST_GUEST_AT = Date.UTC(2022, 0, 1);
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

const GIVEN = ['Ada', 'Bruno', 'Chiara', 'Dmitri', 'Elif', 'Farid', 'Grace', 'Hana', 'Ivo', 'Jun', 'Kofi', 'Lena',
  'Mateo', 'Noor', 'Olga', 'Priya', 'Quentin', 'Rosa', 'Sven', 'Thandi', 'Ulla', 'Vera', 'Wen', 'Yara', 'Zoë'];
const FAMILY = ['Abe', 'Brandt', 'Costa', 'Dubois', 'Eriksen', 'Ferrari', 'García', 'Haddad', 'Ito', 'Jansen', 'Kim',
  'Lindqvist', 'Mensah', 'Novák', 'Okafor', 'Patel', 'Rossi', 'Schäfer', 'Tanaka', 'Umar', 'Vos', 'Weber', 'Young'];
const TRADE = ['Freight', 'Dental', 'Bakery', 'Robotics', 'Legal', 'Timber', 'Optics', 'Energy', 'Textiles', 'Media'];
const PLACE = [
  ['Lisbon', 'PT', 'Europe/Lisbon'], ['Chicago', 'US', 'America/Chicago'], ['Osaka', 'JP', 'Asia/Tokyo'],
  ['Nairobi', 'KE', 'Africa/Nairobi'], ['Munich', 'DE', 'Europe/Berlin'], ['Pune', 'IN', 'Asia/Kolkata'],
  ['Recife', 'BR', 'America/Recife'], ['Hobart', 'AU', 'Australia/Hobart'],
];
const WORK = ['Sign the agreement', 'Upload the bank details', 'Confirm the delivery date', 'Answer the security form',
  'Review the draft', 'Send the floor plan', 'Approve the quote'];

const options = readOptions({ db: undefined, guests: undefined, organizations: 20, tasks: 5, token: 'bench-token' });
const guestsWanted = Number(options.guests);
if (!Number.isInteger(guestsWanted) || guestsWanted < 1 || options.organizations < 1) {
  console.error('--guests and --organizations must be at least 1');
  process.exit(2);
}
if (existsSync(options.db)) {
  console.error(`${options.db} exists already; a seed starts from nothing`);
  process.exit(2);
}

const started = performance.now();
const db = new Database(options.db);
// Nobody reads the file yet and a broken run is thrown away: no journal.
db.pragma('journal_mode = OFF');
db.pragma('synchronous = OFF');
db.pragma('cache_size = -262144');
db.exec(TABLES);

const random = generator(20_240_515);
const members = db.transaction(addOrganizations)();
const counts = db.transaction(addGuests)();
db.exec(INDEXES);
db.exec('ANALYZE');
db.pragma('journal_mode = WAL');
db.close();

console.log(JSON.stringify({
  organization: BENCH,
  token: options.token,
  guests: guestsWanted,
  guests_elsewhere: counts.guests - guestsWanted,
  tasks: counts.tasks,
  seconds: Math.round((performance.now() - started) / 100) / 10,
}));

// Five members in each organization; the first of `bench` holds the token.
function addOrganizations() {
  const addOrganization = db.prepare('INSERT INTO organizations (id, name) VALUES (?, ?)');
  const addUser = db.prepare('INSERT INTO users (id, email) VALUES (?, ?)');
  const addMember = db.prepare('INSERT INTO memberships (user_id, organization_id, role) VALUES (?, ?, ?)');
  const roles = ['admin', 'admin', 'standard', 'standard', 'light'];
  const all = [];
  for (let number = 0; number < options.organizations; number++) {
    const id = number === 0 ? BENCH : `${BENCH}-${String(number).padStart(2, '0')}`;
    const users = roles.map((role, index) => number * roles.length + index + 1);
    addOrganization.run(id, `Organization ${number}`);
    users.forEach((user, index) => {
      addUser.run(user, `member-${user}@${id}.example`);
      addMember.run(user, id, roles[index]);
    });
    all.push({ id, users });
  }
  db.prepare('INSERT INTO tokens (hash, user_id, expires_at) VALUES (?, ?, ?)')
    .run(hash('sha256', options.token, 'buffer'), all[0].users[0], '2099-01-01T00:00:00.000Z');
  return all;
}

function addGuests() {
  const columns = [
    'id', 'organization_id', 'code', 'email', 'first_name', 'last_name', 'phone_1', 'phone_2',
    'company_name', 'company_url', 'contact_url', 'image_url', 'opportunity_url', 'opportunity_name', 'timezone',
    'external_sync_source', 'external_date_creation', 'associated_members',
    'last_accessed_at', 'last_known_ip', 'last_known_country', 'last_city', 'last_country',
    'disabled_at', 'disabled_by', 'created_at',
    'assigned_tasks', 'one_off_tasks_completed', 'last_one_off_task_completed_at',
  ];
  const addGuest = db.prepare(`INSERT INTO guests (${columns}) VALUES (${columns.map(() => '?')})`);
  const addTask = db.prepare(`
    INSERT INTO tasks
      (organization_id, guest_id, owner_id, title, created_at, deadline, completed_at, completed_by_guest)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const countGuests = db.prepare('UPDATE organizations SET guest_count = ? WHERE id = ?');
  const completed = Math.floor((options.tasks * 2) / 5);
  const held = new Map(members.map(({ id }) => [id, 0]));
  const elsewhere = members.length > 1 ? Math.floor(guestsWanted / 10) : 0;

  for (let id = 1; id <= guestsWanted + elsewhere; id++) {
    // Every eleventh guest belongs elsewhere, so that the organizations' rows
    // lie mixed in the file as they would had they come over the years.
    const number = elsewhere > 0 && id % 11 === 0 ? 1 + ((id / 11) % (members.length - 1)) : 0;
    const { id: organization, users } = members[number];
    held.set(organization, held.get(organization) + 1);

    const given = pick(GIVEN);
    const family = pick(FAMILY);
    const company = `${pick(FAMILY)} ${pick(TRADE)}`;
    const site = `https://${company.toLowerCase().normalize('NFD').replace(/[^a-z]+/g, '-').replace(/-$/, '')}.example`;
    const [city, country, timezone] = pick(PLACE);
    const created = FIRST_GUEST_AT + id * MINUTE;
    const seen = random() < 0.7 ? moment(created + DAY) : null;
    const disabled = random() < 0.03 ? moment(created + 30 * DAY) : null;
    const lastDone = completed > 0 ? moment(created + completed * DAY) : null;
    addGuest.run(
      id, organization, hexadecimal(), `guest-${String(id).padStart(7, '0')}@${organization}.example`, given, family,
      `+1 555 ${String(id % 10_000).padStart(4, '0')}`, random() < 0.2 ? `+1 556 ${id % 10_000}` : null,
      company, site, `${site}/people/${id}`, random() < 0.5 ? `${site}/pictures/${id}.png` : null,
      random() < 0.3 ? `${site}/deals/${id}` : null, random() < 0.3 ? `Renewal ${id}` : null, timezone,
      random() < 0.1 ? 'salesforce' : null, random() < 0.1 ? moment(created).replace('T', ' ').slice(0, 19) : null,
      random() < 0.25 ? JSON.stringify([users[0], users[1 + Math.floor(random() * 3)]]) : null,
      seen, seen && `192.0.2.${1 + (id % 254)}`, seen && country, seen && city, seen && country,
      disabled, disabled && users[0], moment(created),
      options.tasks - completed, completed, lastDone,
    );
    for (let task = 1; task <= options.tasks; task++) {
      const done = task <= completed;
      addTask.run(
        organization, id, users[task % 4], `${pick(WORK)} ${task}`, moment(created), moment(created + 14 * DAY),
        done ? moment(created + task * DAY) : null, done ? 1 : 0,
      );
    }
  }
  for (const [organization, guests] of held) countGuests.run(guests, organization);
  return { guests: guestsWanted + elsewhere, tasks: (guestsWanted + elsewhere) * options.tasks };
}

function pick(list) {
  return list[Math.floor(random() * list.length)];
}

function hexadecimal() {
  let digits = '';
  for (let part = 0; part < 4; part++) {
    digits += Math.floor(random() * 2 ** 32).toString(16).padStart(8, '0');
  }
  return digits;
}

function moment(milliseconds) {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

// A small seeded generator (xorshift, 32 bits): the data must not depend on the
// run, and Math.random cannot be seeded.
function generator(seed) {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
