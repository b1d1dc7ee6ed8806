// A guest: the columns of its row, its JSON, and the JSON schemas with which
// Fastify checks what comes in and compiles the serializer of what goes out.

const text = { type: 'string', nullable: true };
const count = { type: 'integer' };
const userId = { type: 'integer', nullable: true };

const ROW = [
  'id', 'code', 'email', 'first_name', 'last_name', 'status', 'phone_1', 'phone_2',
  'company_name', 'company_url', 'contact_url', 'image_url', 'opportunity_url', 'opportunity_name',
  'timezone', 'external_sync_source', 'external_date_creation', 'cadence_days', 'associated_members',
  'last_accessed_at', 'last_known_ip', 'last_known_country', 'last_city', 'last_country',
  'disabled_at', 'disabled_by', 'reactivated_at', 'reactivated_by', 'created_at', 'deleted_at',
];
export const COLUMNS = ROW.join(', ');

export const STATISTICS = [
  'assigned_tasks', 'tasks_completed', 'last_task_completed_at',
  'one_off_tasks_completed', 'last_one_off_task_completed_at',
].join(', ');

const guestSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    email: { type: 'string' },
    first_name: text, last_name: text,
    last_accessed_at: text, last_known_ip: text, last_known_country: text,
    created_at: { type: 'string' }, deleted_at: text, disabled_at: text,
    link: { type: 'string' },
    details: {
      type: 'object',
      properties: {
        first_name: text, last_name: text,
        status: { type: 'string' },
        phone_1: text, phone_2: text,
        company_name: text, company_url: text, contact_url: text, image_url: text,
        opportunity_url: text, opportunity_name: text,
        timezone: text,
        disabled_on: text, disabled_at: text, disabled_by: userId,
        reactivated_at: text, reactivated_by: userId,
        external_sync_source: text, external_date_creation: text,
        cadence_days: { type: 'array', items: { type: 'string' }, nullable: true },
        associated_members: { type: 'array', items: { type: 'integer' }, nullable: true },
        last_city: text, last_country: text, last_accessed_at: text,
      },
    },
    stats: {
      type: 'object',
      properties: {
        active_tasks: count, completed_tasks: count, assigned_tasks: count,
        tasks_completed: count, last_task_completed_at: text,
        one_off_tasks_completed: count, last_one_off_task_completed_at: text,
      },
    },
  },
};

const listSchema = {
  type: 'object',
  properties: {
    data: { type: 'array', items: guestSchema },
    meta: {
      type: 'object',
      properties: {
        pagination: {
          type: 'object',
          properties: {
            total: count, count, per_page: count, current_page: count, total_pages: count,
            has_more_pages: { type: 'boolean' },
            links: { type: 'object', properties: { previous: { type: 'string' }, next: { type: 'string' } } },
          },
        },
      },
    },
  },
};

const upTo = (maxLength) => ({ type: 'string', maxLength, nullable: true });
const address = { type: 'string', format: 'uri', maxLength: 2048, nullable: true };

export const LIST = {
  querystring: {
    type: 'object',
    properties: {
      page: { type: 'integer', minimum: 1, default: 1 },
      per_page: { type: 'integer', minimum: 1, default: 999 },
      with: { type: 'string', default: '' },
      cursor: { type: 'string', maxLength: 200 },
    },
  },
  response: { 200: listSchema },
};

export const CREATE = {
  body: {
    type: 'object',
    required: ['email'],
    properties: {
      email: { type: 'string', format: 'email', maxLength: 254 },
      first_name: upTo(200), last_name: upTo(200), status: upTo(200),
      phone: upTo(20), phone_1: upTo(20), phone_2: upTo(20),
      company_name: upTo(200), opportunity_name: upTo(200),
      company_url: address, contact_url: address, image_url: address, opportunity_url: address,
      timezone: upTo(64),
      external_sync_source: { type: 'string', enum: ['salesforce', null], nullable: true },
      external_date_creation: {
        type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}$', nullable: true,
      },
      associated_members: { type: 'array', items: { type: 'integer', minimum: 1 }, maxItems: 200, nullable: true },
    },
  },
  response: { 201: { type: 'object', properties: { data: guestSchema } } },
};

export function guestOf(row, publicUrl) {
  return {
    id: row.code,
    email: row.email,
    first_name: row.first_name,
    last_name: row.last_name,
    last_accessed_at: row.last_accessed_at,
    last_known_ip: row.last_known_ip,
    last_known_country: row.last_known_country,
    created_at: row.created_at,
    deleted_at: row.deleted_at,
    disabled_at: row.disabled_at,
    link: `${publicUrl}/guest/${row.code}`,
    details: {
      first_name: row.first_name,
      last_name: row.last_name,
      status: row.disabled_at === null ? row.status : 'disabled',
      phone_1: row.phone_1,
      phone_2: row.phone_2,
      company_name: row.company_name,
      company_url: row.company_url,
      contact_url: row.contact_url,
      image_url: row.image_url,
      opportunity_url: row.opportunity_url,
      opportunity_name: row.opportunity_name,
      timezone: row.timezone,
      disabled_on: row.disabled_at,
      disabled_at: row.disabled_at,
      disabled_by: row.disabled_by,
      reactivated_at: row.reactivated_at,
      reactivated_by: row.reactivated_by,
      external_sync_source: row.external_sync_source,
      external_date_creation: row.external_date_creation,
      cadence_days: row.cadence_days === null ? null : JSON.parse(row.cadence_days),
      associated_members: row.associated_members === null ? null : JSON.parse(row.associated_members),
      last_city: row.last_city,
      last_country: row.last_country,
      last_accessed_at: row.last_accessed_at,
    },
  };
}

// `counted` is anything that has the five counted values: the row itself, a row
// of a grouped statement, or undefined for a guest without tasks.
export function statisticsOf(counted) {
  const assigned = counted?.assigned_tasks ?? 0;
  const process = counted?.tasks_completed ?? 0;
  const oneOff = counted?.one_off_tasks_completed ?? 0;
  return {
    active_tasks: assigned,
    completed_tasks: process + oneOff,
    assigned_tasks: assigned,
    tasks_completed: process,
    last_task_completed_at: counted?.last_task_completed_at ?? null,
    one_off_tasks_completed: oneOff,
    last_one_off_task_completed_at: counted?.last_one_off_task_completed_at ?? null,
  };
}
