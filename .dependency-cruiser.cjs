/**
 * The direction of imports, as a rule instead of good will: a room of the local cloud imports only from rooms above it
 * in this list, a service never imports another, and the help desk never imports the local cloud. Tests are free.
 */
const ROOMS = [
  'template',
  'policy',
  'protocols',
  'kernel',
  'services',
  'runtime',
  'doors',
  'build',
  'check',
  'cost',
  'console',
  'cli',
];

const roomRules = ROOMS.slice(0, -1).map((room, index) => ({
  name: `${room}-imports-only-from-above`,
  severity: 'error',
  from: { path: `^local/${room}/` },
  to: { path: `^local/(${ROOMS.slice(index + 1).join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'services-are-apart',
      comment: 'They call each other through dispatch.',
      severity: 'error',
      from: { path: '^local/services/([^/]+)/' },
      to: { path: '^local/services/', pathNot: '^local/services/$1/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'The help desk itself knows no AWS, no database and no Node.',
      severity: 'error',
      from: { path: '^domain/' },
      to: { pathNot: '^domain/' },
    },
    {
      name: 'functions-are-apart',
      comment: 'What several need is in domain/, database/, api/ or the layer.',
      severity: 'error',
      from: { path: '^functions/([^/]+)/' },
      to: { path: '^functions/', pathNot: '^functions/$1/' },
    },
    {
      name: 'backend-knows-no-local-cloud',
      severity: 'error',
      from: { path: '^(api|database|domain|functions|layers)/' },
      to: { path: '^local/' },
    },
    { name: 'nothing-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^node:' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: {
      path: [
        '\\.test\\.ts$',
        '/dist/',
        '/fixtures/',
        '/testing\\.ts$',
        '/testing/',
        '\\.fixture\\.ts$',
        '/\\.sampan/',
        '/\\.aws-sam/',
      ],
    },
    parser: 'swc',
    tsPreCompilationDeps: false,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
