// One application, in the ways that it can be watched. In CommonJS, where all of them are loaded as their READMEs say.
const { framework, way, dist, udpPort, httpPort } = JSON.parse(process.argv[2]);

const rate = Number(way.split(' ')[1]);
const context = !way.endsWith('no ids');
const isMetlog = way.startsWith('metlog');
const isSentry = way.startsWith('sentry');
const isOtel = way === 'opentelemetry';
let sentry;
let otelPlugin;

if (isSentry) {
  sentry = require('@sentry/node');
  sentry.init({ dsn: `http://public@127.0.0.1:${httpPort}/1`, tracesSampleRate: rate });
}
if (isOtel) {
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
  const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
  const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express');
  const { FastifyOtelInstrumentation } = require('@fastify/otel');
  otelPlugin = new FastifyOtelInstrumentation({ registerOnInitialization: true });
  new NodeSDK({
    traceExporter: new OTLPTraceExporter({ url: `http://127.0.0.1:${httpPort}/v1/traces` }),
    instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation(), otelPlugin],
  }).start();
}

const users = new Map([['42', { id: '42', name: 'Ada' }]]);

function startExpress() {
  const express = require('express');
  let app = express();
  if (isMetlog)
    app = require(`${dist}/express.cjs`).instrument(app, { metlog: metlog(), rate, ...(!context && { context }) });
  app.use(function auth(_request, _response, next) {
    setImmediate(next);
  });
  const router = express.Router();
  router.get('/:id', async (request, response) => {
    response.json(await Promise.resolve(users.get(request.params.id)));
  });
  app.use('/users', router);
  if (isSentry) sentry.setupExpressErrorHandler(app);
  const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  return () => server.closeAllConnections() || server.close();
}

async function startFastify() {
  let app = require('fastify')();
  if (isMetlog)
    app = require(`${dist}/fastify.cjs`).instrument(app, { metlog: metlog(), rate, ...(!context && { context }) });
  if (isSentry) sentry.setupFastifyErrorHandler(app);
  app.addHook('onRequest', function auth(_request, _reply, done) {
    setImmediate(done);
  });
  app.get('/users/:id', async (request) => users.get(request.params.id));
  await app.listen({ port: 0, host: '127.0.0.1' });
  process.send({ port: app.server.address().port });
  return () => app.close();
}

function metlog() {
  return require(`${dist}/node.cjs`).createMetlog({ logger: 'bench', dest: `udp://127.0.0.1:${udpPort}` });
}

const stop = framework === 'express' ? startExpress() : startFastify();
process.once('disconnect', async () => {
  (await stop)();
  process.exit(0);
});
