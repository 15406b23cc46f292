/** Roles that a template gives to services other than Lambda, and what these will do in them. */

import type { ResourceDescription } from '../kernel/reconcile/contract.ts';
import type { Json, JsonObject } from '../template/stack.ts';
import type { Facts, RoleUse } from './contract.ts';
import { below, isObject } from './json.ts';

export interface GivenRole extends RoleUse {
  readonly logicalId: string;
  /** Where the role is given. */
  readonly path: readonly (string | number)[];
}

interface RoleProperty {
  readonly service: string;
  readonly path: readonly string[];
  readonly needs?: (properties: JsonObject, facts: Facts) => readonly RoleUse['needs'][number][];
}

const need = (action: string, resource: string) => ({ action, resource });

const TYPES: Readonly<Record<string, RoleProperty>> = {
  'AWS::Lambda::Function': { service: 'lambda.amazonaws.com', path: ['Role'] },
  'AWS::RDS::DBProxy': { service: 'rds.amazonaws.com', path: ['RoleArn'], needs: proxyNeeds },
  'AWS::RDS::DBInstance': {
    service: 'monitoring.rds.amazonaws.com',
    path: ['MonitoringRoleArn'],
    needs: monitoringNeeds,
  },
  'AWS::EC2::FlowLog': {
    service: 'vpc-flow-logs.amazonaws.com',
    path: ['DeliverLogsPermissionArn'],
    needs: flowLogNeeds,
  },
  'AWS::ApiGateway::Account': { service: 'apigateway.amazonaws.com', path: ['CloudWatchRoleArn'], needs: apiLogNeeds },
  'AWS::StepFunctions::StateMachine': { service: 'states.amazonaws.com', path: ['RoleArn'] },
  'AWS::Scheduler::Schedule': { service: 'scheduler.amazonaws.com', path: ['Target', 'RoleArn'] },
  'AWS::Pipes::Pipe': { service: 'pipes.amazonaws.com', path: ['RoleArn'] },
  'AWS::CodeDeploy::DeploymentGroup': { service: 'codedeploy.amazonaws.com', path: ['ServiceRoleArn'] },
  'AWS::KinesisFirehose::DeliveryStream': {
    service: 'firehose.amazonaws.com',
    path: ['ExtendedS3DestinationConfiguration', 'RoleARN'],
  },
};

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-secrets-arns.html */
function proxyNeeds({ Auth }: JsonObject, facts: Facts) {
  const entries = Array.isArray(Auth) ? Auth.filter(isObject) : [];
  const secrets = entries.flatMap(({ SecretArn }) => (typeof SecretArn === 'string' ? [SecretArn] : []));
  return secrets.flatMap((secret) => {
    const key = keyOfSecret(secret, facts);
    const { region, urlSuffix } = facts.stack.pseudo;
    const context = { 'kms:ViaService': `secretsmanager.${region}.${urlSuffix}` };
    return [
      need('secretsmanager:GetSecretValue', secret),
      ...(key === undefined ? [] : [{ action: 'kms:Decrypt', resource: key, context }]),
    ];
  });
}

/** The ARN of the stack's own key that a secret is encrypted with. */
function keyOfSecret(secretArn: string, { resources }: Facts): string | undefined {
  const all = [...resources.values()];
  const secret = all.find(({ physicalId }) => physicalId === secretArn);
  const owner = all.find(({ attributes }) => attributes['MasterUserSecret.SecretArn'] === secretArn);
  const given = secret?.properties['KmsKeyId'] ?? masterSecretKey(owner);
  const key = all.find(({ type, physicalId, attributes }) => {
    return type === 'AWS::KMS::Key' && (physicalId === given || attributes['Arn'] === given);
  });
  const arn = key?.attributes['Arn'];
  return typeof arn === 'string' ? arn : undefined;
}

function masterSecretKey(database: ResourceDescription | undefined): Json | undefined {
  const secret = database?.properties['MasterUserSecret'];
  return isObject(secret) ? secret['KmsKeyId'] : undefined;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html */
function monitoringNeeds({ MonitoringInterval }: JsonObject, { stack }: Facts) {
  if (MonitoringInterval === undefined || Number(MonitoringInterval) === 0) return [];
  const { partition, region, accountId } = stack.pseudo;
  const group = `arn:${partition}:logs:${region}:${accountId}:log-group:RDSOSMetrics`;
  return [
    ...['logs:CreateLogGroup', 'logs:PutRetentionPolicy'].map((action) => need(action, group)),
    ...['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams', 'logs:GetLogEvents'].map((action) =>
      need(action, `${group}:log-stream:x`),
    ),
  ];
}

/** https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html */
function flowLogNeeds({ LogGroupName }: JsonObject, { stack }: Facts) {
  if (typeof LogGroupName !== 'string') return [];
  const { partition, region, accountId } = stack.pseudo;
  const group = `arn:${partition}:logs:${region}:${accountId}:log-group:${LogGroupName}`;
  return [
    need('logs:CreateLogStream', `${group}:log-stream:x`),
    need('logs:PutLogEvents', `${group}:log-stream:x`),
    need('logs:DescribeLogStreams', `${group}:log-stream:x`),
  ];
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html */
function apiLogNeeds(_properties: JsonObject, { stack }: Facts) {
  const { partition, region, accountId } = stack.pseudo;
  const group = `arn:${partition}:logs:${region}:${accountId}:log-group:/aws/apigateway/x`;
  return ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'].map((action) =>
    need(action, `${group}:log-stream:x`),
  );
}

export function givenRoles(facts: Facts): GivenRole[] {
  return [...facts.resources.values()].flatMap(({ logicalId, type, properties, physicalId, attributes }) => {
    const kind = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
    const roleArn = kind && below(properties, ...kind.path);
    if (!kind || typeof roleArn !== 'string' || roleArn === '') return [];
    const arns = [physicalId, attributes['Arn'], attributes['DBProxyArn'], attributes['DBInstanceArn']];
    const sourceArn = arns.find((arn) => typeof arn === 'string' && arn.startsWith('arn:')) as string | undefined;
    const needs = kind.needs?.(properties, facts) ?? [];
    const { service, path } = kind;
    return [{ logicalId, path, roleArn, service, needs, ...(sourceArn !== undefined && { sourceArn }) }];
  });
}
