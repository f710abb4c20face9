// The messages of the report's benchmark, as SQL: what many services say in some days. All is told by `hash`, so that it is the same each time.

const RELEASES = ['2026.11.1', '2026.11.2', '2026.11.3', '2026.11.4', '2026.11.5'];
const LOGGERS = [
  ...['shop', 'cart', 'checkout', 'search', 'auth', 'billing', 'stock', 'mail', 'images', 'prices'],
  ...['reviews', 'returns', 'coupons', 'gifts', 'profile', 'wishlist', 'shipping', 'tax', 'fraud', 'export'],
  ...['import', 'reports', 'queue', 'cron', 'gateway', 'admin', 'web', 'web-admin', 'mobile', 'kiosk'],
];
const STEPS = ['request', 'render', 'load', 'save', 'cache.hit', 'cache.miss', 'query', 'retry', 'publish', 'parse'];
const ERROR_TYPES = ['TypeError', 'RangeError', 'PaymentDeclined', 'TimeoutError', 'ValidationError', 'Error'];
const COUNTER_NAMES = 100;
const TIMER_NAMES = 80;
const GAUGE_NAMES = 20;
const FINGERPRINTS = 60;
/** Of the fingerprints, those that are new in the last hour. */
const NEW_FINGERPRINTS = 2;
const USERS = 100_000;
/** Neighbouring messages whose loggers each handle one request: about sixteen messages a request. */
const REQUEST_SPAN = 480;
/** It says nothing in the last hour. */
const SILENT_LOGGER = 13;
const HOUR_US = 3_600_000_000;
/** One in so many messages tells of a deployment. */
const DEPLOY_EVERY = 250_000;

/** What `rowsSql` stands on. */
export const MACROS_SQL = [
  `CREATE MACRO u(i, k) AS (hash(i, k) % 1000000) / 1e6`,
  `CREATE MACRO uuid_of(text) AS substr(md5(text), 1, 8) || '-' || substr(md5(text), 9, 4) || '-4' || substr(md5(text), 14, 3) || '-8' || substr(md5(text), 18, 3) || '-' || substr(md5(text), 21, 12)`,
];

/** A table of the 200 metric names, and one of what is said of each kind of exception. */
export function lookupsSql() {
  const names = Array.from({ length: COUNTER_NAMES + TIMER_NAMES + GAUGE_NAMES }, (_, index) => {
    const step = STEPS[(index * 3) % STEPS.length];
    return `(${index}, '${LOGGERS[index % LOGGERS.length]}.${step}${index >= 30 ? `.${Math.floor(index / 30)}` : ''}')`;
  });
  const errors = Array.from(
    { length: FINGERPRINTS },
    (_, index) =>
      `(${index}, '${fingerprint(index)}', '${errorType(index)}', '${exceptionJson(index).replaceAll("'", "''")}', '${traceback(index).replaceAll("'", "''")}')`,
  );
  return [
    `CREATE TABLE names AS SELECT * FROM (VALUES ${names.join(', ')}) AS given(index, name)`,
    `CREATE TABLE errors AS SELECT * FROM (VALUES ${errors.join(', ')}) AS given(index, fingerprint, error_type, exception, traceback)`,
  ];
}

