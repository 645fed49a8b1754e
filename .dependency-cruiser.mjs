/**
 * Who may import whom in src/: imports run one way, roots → web rooms → directory → connections → connectors → ground. A room may skip
 * downwards, never look up, and rooms of one height don't import each other. test/layers.test.ts (`npm run layers`) holds the code to it.
 */
const roots = ['main.ts', 'start.ts', 'app.ts', 'server.ts', 'demo.ts', 'cli.ts', 'cli/', 'openapi.ts', 'admin-client.ts']
const ground = ['contact.ts', 'errors.ts', 'keys.ts', 'language.ts', 'logger.ts', 'telemetry.ts']
const connections = ['connectors/', 'database/', ...ground]
const directory = ['connections/', ...connections]
const web = ['directory/', 'error-body.ts', 'inbox-routes.ts', 'texts/', ...directory]

/** What each room may import of src/, beside itself. A new room or file gets its line here. */
const rooms = {
  'plugin/': web,
  'consent/': web,
  'admin/': web,
  'messages/': web,
  'sending/': web,
  'events/': web,
  'api-docs/': ['connectors/', 'error-body.ts', ...ground],
  'metrics/': directory.filter((room) => room !== 'database/'),
  'pages/': ['error-body.ts', 'texts/', ...ground],
  'texts/': ['errors.ts', 'language.ts'],
  'error-body.ts': ['errors.ts'],
  'inbox-routes.ts': ['connections/', 'error-body.ts', 'errors.ts'],
  'config.ts': ['connectors/', 'errors.ts', 'keys.ts', 'setting-files.ts'],
  'setting-files.ts': ['connectors/'],
  'tracing/': ['connectors/', 'telemetry.ts'],
  'alerts.ts': ['connections/', 'connectors/', 'logger.ts', 'telemetry.ts'],
  'health.ts': ['connectors/', 'database/'],
  'directory/': directory,
  'connections/': connections,
  'connectors/': ['contact.ts', 'errors.ts', 'language.ts', 'telemetry.ts'],
  'database/': ['errors.ts', 'logger.ts'],
  'sandbox/': [],
  'contact.ts': [],
  'errors.ts': [],
  'keys.ts': [],
  'language.ts': [],
  'logger.ts': [],
  'telemetry.ts': ['errors.ts'],
}

/** A connector's only package. */
const sdks = { hubspot: '@hubspot/api-client', salesforce: 'jsforce' }
const fastifyRooms = [
  ...roots,
  'error-body.ts',
  'inbox-routes.ts',
  'health.ts',
  'tracing/',
  'plugin/',
  'consent/',
  'admin/',
  'api-docs/',
  'messages/',
  'sending/',
  'events/',
  'pages/',
  'sandbox/',
]
/** Compiled into each connector's contact-writer.wasm, which contact-writer.ts reads: what they have in common, and what is one's own. */
const commonAssembly = '^src/connectors/assembly/'
const assembly = [commonAssembly, '^src/connectors/[^/]+/assembly/']
/** Loaded by pages. */
const forBrowsers = '^src/pages/script\\.js$'
const databasePackages = '(@prisma|prisma|pglite-prisma-adapter|@electric-sql|pg)/'

/** Paths of rooms (with a slash at the end) and files in src/, as a regular expression. */
const src = (...names) => `^src/(${names.map((name) => name.replace(/\.ts$/, '\\.ts$')).join('|')})`
const npm = (pattern) => `node_modules/${pattern}`
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

