const { relative } = require('node:path');
const TestSequencer = require('@jest/test-sequencer').default;

/**
 * Which files start first: those that take long, so that none of them is still running when all others have ended. Those
 * that keep processors busy stand beside those that wait. What is not named starts in Jest's own order.
 */
const FIRST = [
  'tests/conformance/lambda/extensions',
  'tests/every-line/every-permission',
  'tests/every-line/every-way',
  'tests/e2e/secrets',
  'tests/conformance/lambda/telemetry-api',
  'tests/e2e/malformed',
  'tests/e2e/chaos',
  'tests/e2e/invoke',
  'tests/conformance/lambda/isolation',
  'local/services/rds/providers/db-instance',
  'tests/e2e/first-steps',
  'tests/e2e/rotation',
  'tests/e2e/malformed-services',
  'tests/e2e/tokens',
  'tests/e2e/attachments',
  'tests/e2e/notified',
  'tests/e2e/webhooks',
  'local/runtime/egress/egress',
  'local/runtime/sandbox/sandbox',
  'tests/e2e/reach',
  'tests/e2e/journey',
  'tests/e2e/package',
  'tests/conformance/lambda/recursion',
  'tests/conformance/lambda/deployments',
  'tests/e2e/surroundings',
  'tests/e2e/draft',
  'tests/conformance/lambda/api-functions',
  'tests/conformance/lambda/concurrency',
  'tests/differences/templates',
  'local/cli/check',
  'local/services/rds/server/server',
  'tests/conformance/iam/invocations',
  'tests/conformance/lambda/life-cycle',
  'tests/conformance/lambda/errors',
  'tests/conformance/lambda/updates-under-load',
  'tests/e2e/start-lambda',
  'local/runtime/launcher',
  'local/services/rds/server/fetched',
  'local/runtime/streaming',
  'tests/integration/pool/pool',
];

class Sequencer extends TestSequencer {
  sort(tests) {
    const rank = ({ path, context }) => {
      const name = relative(context.config.rootDir, path).replaceAll('\\', '/');
      return FIRST.findIndex((first) => name === `${first}.test.ts`);
    };
    const first = tests.filter((test) => rank(test) >= 0).sort((one, other) => rank(one) - rank(other));
    return [...first, ...super.sort(tests.filter((test) => rank(test) < 0))];
  }
}

module.exports = Sequencer;
