/**
 * AWS::CodeDeploy::Application, ::DeploymentConfig and ::DeploymentGroup.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CodeDeploy.html
 */
import { randomUUID } from 'node:crypto';
import { type PropertyReader, readProperties } from '../../kernel/property-reader.ts';
import type { ExistingResource, Provider, ResourceRequest, ResourceResult } from '../../kernel/provider.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import { DEFAULT_CONFIG } from './deployment-configs.ts';
import { type CodeDeployRecords, groupKey, ROLLBACK_EVENTS, type Routing } from './records.ts';
import { checkRole } from './service-role.ts';

export interface ProviderParts {
  readonly context: ServiceContext;
  readonly records: CodeDeployRecords;
}

export function providers(parts: ProviderParts): Readonly<Record<string, Provider>> {
  return {
    'AWS::CodeDeploy::Application': application(parts),
    'AWS::CodeDeploy::DeploymentConfig': config(parts),
    'AWS::CodeDeploy::DeploymentGroup': group(parts),
  };
}

/** Of what is named by a property: another name is another resource. */
function nameOf(request: ResourceRequest, property: string, existing?: ExistingResource): string {
  const given = request.properties[property];
  if (existing === undefined) return given === undefined ? request.generatedName : String(given);
  if (given === existing.properties[property]) return existing.physicalId;
  return given === undefined ? request.replacementName : String(given);
}

function requireLambda(at: PropertyReader): void {
  const platform = at.text('ComputePlatform');
  if (platform !== 'Lambda') {
    at.refuse(['ComputePlatform'], `only deployments of Lambda functions are emulated, not of ${platform ?? 'Server'}`);
  }
}

function application({ context, records }: ProviderParts): Provider {
  function put(request: ResourceRequest, existing?: ExistingResource): ResourceResult {
    readProperties(request, requireLambda);
    const name = nameOf(request, 'ApplicationName', existing);
    const before = records.applications.get(name);
    records.applications.put(name, before ?? { name, id: randomUUID(), createdAt: context.clock.now() });
    return { physicalId: name };
  }
  return {
    create: (request) => put(request),
    update: put,
    delete: ({ physicalId }) => void records.applications.delete(physicalId),
  };
}

function config({ context, records }: ProviderParts): Provider {
  function put(request: ResourceRequest, existing?: ExistingResource): ResourceResult {
    const routing = readProperties(request, (at) => {
      requireLambda(at);
      return at.object('TrafficRoutingConfig', readRouting) ?? ({ kind: 'all-at-once' } as const);
    });
    const name = nameOf(request, 'DeploymentConfigName', existing);
    records.configs.put(name, { name, id: randomUUID(), routing, createdAt: context.clock.now() });
    return { physicalId: name };
  }
  return {
    create: (request) => put(request),
    update: put,
    delete: ({ physicalId }) => void records.configs.delete(physicalId),
  };
}

function readRouting(at: PropertyReader): Routing {
  const type = at.oneOf('Type', ['AllAtOnce', 'TimeBasedCanary', 'TimeBasedLinear']);
  const timed = (section: string, prefix: string) =>
    at.object(section, (one) => ({
      percentage: one.requiredInteger(`${prefix}Percentage`, [1, 99]),
      minutes: one.requiredInteger(`${prefix}Interval`, [1, 2_880]),
    })) ?? { percentage: 10, minutes: 5 };
  switch (type) {
    case 'TimeBasedCanary':
      return { kind: 'canary', ...timed('TimeBasedCanary', 'Canary') };
    case 'TimeBasedLinear':
      return { kind: 'linear', ...timed('TimeBasedLinear', 'Linear') };
    default:
      return { kind: 'all-at-once' };
  }
}

function group({ context, records }: ProviderParts): Provider {
  async function put(request: ResourceRequest, existing?: ExistingResource): Promise<ResourceResult> {
    const settings = readProperties(request, (at) => ({
      applicationName: at.requiredText('ApplicationName'),
      configName: at.text('DeploymentConfigName') ?? DEFAULT_CONFIG,
      serviceRoleArn: at.requiredText('ServiceRoleArn'),
      alarms:
        at.object('AlarmConfiguration', (one) =>
          one.boolean('Enabled') === false ? [] : one.objects('Alarms', (alarm) => alarm.requiredText('Name')),
        ) ?? [],
      rollsBackOn:
        at.object('AutoRollbackConfiguration', (one) => {
          const events = one.texts('Events');
          return one.boolean('Enabled') === false ? [] : ROLLBACK_EVENTS.filter((event) => events.includes(event));
        }) ?? [],
    }));
    await checkRole(context, settings.serviceRoleArn);
    const name = nameOf(request, 'DeploymentGroupName', existing);
    const key = groupKey(settings.applicationName, name);
    const id = records.groups.get(key)?.id ?? randomUUID();
    records.groups.put(key, { ...settings, name, id });
    return { physicalId: name, attributes: { Id: id } };
  }
  return {
    create: (request) => put(request),
    update: put,
    delete: ({ physicalId, properties }) =>
      void records.groups.delete(groupKey(String(properties['ApplicationName']), physicalId)),
    unsupported: ({ properties }) =>
      properties['TriggerConfigurations'] === undefined
        ? []
        : [{ path: ['TriggerConfigurations'], message: 'nobody is told of the course of a deployment' }],
  };
}
