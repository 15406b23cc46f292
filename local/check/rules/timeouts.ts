/** Time-outs that outlast whoever waits. */
import type { Facts, Finding, FunctionFacts, Rule } from '../contract.ts';
import { findingOf, listed } from '../finding.ts';
import { isNamed, resourcesOfType, timeoutOf, toldOf } from '../functions.ts';
import { below } from '../json.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const API_SECONDS = 29;

export const apiTimeout: Rule = {
  code: 'api-timeout',
  find: (facts) =>
    behindApis(facts).flatMap((caller) => {
      const seconds = timeoutOf(caller);
      if (seconds <= API_SECONDS) return [];
      return findingOf(facts, {
        code: 'api-timeout',
        severity: 'warning',
        resource: caller.logicalId,
        path: ['Timeout'],
        message:
          `${caller.logicalId} may take ${seconds} s, and the API it answers gives up after ${API_SECONDS} s: ` +
          'the caller gets 504, the function runs on and is paid for',
        remedy: `set ${caller.logicalId}.Timeout:\n  ${API_SECONDS}`,
      });
    }),
};

function behindApis(facts: Facts): FunctionFacts[] {
  return facts.functions.filter((each) =>
    facts.invocations.some(({ functionArn, waits }) => waits === 'caller' && isNamed(functionArn, each, facts)),
  );
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const VISIBILITY_TIMES = 6;
const DEFAULT_VISIBILITY_SECONDS = 30;

export const visibilityTimeout: Rule = {
  code: 'visibility-timeout',
  find: (facts) =>
    resourcesOfType(facts, 'AWS::Lambda::EventSourceMapping').flatMap(({ properties }): Finding[] => {
      const queue = resourcesOfType(facts, 'AWS::SQS::Queue').find(
        ({ attributes }) => attributes['Arn'] === properties['EventSourceArn'],
      );
      const reader = facts.functions.find((each) => isNamed(properties['FunctionName'], each, facts));
      if (!queue || !reader) return [];
      const visible = Number(queue.properties['VisibilityTimeout'] ?? DEFAULT_VISIBILITY_SECONDS);
      const seconds = timeoutOf(reader);
      const wanted = seconds * VISIBILITY_TIMES;
      if (visible >= wanted) return [];
      const isRefused = visible < seconds;
      const said = isRefused
        ? 'Lambda refuses the event source'
        : `AWS advises six times as long, ${wanted} s: a throttled or repeated batch would be seen again while it is worked on`;
      return [
        findingOf(facts, {
          code: 'visibility-timeout',
          severity: isRefused ? 'error' : 'warning',
          resource: queue.logicalId,
          path: ['VisibilityTimeout'],
          message: `messages of ${queue.logicalId} are hidden for ${visible} s, and ${reader.logicalId} may take ${seconds} s: ${said}`,
          remedy: `set ${queue.logicalId}.VisibilityTimeout:\n  ${wanted}`,
        }),
      ];
    }),
};

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ConnectionPoolConfiguration.html */
const DEFAULT_BORROW_SECONDS = 120;

export const borrowTimeout: Rule = {
  code: 'borrow-timeout',
  find(facts) {
    const answering = new Set(behindApis(facts).map(({ logicalId }) => logicalId));
    return resourcesOfType(facts, 'AWS::RDS::DBProxyTargetGroup').flatMap((group): Finding[] => {
      const { logicalId, properties } = group;
      const proxy = resourcesOfType(facts, 'AWS::RDS::DBProxy').find(
        ({ physicalId }) => physicalId === properties['DBProxyName'],
      );
      const pool = ['ConnectionPoolConfigurationInfo', 'ConnectionBorrowTimeout'];
      const borrow = Number(below(properties, ...pool) ?? DEFAULT_BORROW_SECONDS);
      const callers = proxy ? toldOf(facts, proxy.attributes['Endpoint']) : [];
      const late = callers.filter((caller) => borrow >= patience(caller, answering));
      if (late.length === 0) return [];
      const shortest = Math.min(...late.map((caller) => patience(caller, answering)));
      const names = listed(late.map(({ logicalId }) => logicalId));
      return [
        findingOf(facts, {
          code: 'borrow-timeout',
          severity: 'warning',
          resource: logicalId,
          path: pool,
          message:
            `the proxy lets a connection be waited for for ${borrow} s, and ${names} or whoever calls it gives up after ` +
            `${shortest} s: instead of an error that says so there is a time-out`,
          remedy: `set ${[logicalId, ...pool].join('.')}:\n  ${Math.max(1, Math.floor(shortest / 2))}`,
        }),
      ];
    });
  },
};

function patience(caller: FunctionFacts, answering: ReadonlySet<string>): number {
  return answering.has(caller.logicalId) ? Math.min(timeoutOf(caller), API_SECONDS) : timeoutOf(caller);
}