/** The rows of one day out of the table `slots(slot, dt, first, count, from_us, length_us)`, with the columns of the archive and their slot. */
export function rowsSql(dt, endUs) {
  const list = (texts) => `[${texts.map((text) => `'${text}'`).join(', ')}]`;
  return `WITH numbered AS (
    SELECT slot, first, count, from_us, length_us, first + unnest(range(count)) AS i FROM slots WHERE dt = '${dt}'
  ), timed AS (
    SELECT slot, i, from_us + ((i - first + u(i, 0)) / count * length_us)::BIGINT AS received_us, u(i, 1) AS dice FROM numbered
  ), kinds AS (
    SELECT *,
      CASE WHEN i % ${DEPLOY_EVERY} = 7 THEN 'deploy' WHEN dice < 0.475 THEN 'counter' WHEN dice < 0.775 THEN 'timer' WHEN dice < 0.825 THEN 'gauge'
        WHEN dice < 0.935 THEN 'log' WHEN dice < 0.975 THEN 'order.placed' WHEN dice < 0.995 THEN 'search.performed' ELSE 'exception' END AS type,
      CASE type WHEN 'counter' THEN (pow(u(i, 2), 2) * ${COUNTER_NAMES})::INT % ${COUNTER_NAMES}
        WHEN 'timer' THEN ${COUNTER_NAMES} + (pow(u(i, 2), 2) * ${TIMER_NAMES})::INT % ${TIMER_NAMES}
        WHEN 'gauge' THEN ${COUNTER_NAMES + TIMER_NAMES} + (u(i, 2) * ${GAUGE_NAMES})::INT % ${GAUGE_NAMES} END AS name_index,
      CASE WHEN type = 'exception' THEN (pow(u(i, 3), 3) * ${FINGERPRINTS})::INT % CASE WHEN received_us > ${endUs - HOUR_US} THEN ${FINGERPRINTS} ELSE ${FINGERPRINTS - NEW_FINGERPRINTS} END END AS error_index
    FROM timed
  ), places AS (
    SELECT *, (coalesce(name_index * 7, error_index * 11, (u(i, 4) * 30)::INT) + (pow(u(i, 5), 2) * 3)::INT) % 30 AS drawn_logger,
      CASE WHEN drawn_logger = ${SILENT_LOGGER} AND received_us > ${endUs - HOUR_US} THEN 0 ELSE drawn_logger END AS logger_index,
      logger_index * 3 + (u(i, 6) * 3)::INT % 3 AS host_index,
      CASE WHEN u(i, 7) < 0.6 THEN i // ${REQUEST_SPAN} * 30 + logger_index END AS request,
      ${list(RELEASES)}[greatest(1, ${RELEASES.length} + (received_us - ${endUs - HOUR_US}) // ${36 * HOUR_US})] AS release,
      CASE WHEN type IN ('counter', 'timer') AND name_index % 4 = 0 THEN 0.1 ELSE 1 END AS sampled
    FROM kinds
  ), told AS (
    SELECT places.*, names.name AS name, errors.fingerprint, errors.error_type, errors.exception, errors.traceback,
      CASE type WHEN 'counter' THEN CASE WHEN u(i, 8) < 0.9 THEN 1 ELSE 1 + (u(i, 9) * 20)::INT END
        WHEN 'timer' THEN round(exp(2 + name_index % 5 + 2 * (u(i, 8) + u(i, 9) + u(i, 10) - 1.5)), 2)
        WHEN 'gauge' THEN round(100 * name_index % 7 + 50 * sin(received_us / 1e6 / 7200) + 10 * u(i, 8)) END AS value
    FROM places LEFT JOIN names ON names.index = name_index LEFT JOIN errors ON errors.index = error_index
  )
  SELECT slot,
    make_timestamp_ms(received_us // 1000 - 50 - (u(i, 11) * 250)::BIGINT) AS timestamp,
    make_timestamp_ms(received_us // 1000) AS received,
    type,
    ${list(LOGGERS)}[1 + logger_index] AS logger,
    (CASE WHEN type = 'exception' THEN 3 WHEN type = 'log' THEN CASE WHEN u(i, 8) < 0.02 THEN 3 WHEN u(i, 8) < 0.1 THEN 4 WHEN u(i, 8) < 0.8 THEN 6 ELSE 7 END ELSE 6 END)::INTEGER AS severity,
    CASE type WHEN 'log' THEN ['request ', 'job ', 'session ', 'message '][1 + (u(i, 12) * 4)::INT % 4] || (u(i, 13) * 1000000)::INT || [' done', ' started', ' took too long, tried again', ' answered by the cache'][1 + (u(i, 14) * 4)::INT % 4]
      WHEN 'exception' THEN replace(traceback, '%id%', ((u(i, 13) * 1000000)::INT)::VARCHAR) WHEN 'deploy' THEN release
      WHEN 'counter' THEN (value::BIGINT)::VARCHAR WHEN 'timer' THEN value::VARCHAR WHEN 'gauge' THEN value::VARCHAR ELSE '' END AS payload,
    'host-' || host_index AS hostname,
    (1000 + host_index * 17 + i // 2000000)::BIGINT AS pid,
    substr(md5('${dt}' || host_index), 1, 16) AS sender,
    i AS seq,
    name,
    value::DOUBLE AS value,
    CASE WHEN name IS NOT NULL THEN sampled END::DOUBLE AS rate,
    fingerprint,
    error_type,
    '{"release":"' || release || '","environment":"production"' ||
      CASE WHEN request IS NULL THEN '' ELSE ',"request_id":"' || uuid_of('r' || request) || '"' || CASE WHEN logger_index % 6 = 0 THEN ',"trace_id":"' || md5('t' || request) || '","span_id":"' || substr(md5('s' || i), 1, 16) || '"' ELSE '' END END ||
      CASE type WHEN 'counter' THEN ',"name":"' || name || '","rate":' || sampled::DECIMAL(2,1) WHEN 'timer' THEN ',"name":"' || name || '","rate":' || sampled::DECIMAL(2,1) || CASE WHEN u(i, 12) < 0.01 THEN ',"error":true' ELSE '' END
        WHEN 'gauge' THEN ',"name":"' || name || '"'
        WHEN 'order.placed' THEN ',"userId":"u' || (u(i, 12) * ${USERS})::INT || '","total":' || round(u(i, 13) * 300, 2) || ',"currency":"EUR","items":' || (u(i, 14) * 7)::INT || ',"country":"' || ['DE', 'AT', 'CH', 'FR', 'NL', 'PL'][1 + (u(i, 15) * 6)::INT % 6] || '"'
        WHEN 'search.performed' THEN ',"userId":"u' || (u(i, 12) * ${USERS})::INT || '","terms":"' || ['shoes', 'red shirt', 'coffee', 'garden', 'lamp', 'books'][1 + (u(i, 15) * 6)::INT % 6] || '","hits":' || (u(i, 14) * 500)::INT
        WHEN 'log' THEN CASE WHEN u(i, 15) < 0.3 THEN ',"userId":"u' || (u(i, 12) * ${USERS})::INT || '"' ELSE '' END
        WHEN 'exception' THEN ',"exception":' || replace(exception, '%id%', ((u(i, 13) * 1000000)::INT)::VARCHAR)
        WHEN 'deploy' THEN ',"version":"' || release || '"' ELSE '' END || '}' AS metadata
  FROM told`;
}

