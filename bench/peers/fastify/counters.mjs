// The same server with Hospes' ideas, to compare like for like: statistics and
// totals are counters kept by the writes, a page is sought by key, and a page
// number finds its key through sparse anchors.

import { COLUMNS, STATISTICS } from './lib/guest.mjs';
import { Refusal, guestInsert, serve } from './lib/server.mjs';

const ANCHOR_EVERY = 1000;
const BEFORE_ALL = { created_at: '', id: 0 };

await serve((db) => {
  // plain.mjs does not keep the totals; make up for what it may have added to
  // this file since the last start.
  db.exec(`
    UPDATE organizations SET guest_count =
      (SELECT COUNT(*) FROM guests WHERE organization_id = organizations.id AND deleted_at IS NULL)`);

  const standing = db.prepare('SELECT guest_count, revision FROM organizations WHERE id = ?');
  const countOneMore = db.prepare('UPDATE organizations SET guest_count = guest_count + 1 WHERE id = ?');
  const insert = guestInsert(db);
  const anchors = anchorsOver(db);

  // The page from a key on, with `skip` rows left out.
  const seek = (columns) => db.prepare(`
    SELECT ${columns} FROM guests
    WHERE organization_id = ? AND deleted_at IS NULL AND (created_at, id) >= (?, ?)
    ORDER BY created_at, id LIMIT ? OFFSET ?`);
  const plainPage = seek(COLUMNS);
  const countedPage = seek(`${COLUMNS}, ${STATISTICS}`);

  return {
    list(organization, { page, perPage, cursor, statistics }) {
      const { guest_count: total, revision } = standing.get(organization);
      const offset = (page - 1) * perPage;
      const from = cursor === undefined
        ? anchors.before(organization, revision, Math.min(offset, total))
        : { key: keyOf(cursor), position: offset };
      const statement = statistics ? countedPage : plainPage;
      // One row more than asked for is the start of the next page.
      const rows = statement.all(
        organization, from.key.created_at, from.key.id, perPage + 1, offset - from.position,
      );
      const next = rows.length > perPage ? cursorOf(rows.pop()) : undefined;
      return { total, rows, counted: (index) => rows[index], next };
    },

    create: db.transaction((organization, body) => {
      const row = insert(organization, body);
      countOneMore.run(organization);
      anchors.forgetAfter(organization, row);
      return row;
    }),
  };
});

// The key of every ANCHOR_EVERYth guest of an organization, found as far as it
// was asked for. A new guest comes last, so appending leaves them true.
function anchorsOver(db) {
  const further = db.prepare(`
    SELECT created_at, id FROM guests
    WHERE organization_id = ? AND deleted_at IS NULL AND (created_at, id) >= (?, ?)
    ORDER BY created_at, id LIMIT 1 OFFSET ${ANCHOR_EVERY}`);
  const known = new Map();

  return {
    // The last anchor at or before a position: its key and its own position.
    before(organization, revision, position) {
      let kept = known.get(organization);
      if (kept?.revision !== revision) {
        kept = { revision, keys: [BEFORE_ALL] };
        known.set(organization, kept);
      }
      const wanted = Math.floor(position / ANCHOR_EVERY);
      while (kept.keys.length <= wanted) {
        const last = kept.keys.at(-1);
        const key = further.get(organization, last.created_at, last.id);
        if (!key) break;
        kept.keys.push(key);
      }
      const index = Math.min(wanted, kept.keys.length - 1);
      return { key: kept.keys[index], position: index * ANCHOR_EVERY };
    },

    // A guest put in anywhere but last (the clock went back) moves what follows.
    forgetAfter(organization, row) {
      const keys = known.get(organization)?.keys ?? [];
      while (keys.length > 1 && comesBefore(row, keys.at(-1))) keys.pop();
    },
  };
}

function comesBefore(one, other) {
  return one.created_at < other.created_at || (one.created_at === other.created_at && one.id < other.id);
}

function cursorOf(row) {
  return Buffer.from(JSON.stringify([row.created_at, row.id])).toString('base64url');
}

function keyOf(cursor) {
  try {
    const [createdAt, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (typeof createdAt === 'string' && Number.isSafeInteger(id)) return { created_at: createdAt, id };
  } catch {
    // Answered below, like any other cursor that is not one of ours.
  }
  throw new Refusal(422, 'The given data was invalid.', { cursor: ['Unknown cursor.'] });
}
