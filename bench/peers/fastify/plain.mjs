// The plain server: what a good engineer would write in a day. Totals are
// counted, pages are skipped to with OFFSET, statistics are grouped over the
// tasks of the page's guests; every statement is prepared and has its index.

import { COLUMNS } from './lib/guest.mjs';
import { guestInsert, serve } from './lib/server.mjs';

await serve((db) => {
  const total = db.prepare('SELECT COUNT(*) FROM guests WHERE organization_id = ? AND deleted_at IS NULL').pluck();
  const page = db.prepare(`
    SELECT ${COLUMNS} FROM guests
    WHERE organization_id = ? AND deleted_at IS NULL
    ORDER BY created_at, id LIMIT ? OFFSET ?`);
  const statisticsOfPage = db.prepare(`
    SELECT guest_id,
      COUNT(*) FILTER (WHERE completed_at IS NULL) AS assigned_tasks,
      COUNT(*) FILTER (WHERE completed_by_guest AND run_id IS NOT NULL) AS tasks_completed,
      MAX(completed_at) FILTER (WHERE completed_by_guest AND run_id IS NOT NULL) AS last_task_completed_at,
      COUNT(*) FILTER (WHERE completed_by_guest AND run_id IS NULL) AS one_off_tasks_completed,
      MAX(completed_at) FILTER (WHERE completed_by_guest AND run_id IS NULL) AS last_one_off_task_completed_at
    FROM tasks
    WHERE guest_id IN (SELECT value FROM json_each(?)) AND archived_at IS NULL
    GROUP BY guest_id`);
  const insert = guestInsert(db);

  return {
    list(organization, { page: number, perPage, statistics }) {
      const rows = page.all(organization, perPage, (number - 1) * perPage);
      const counted = new Map();
      if (statistics) {
        const ids = JSON.stringify(rows.map((row) => row.id));
        for (const row of statisticsOfPage.iterate(ids)) counted.set(row.guest_id, row);
      }
      return { total: total.get(organization), rows, counted: (index) => counted.get(rows[index].id) };
    },
    create: db.transaction(insert),
  };
});
