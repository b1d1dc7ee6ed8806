// Asks a running server whether its answers are right before anybody measures
// how fast they are. Works on every server of the benchmark, Hospes included.
//
//   node check.mjs --url http://127.0.0.1:PORT --guests N [--organization bench]
//                  [--token bench-token] [--tasks 5] [--create 0]
//
// It walks all pages by number, and by cursor where the server offers one, and
// compares totals, order, ids and statistics. With --create it also adds that
// many guests and looks for them.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readOptions } from './lib/options.mjs';

const options = readOptions({
  url: undefined, guests: undefined, organization: 'bench', token: 'bench-token', tasks: 5, create: 0, 'per-page': 1000,
});
const perPage = options['per-page'];
const total = Number(options.guests);
const guests = `${options.url}/organizations/${options.organization}/guests`;
const headers = {
  authorization: `Bearer ${options.token}`,
  accept: 'application/json',
  'x-tallyfy-client': 'APIClient',
};

async function ask(address, init = {}) {
  const answer = await fetch(address, { ...init, headers: { ...headers, ...init.headers } });
  return { status: answer.status, link: answer.headers.get('link') ?? '', body: await answer.json() };
}

async function list(query) {
  const { status, body, link } = await ask(`${guests}?${query}`);
  assert.equal(status, 200, `GET ?${query}`);
  return { ...body, cursor: /<([^>]*)>;\s*rel="?next"?/.exec(link)?.[1] };
}

function checkGuest(guest) {
  const completed = Math.floor((options.tasks * 2) / 5);
  assert.match(guest.link, new RegExp(`/guest/${guest.id}$`));
  assert.equal(guest.details.first_name, guest.first_name);
  assert.equal(guest.stats.active_tasks, options.tasks - completed, guest.email);
  assert.equal(guest.stats.assigned_tasks, options.tasks - completed, guest.email);
  assert.equal(guest.stats.completed_tasks, completed, guest.email);
  assert.equal(guest.stats.one_off_tasks_completed, completed, guest.email);
  assert.equal(guest.stats.tasks_completed, 0);
  assert.equal(guest.stats.last_one_off_task_completed_at !== null, completed > 0);
}

function checkPartition(ids, what) {
  assert.equal(ids.length, total, `${what}: as many guests as the total says`);
  assert.equal(new Set(ids).size, total, `${what}: no guest twice`);
}

const stranger = await ask(guests, { headers: { authorization: 'Bearer nobody' } });
assert.equal(stranger.status, 401);

const lastPage = Math.ceil(total / perPage);
const byNumber = [];
let before = '';
for (let page = 1; page <= lastPage; page++) {
  const { data, meta: { pagination } } = await list(`with=stats&page=${page}&per_page=${perPage}`);
  assert.equal(pagination.total, total);
  assert.equal(pagination.count, data.length);
  assert.equal(pagination.current_page, page);
  assert.equal(pagination.total_pages, lastPage);
  assert.equal(pagination.has_more_pages, page < lastPage);
  for (const guest of data) {
    checkGuest(guest);
    assert.ok(guest.created_at >= before, 'oldest first');
    before = guest.created_at;
    byNumber.push(guest.id);
  }
}
checkPartition(byNumber, 'pages by number');

const beyond = await list(`with=stats&page=${lastPage + 1}&per_page=${perPage}`);
assert.deepEqual([beyond.data.length, beyond.meta.pagination.total], [0, total]);

const bare = await list('per_page=1');
assert.ok(!('stats' in bare.data[0]), 'no stats unless asked for');

let walked = 'no cursor offered';
let step = await list(`with=stats&per_page=${perPage}`);
if (step.cursor) {
  const byCursor = step.data.map(({ id }) => id);
  while (step.cursor) {
    step = await list(new URL(step.cursor).searchParams);
    byCursor.push(...step.data.map(({ id }) => id));
  }
  checkPartition(byCursor, 'pages by cursor');
  assert.deepEqual(byCursor, byNumber);
  walked = 'cursor walk the same';
}

for (let created = 1; created <= options.create; created++) {
  const email = `check-${randomBytes(8).toString('hex')}@bench.example`;
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, first_name: 'Check', phone: '+1 555 0100' }),
  };
  const made = await ask(guests, init);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal(made.body.data.email, email);
  assert.equal(made.body.data.details.phone_1, '+1 555 0100');
  const again = await ask(guests, init);
  assert.equal(again.status, 422, 'the same address twice');
  assert.ok(again.body.errors.email);

  const last = await list(`with=stats&page=${total + created}&per_page=1`);
  assert.equal(last.meta.pagination.total, total + created, 'the total counts the new guest');
  assert.equal(last.data[0].email, email, 'the new guest comes last');
  assert.equal(last.data[0].stats.active_tasks, 0);
}
if (options.create > 0) {
  const bad = await ask(guests, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'nobody' }),
  });
  assert.equal(bad.status, 422);
}

console.log(`correct: ${total} guests on ${lastPage} pages, ${walked}, ${options.create} created`);
