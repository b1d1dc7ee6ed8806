#!/usr/bin/env node
// Lists and keeps the guests of one organization. Node 20 or newer, nothing to install.

import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const USAGE = `usage: node guests.mjs COMMAND

  list [--per-page N]                   every guest with statistics, as one JSON array
  get EMAIL
  create EMAIL [FIRST LAST COMPANY]
  update EMAIL KEY=VALUE...
  remove EMAIL

environment: TALLYFY_BASE_URL, TALLYFY_ORG_ID, TALLYFY_ACCESS_TOKEN`;

const MAX_TRIES = 4;
const TIMEOUT_MS = 30_000;
// A longer wait than this is the user's decision, not ours.
const MAX_WAIT_S = 60;

class UsageError extends Error {}

class ApiError extends Error {
  constructor(status, body) {
    super(`${status}: ${body?.message ?? 'the request failed'}`);
    this.fields = Object.entries(body?.errors ?? {}).map(
      ([field, texts]) => `  ${field}: ${[texts].flat().join(' ')}`,
    );
  }
}

function setting(name) {
  const value = process.env[name];
  if (!value) throw new UsageError(`${name} is not set`);
  return value;
}

/** Seconds that `Retry-After` asks for (a number or a date), or null. */
function retryAfter(response) {
  const value = response.headers.get('retry-after');
  if (value === null) return null;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, (date - Date.now()) / 1000);
}

class Guests {
  #url;
  #headers;

  constructor(baseUrl, organization, token) {
    const base = new URL(baseUrl).href.replace(/\/+$/, '');
    this.#url = `${base}/organizations/${encodeURIComponent(organization)}/guests`;
    this.#headers = {
      Authorization: `Bearer ${token}`,
      Accept: 'application/json',
      'X-Tallyfy-Client': 'APIClient',
    };
  }

  async list(perPage) {
    const guests = [];
    let pages = 1;
    for (let page = 1; page <= pages; page += 1) {
      const query = new URLSearchParams({ with: 'stats', page, per_page: perPage });
      const { data, meta } = await this.#call('GET', `?${query}`);
      guests.push(...data);
      pages = meta?.pagination?.total_pages;
      // Without this check a missing number would pass for "that was the last page".
      if (!Number.isInteger(pages)) throw new Error('the list has no meta.pagination.total_pages');
    }
    return guests;
  }

  async create(guest) {
    return (await this.#call('POST', '', guest)).data;
  }

  async get(email) {
    return (await this.#call('GET', pathOf(email))).data;
  }

  async update(email, changes) {
    return (await this.#call('PUT', pathOf(email), changes)).data;
  }

  async remove(email) {
    return (await this.#call('DELETE', pathOf(email))).data;
  }

  async #call(method, path, body) {
    const headers = { ...this.#headers };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    // The key stays the same over all tries, so the server carries out the write once.
    if (method !== 'GET') headers['Idempotency-Key'] = crypto.randomUUID();

    for (let tries = 1; ; tries += 1) {
      const lastTry = tries === MAX_TRIES;
      let wait = 2 ** (tries - 2);
      try {
        const response = await fetch(this.#url + path, {
          method,
          headers,
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        const text = await response.text();
        wait = retryAfter(response) ?? wait;
        // 429 is decided before anything is written: any method may be sent again.
        if (response.status !== 429 || lastTry || wait > MAX_WAIT_S) return decode(response, text);
      } catch (error) {
        // fetch tells of a lost connection with a TypeError, of a passed deadline with the other.
        if (!(error instanceof TypeError) && error.name !== 'TimeoutError') throw error;
        if (lastTry) throw new Error(`no answer: ${error.cause?.message ?? error.message}`);
      }
      await sleep(wait * 1000);
    }
  }
}

// encodeURIComponent turns + into %2B; a bare + may be read differently along the way.
function pathOf(email) {
  return `/${encodeURIComponent(email)}`;
}

function decode(response, text) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy's error page is no JSON, and must not hide the status.
    if (response.ok) throw new Error(`${response.status}: the answer is not JSON`);
  }
  if (!response.ok) throw new ApiError(response.status, body);
  return body;
}

function assignments(words) {
  if (words.length === 0) throw new UsageError('update needs at least one KEY=VALUE');
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at < 1) throw new UsageError(`not KEY=VALUE: ${word}`);
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

function commandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { 'per-page': { type: 'string', default: '100' } },
    });
  } catch (error) {
    throw new UsageError(error.message);
  }
}

async function main() {
  const { values, positionals } = commandLine();
  const [command, email, ...rest] = positionals;
  if (command !== 'list' && !email) throw new UsageError('a command and an e-mail address are needed');

  const guests = new Guests(
    setting('TALLYFY_BASE_URL'),
    setting('TALLYFY_ORG_ID'),
    setting('TALLYFY_ACCESS_TOKEN'),
  );
  switch (command) {
    case 'list':
      return guests.list(values['per-page']);
    case 'get':
      return guests.get(email);
    case 'create': {
      const [first_name, last_name, company_name] = rest;
      return guests.create({ email, first_name, last_name, company_name });
    }
    case 'update':
      return guests.update(email, assignments(rest));
    case 'remove':
      return guests.remove(email);
    default:
      throw new UsageError(`unknown command: ${command}`);
  }
}

try {
  console.log(JSON.stringify(await main(), null, 2));
} catch (error) {
  console.error(`guests: ${error.message}`);
  error.fields?.forEach((line) => console.error(line));
  if (error instanceof UsageError) console.error(USAGE);
  // exitCode rather than exit(): output to a pipe may not have been flushed yet.
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
