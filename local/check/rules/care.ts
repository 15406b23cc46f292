/** What works without, until it matters: somewhere for what fails, an end for logs, encryption, traces. */
import type { ResourceDescription } from '../../kernel/reconcile/contract.ts';
import type { Json } from '../../template/stack.ts';
import type { Facts, Finding, FunctionFacts, Rule } from '../contract.ts';
import { findingOf } from '../finding.ts';
import { isNamed, resourcesOfType } from '../functions.ts';
import { below } from '../json.ts';

/** Services that hand an event over and do not wait. https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html */
const ASYNCHRONOUS = new Set(
  ['s3', 'sns', 'events', 'ses', 'iot', 'config', 'codecommit', 'logs'].map((name) => `${name}.amazonaws.com`),
);

export const noFailureDestination: Rule = {
  code: 'no-failure-destination',
  find: (facts) => [
    ...facts.functions.flatMap((each): Finding[] => {
      const source = resourcesOfType(facts, 'AWS::Lambda::Permission').find(
        ({ properties }) =>
          ASYNCHRONOUS.has(String(properties['Principal'])) && isNamed(properties['FunctionName'], each, facts),
      );
      if (!source || hasDestination(facts, each)) return [];
      const message = `${source.properties['Principal']} invokes ${each.logicalId} without waiting: an event that fails three times is lost`;
      return [
        findingOf(facts, {
          code: 'no-failure-destination',
          severity: 'warning',
          resource: each.logicalId,
          message,
          remedy: `set ${each.logicalId}.DeadLetterConfig:\n  TargetArn: !GetAtt FailedEvents.Arn`,
        }),
      ];
    }),
    ...resourcesOfType(facts, 'AWS::Lambda::EventSourceMapping').flatMap(({ properties }): Finding[] => {
      const queue = resourcesOfType(facts, 'AWS::SQS::Queue').find(
        ({ attributes }) => attributes['Arn'] === properties['EventSourceArn'],
      );
      if (!queue || queue.properties['RedrivePolicy'] !== undefined) return [];
      const message = `a message of ${queue.logicalId} that always fails comes back until it expires, and is then lost`;
      return [
        findingOf(facts, {
          code: 'no-failure-destination',
          severity: 'warning',
          resource: queue.logicalId,
          message,
          remedy: `set ${queue.logicalId}.RedrivePolicy:\n  deadLetterTargetArn: !GetAtt FailedMessages.Arn\n  maxReceiveCount: 5`,
        }),
      ];
    }),
  ],
};

function hasDestination(facts: Facts, each: FunctionFacts): boolean {
  if (each.properties['DeadLetterConfig'] !== undefined) return true;
  return resourcesOfType(facts, 'AWS::Lambda::EventInvokeConfig').some(
    ({ properties }) =>
      isNamed(properties['FunctionName'], each, facts) &&
      below(properties, 'DestinationConfig', 'OnFailure', 'Destination') !== undefined,
  );
}

export const logRetention: Rule = {
  code: 'log-retention',
  find(facts) {
    const groups = resourcesOfType(facts, 'AWS::Logs::LogGroup');
    const names = new Set(groups.map(({ physicalId }) => physicalId));
    const endless = groups.filter(({ properties }) => properties['RetentionInDays'] === undefined);
    const finding = (resource: string, message: string, remedy: string) =>
      findingOf(facts, { code: 'log-retention', severity: 'info', resource, message, remedy });
    return [
      ...endless.map(({ logicalId }) =>
        finding(logicalId, `${logicalId} keeps its logs for ever`, `set ${logicalId}.RetentionInDays:\n  30`),
      ),
      ...facts.functions
        .filter((each) => !names.has(logGroupOf(each, facts)))
        .map(({ logicalId }) => {
          const group = `add to Resources:\n  ${logicalId}LogGroup:\n    Type: AWS::Logs::LogGroup\n    Properties:\n      LogGroupName: !Sub /aws/lambda/\${${logicalId}}\n      RetentionInDays: 30`;
          return finding(
            logicalId,
            `${logicalId} logs into a group that Lambda makes, which keeps its logs for ever`,
            group,
          );
        }),
    ];
  },
};

