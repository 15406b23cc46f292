/** One configuration for every test of the repository: `npm test -- local/kernel` runs one room. */
export default {
  testEnvironment: '<rootDir>/tests/environment.cjs',
  roots: [
    '<rootDir>/api',
    '<rootDir>/database',
    '<rootDir>/domain',
    '<rootDir>/functions',
    '<rootDir>/layers',
    '<rootDir>/local',
    '<rootDir>/tests',
  ],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/\\.sampan/', '/\\.aws-sam/', '<rootDir>/tests/sam-local/'],
  modulePathIgnorePatterns: ['<rootDir>/.aws-sam/', '<rootDir>/.sampan/', '<rootDir>/local/dist/'],
  transform: {
    '\\.sql$': '<rootDir>/database/jest-sql-text.cjs',
    '^.+\\.[cm]?tsx?$': [
      '@swc/jest',
      {
        jsc: { target: 'es2024', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
        sourceMaps: true,
      },
    ],
  },
  moduleNameMapper: {
    '^fast-check$': '<rootDir>/tests/seed.cjs',
    // As the layer's build has it.
    '^cls-hooked(?:/context)?$': '<rootDir>/layers/shared/src/tracing/contexts.ts',
  },
  globalSetup: '<rootDir>/tests/shared.mjs',
  testSequencer: '<rootDir>/tests/sequencer.cjs',
  reporters: ['default', '<rootDir>/tests/reporter.cjs'],
  // Many tests wait for time-outs: two cores serve three.
  maxWorkers: 3,
  // What starts processes takes its time on a machine that has other things to do.
  testTimeout: 60_000,
};
