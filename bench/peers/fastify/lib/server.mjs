// What the two servers have in common: sign-in, validation, error bodies, the
// envelope of a list and of a guest. They differ in the store alone, which is
// made from the open database and answers two questions:
//
//   list(organization, { page, perPage, cursor, statistics })
//     -> { total, rows, counted, next }: the page's rows; the statistics of the
//        nth row; the cursor of the next page, where the store has cursors
//   create(organization, guest) -> the new row, or throws a Refusal

import { hash, randomBytes } from 'node:crypto';
import Fastify from 'fastify';
import { openDatabase } from './database.mjs';
import { COLUMNS, CREATE, LIST, guestOf, statisticsOf } from './guest.mjs';
import { readOptions } from './options.mjs';

const PER_PAGE_CAP = 1000;

export class Refusal extends Error {
  constructor(status, message, errors = {}) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export async function serve(makeStore) {
  const { db: file, port } = readOptions({ db: undefined, port: 0 });
  const db = openDatabase(file);
  const store = makeStore(db);

  const app = Fastify({
    logger: false,
    ajv: { customOptions: { allErrors: true, coerceTypes: 'array' } },
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(() => {
    throw new Refusal(404, 'There is nothing at this address.');
  });
  app.decorateRequest('organization', '');
  app.addHook('onRequest', signIn(db));

  let publicUrl;
  app.get('/organizations/:organization/guests', { schema: LIST }, (request, reply) => {
    const { page, cursor } = request.query;
    const perPage = Math.min(request.query.per_page, PER_PAGE_CAP);
    const statistics = request.query.with.split(',').includes('stats');
    const found = store.list(request.organization, { page, perPage, cursor, statistics });

    const data = found.rows.map((row, index) => {
      const guest = guestOf(row, publicUrl);
      if (statistics) guest.stats = statisticsOf(found.counted(index));
      return guest;
    });
    const lastPage = Math.max(1, Math.ceil(found.total / perPage));
    const links = {};
    const address = (change) => {
      const query = new URLSearchParams({ ...request.query, per_page: perPage, ...change });
      return `${request.protocol}://${request.host}${request.url.split('?', 1)[0]}?${query}`;
    };
    if (page > 1) links.previous = address({ page: page - 1 });
    if (page < lastPage) links.next = address({ page: page + 1 });
    if (found.next) reply.header('link', `<${address({ cursor: found.next })}>; rel="next"`);
    reply.send({
      data,
      meta: {
        pagination: {
          total: found.total,
          count: data.length,
          per_page: perPage,
          current_page: page,
          total_pages: lastPage,
          has_more_pages: page < lastPage,
          links,
        },
      },
    });
  });

  app.post('/organizations/:organization/guests', { schema: CREATE }, (request, reply) => {
    const row = store.create(request.organization, request.body);
    reply.code(201).send({ data: guestOf(row, publicUrl) });
  });

  await app.listen({ host: '127.0.0.1', port });
  publicUrl = `http://127.0.0.1:${app.server.address().port}`;
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await app.close();
      db.close();
    });
  }
  console.log(`ready ${publicUrl}`);
}

// The checks and the insert of a new guest, to be run inside the store's own
// transaction.
export function guestInsert(db) {
  const memberWithAddress = db.prepare(`
    SELECT 1 FROM users JOIN memberships ON memberships.user_id = users.id
    WHERE users.email = ? AND memberships.organization_id = ?`);
  const activeMember = db.prepare('SELECT 1 FROM memberships WHERE user_id = ? AND organization_id = ?');
  const fields = [
    'organization_id', 'code', 'email', 'first_name', 'last_name', 'status', 'phone_1', 'phone_2',
    'company_name', 'company_url', 'contact_url', 'image_url', 'opportunity_url', 'opportunity_name',
    'timezone', 'external_sync_source', 'external_date_creation', 'associated_members', 'created_at',
  ];
  const insert = db.prepare(`
    INSERT INTO guests (${fields.join(', ')}) VALUES (${fields.map((field) => `@${field}`).join(', ')})
    RETURNING ${COLUMNS}`);

  return (organization, body) => {
    if (memberWithAddress.get(body.email, organization)) {
      throw new Refusal(422, 'The given data was invalid.', { email: ['This address belongs to a member.'] });
    }
    for (const member of body.associated_members ?? []) {
      if (!activeMember.get(member, organization)) {
        throw new Refusal(422, 'The given data was invalid.', { associated_members: ['Not an active member.'] });
      }
    }
    const values = Object.fromEntries(fields.map((field) => [field, body[field] ?? null]));
    values.organization_id = organization;
    values.code = randomBytes(16).toString('hex');
    values.status ??= 'active';
    values.phone_1 ??= body.phone ?? null;
    values.associated_members &&= JSON.stringify(values.associated_members);
    values.created_at = `${new Date().toISOString().slice(0, 19)}Z`;
    try {
      return insert.get(values);
    } catch (error) {
      if (error.code !== 'SQLITE_CONSTRAINT_UNIQUE') throw error;
      throw new Refusal(422, 'The given data was invalid.', { email: ['This guest exists already.'] });
    }
  };
}

function signIn(db) {
  const find = db.prepare(`
    SELECT tokens.expires_at, memberships.role
    FROM tokens LEFT JOIN memberships
      ON memberships.user_id = tokens.user_id AND memberships.organization_id = ?
    WHERE tokens.hash = ?`);

  return (request, reply, done) => {
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    const organization = request.params.organization ?? '';
    const found = scheme === 'Bearer' && token && find.get(organization, hash('sha256', token, 'buffer'));
    if (!found || found.expires_at <= new Date().toISOString()) {
      return done(new Refusal(401, 'Unauthenticated.'));
    }
    if (organization && !found.role) {
      return done(new Refusal(403, 'You do not belong to this organization.'));
    }
    if (request.method !== 'GET' && found.role === 'light') {
      return done(new Refusal(403, 'Your role does not allow this.'));
    }
    request.organization = organization;
    return done();
  };
}

function answerError(error, request, reply) {
  if (error.validation) {
    const errors = {};
    for (const problem of error.validation) {
      const field = problem.params.missingProperty ?? problem.instancePath.split('/')[1] ?? error.validationContext;
      (errors[field] ??= []).push(problem.message);
    }
    return reply.code(422).send({ error: true, message: 'The given data was invalid.', errors });
  }
  const status = error.status ?? error.statusCode ?? 500;
  if (status >= 500) console.error(error);
  const message = status >= 500 ? 'Something went wrong.' : error.message;
  return reply.code(status).send({ error: true, message, errors: error.errors ?? {} });
}