function logGroupOf({ logicalId, properties }: FunctionFacts, { resources }: Facts): string {
  const named = below(properties, 'LoggingConfig', 'LogGroup');
  return typeof named === 'string' ? named : `/aws/lambda/${resources.get(logicalId)?.physicalId}`;
}

interface Encryption {
  readonly type: string;
  readonly isMissing: (resource: ResourceDescription) => boolean;
  readonly severity: 'warning' | 'info';
  readonly set: string;
  readonly value: string;
}

const isFalse = (value: Json | undefined): boolean => value === false || value === 'false';
const isUnset = (value: Json | undefined): boolean => value === undefined || isFalse(value);

const ENCRYPTIONS: readonly Encryption[] = [
  {
    type: 'AWS::RDS::DBInstance',
    isMissing: ({ properties }) =>
      isUnset(properties['StorageEncrypted']) && properties['DBClusterIdentifier'] === undefined,
    severity: 'warning',
    set: 'StorageEncrypted',
    value: 'true',
  },
  {
    type: 'AWS::RDS::DBCluster',
    isMissing: ({ properties }) => isUnset(properties['StorageEncrypted']),
    severity: 'warning',
    set: 'StorageEncrypted',
    value: 'true',
  },
  {
    type: 'AWS::RDS::DBProxy',
    isMissing: ({ properties }) => isUnset(properties['RequireTLS']),
    severity: 'warning',
    set: 'RequireTLS',
    value: 'true',
  },
  {
    type: 'AWS::EFS::FileSystem',
    isMissing: ({ properties }) => isUnset(properties['Encrypted']),
    severity: 'warning',
    set: 'Encrypted',
    value: 'true',
  },
  {
    type: 'AWS::SQS::Queue',
    isMissing: ({ properties }) =>
      isFalse(properties['SqsManagedSseEnabled']) && properties['KmsMasterKeyId'] === undefined,
    severity: 'warning',
    set: 'SqsManagedSseEnabled',
    value: 'true',
  },
  {
    type: 'AWS::SNS::Topic',
    isMissing: ({ properties }) => properties['KmsMasterKeyId'] === undefined,
    severity: 'info',
    set: 'KmsMasterKeyId',
    value: 'alias/aws/sns',
  },
  {
    type: 'AWS::Kinesis::Stream',
    isMissing: ({ properties }) => properties['StreamEncryption'] === undefined,
    severity: 'info',
    set: 'StreamEncryption',
    value: '{ EncryptionType: KMS, KeyId: alias/aws/kinesis }',
  },
];

export const notEncrypted: Rule = {
  code: 'not-encrypted',
  find: (facts) =>
    ENCRYPTIONS.flatMap(({ type, isMissing, severity, set, value }) =>
      resourcesOfType(facts, type)
        .filter(isMissing)
        .map(({ logicalId }) =>
          findingOf(facts, {
            code: 'not-encrypted',
            severity,
            resource: logicalId,
            message: `${logicalId} is not encrypted: ${set} is not set`,
            remedy: `set ${logicalId}.${set}:\n  ${value}`,
          }),
        ),
    ),
};

export const notTraced: Rule = {
  code: 'not-traced',
  find: (facts) => [
    ...facts.functions
      .filter(({ properties }) => below(properties, 'TracingConfig', 'Mode') !== 'Active')
      .map(({ logicalId }) =>
        findingOf(facts, {
          code: 'not-traced',
          severity: 'info',
          resource: logicalId,
          message: `${logicalId} has no traces: where a slow request spent its time will not be seen`,
          remedy: `set ${logicalId}.Tracing:\n  Active`,
        }),
      ),
    ...resourcesOfType(facts, 'AWS::ApiGateway::Stage')
      .filter(({ properties }) => isUnset(properties['TracingEnabled']))
      .map(({ logicalId }) =>
        findingOf(facts, {
          code: 'not-traced',
          severity: 'info',
          resource: logicalId,
          message: `${logicalId} has no traces: where a slow request spent its time will not be seen`,
          remedy: 'set TracingEnabled of the API:\n  true',
        }),
      ),
  ],
};