const fingerprint = (index) =>
  ((0x9e3779b97f4a7c15n * BigInt(index + 1)) & 0xffffffffffffffffn).toString(16).padStart(16, '0');
const errorType = (index) => ERROR_TYPES[index % ERROR_TYPES.length];

function framesOf(index) {
  return Array.from({ length: 6 + (index % 5) }, (_, depth) => ({
    function: `${STEPS[(index + depth) % STEPS.length].replace('.', '')}${depth}`,
    filename:
      depth < 3
        ? `/srv/app/node_modules/express/lib/router/layer${depth}.js`
        : `/srv/app/src/${LOGGERS[(index * 11) % 30]}/step${depth}.js`,
    lineno: 10 + index + depth * 13,
    colno: 7 + depth,
    in_app: depth >= 3,
  }));
}

function exceptionJson(index) {
  const frames = framesOf(index).map((frame, depth) =>
    frame.in_app
      ? {
          ...frame,
          context_line: `  const result = await step${depth}(order, options);`,
          pre_context: ['async function handle(order, options) {', '  if (order === undefined) return null;'],
          post_context: ['  return result;', '}'],
          vars: {
            order: { id: 'order-%id%', items: [1, 2, 3], total: 10 * index },
            options: { retry: true, depth },
            attempt: depth,
          },
        }
      : frame,
  );
  return JSON.stringify({
    type: errorType(index),
    value: `${errorType(index)} ${index}: order %id% was refused`,
    frames,
    fingerprint: fingerprint(index),
    mechanism: index % 3 === 0 ? 'uncaughtException' : 'generic',
    handled: index % 3 !== 0,
  });
}

const traceback = (index) =>
  [`${errorType(index)}: ${errorType(index)} ${index}: order %id% was refused`]
    .concat(
      framesOf(index)
        .toReversed()
        .map(
          (frame) =>
            `    at ${frame.function} (${frame.filename}:${frame.lineno}:${frame.colno})${frame.in_app ? "\n        order = { id: 'order-%id%' }" : ''}`,
        ),
    )
    .join('\n');