export default {
  forbidden: [
    ...Object.entries(rooms).map(([room, others]) =>
      rule(
        `room-${room.replace(/\/$|\.ts$/, '')}`,
        `${room} imports of src/ only ${[room, ...others].join(', ')}.`,
        { path: src(room) },
        { path: '^src/', pathNot: src(room, ...others) },
      ),
    ),
    rule(
      'room-unknown',
      'A new room or file of src/ needs a line in .dependency-cruiser.mjs.',
      {},
      { path: '^src/', pathNot: src(...roots, ...Object.keys(rooms)) },
    ),
    rule(
      'roots-and-config',
      'The roots put the server together: they and the tests import them and the configuration, nobody else does.',
      { path: '^src/', pathNot: src(...roots) },
      { path: src(...roots, 'config.ts') },
    ),
    rule(
      'pages-in-app',
      'app.ts gives the rooms their pages: a room imports pages/ no more than Fastify imports its plugins.',
      { path: '^src/', pathNot: src('app.ts', 'pages/') },
      { path: src('pages/') },
    ),
    rule(
      'sandbox-in-demo',
      'The bridge knows nothing of its stand-ins: only the demo and the tests start them.',
      { path: '^src/', pathNot: src('demo.ts', 'sandbox/') },
      { path: src('sandbox/') },
    ),
    rule(
      'connectors-by-registry',
      'Only connectors/index.ts knows which CRMs there are.',
      { path: '^src/', pathNot: src('connectors/') },
      { path: src('connectors/[^/]+/') },
    ),
    rule(
      'connector-alone',
      'A connector’s folder imports of connectors/ what lies beside the folders, but not the registry, nor another connector.',
      { path: '^src/connectors/([^/]+)/' },
      { path: src('connectors/index.ts', 'connectors/[^/]+/'), pathNot: ['^src/connectors/$1/', commonAssembly] },
    ),
    rule(
      'connector-contract',
      'What lies beside the connectors’ folders stands without any CRM.',
      { path: src('connectors/'), pathNot: ['^src/connectors/[^/]+/', '^src/connectors/index\\.ts$'] },
      { path: src('connectors/[^/]+/', 'connectors/index.ts'), pathNot: commonAssembly },
    ),
    ...Object.entries(sdks).flatMap(([crm, sdk]) => [
      rule(
        `sdk-${crm}`,
        `Of packages, connectors/${crm}/ imports only ${sdk}, and types of json-schema-to-ts.`,
        { path: src(`connectors/${crm}/`) },
        { path: npm(''), pathNot: [npm(`${sdk}/`), npm('json-schema-to-ts/')] },
      ),
      rule(
        `sdk-${crm}-elsewhere`,
        `Only connectors/${crm}/ imports ${sdk}.`,
        { path: '^src/', pathNot: src(`connectors/${crm}/`) },
        { path: npm(`${sdk}/`) },
      ),
    ]),
    rule(
      'connector-without-sdk',
      'A connector’s package needs a line in .dependency-cruiser.mjs.',
      { path: src('connectors/'), pathNot: Object.keys(sdks).map((crm) => src(`connectors/${crm}/`)) },
      { path: npm(''), pathNot: npm('json-schema-to-ts/') },
    ),
    rule(
      'connector-network',
      'A connector reaches its CRM through the session’s http, which holds deadline and budget. Their compiled modules are read from files.',
      { path: src('connectors/'), pathNot: src('connectors/contact-writer.ts') },
      { path: '^(http|http2|https|net|tls|dgram|fs|child_process|worker_threads)($|/)' },
    ),
    rule(
      'fastify-outside',
      'Only the rooms that speak HTTP know Fastify.',
      { path: '^src/', pathNot: src(...fastifyRooms) },
      { path: npm('(fastify|@fastify)/') },
    ),
    rule(
      'database-by-stores',
      'Only database/, the roots and files named *-store.ts use the database; others may know its types.',
      { path: '^src/', pathNot: [src(...roots, 'database/'), '-store\\.ts$'] },
      { path: src('database/'), dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'prisma-by-stores',
      'Only database/ and files named *-store.ts use Prisma and the drivers beneath it; others may know their types.',
      { path: '^src/', pathNot: [src('database/'), '-store\\.ts$'] },
      { path: [npm(databasePackages), '^src/database/generated/'], dependencyTypesNot: ['type-only'] },
    ),
    rule('no-circle', 'Modules that need each other are one module, or three.', {}, { circular: true }),
    rule('no-orphan', 'A module imports or is imported.', { orphan: true, pathNot: forBrowsers }, {}),
    rule(
      'no-test-only',
      'What only the tests use belongs in test/.',
      { path: src('main.ts', 'cli.ts', 'demo.ts') },
      { path: '^src/', pathNot: [src(...roots), '^src/database/generated/', ...assembly, forBrowsers], reachable: false },
    ),
    rule('no-test-in-src', 'Production code imports no tests.', { path: '^src/' }, { path: '^(test|prisma)/' }),
    rule(
      'no-dev-package',
      'Production code imports no development dependency.',
      { path: '^src/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'no-unlisted-package',
      'A package that is imported stands in package.json.',
      {},
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    rule('no-unresolvable', 'An import leads somewhere.', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^src/database/generated/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
