/** A trace as GetTraceSummaries tells it. https://docs.aws.amazon.com/xray/latest/api/API_TraceSummary.html */
import type { ServiceId, TraceSummary, AnnotationValue as WireValue } from '@aws-sdk/client-xray';
import { type AnnotationValue, exceptionsOf, type ServiceFacts, type TraceFacts } from './trace-facts.ts';
import { at, type TraceNode, textAt } from './trace-tree.ts';

export function summaryOf(facts: TraceFacts, accountId: string): TraceSummary {
  const { roots, services, flags } = facts;
  const [root] = roots;
  const own = services.filter((service) => !service.flags['inferred']);
  const unique = <T>(values: readonly T[]) => [...new Set(values)];
  const texts = (keyword: string) => unique(facts.texts[keyword] ?? []);
  const entry = own.find((service) => service.node === root);
  return {
    Id: facts.id,
    StartTime: new Date(facts.start * 1000),
    Duration: facts.duration,
    ResponseTime: facts.responseTime,
    HasFault: flags['fault'],
    HasError: flags['error'],
    HasThrottle: flags['throttle'],
    IsPartial: flags['partial'],
    Http: root && httpOf(root),
    Annotations: annotations(own, accountId),
    Users: texts('user').map((UserName) => ({ UserName, ServiceIds: [] })),
    ServiceIds: uniqueServices(services).map((service) => serviceId(service, accountId)),
    ResourceARNs: texts('resource.arn').map((ARN) => ({ ARN })),
    InstanceIds: texts('instance.id').map((Id) => ({ Id })),
    AvailabilityZones: texts('availabilityzone').map((Name) => ({ Name })),
    EntryPoint: entry && serviceId(entry, accountId),
    FaultRootCauses: rootCauses(own, 'fault', accountId),
    ErrorRootCauses: rootCauses(own, 'error', accountId),
    ResponseTimeRootCauses: [],
    Revision: 1,
  };
}

export function serviceId({ name, type }: ServiceFacts, AccountId: string): ServiceId {
  return { Name: name, Names: [name], AccountId, ...(type !== '' && { Type: type }) };
}

function httpOf({ fields }: TraceNode): TraceSummary['Http'] {
  const status = at(fields, 'http', 'response', 'status');
  return {
    HttpURL: textAt(fields, 'http', 'request', 'url'),
    HttpMethod: textAt(fields, 'http', 'request', 'method'),
    UserAgent: textAt(fields, 'http', 'request', 'user_agent'),
    ClientIp: textAt(fields, 'http', 'request', 'client_ip'),
    HttpStatus: typeof status === 'number' ? status : undefined,
  };
}

function annotations(services: readonly ServiceFacts[], accountId: string): TraceSummary['Annotations'] {
  const found = new Map<string, Map<AnnotationValue, ServiceId[]>>();
  for (const service of services) {
    for (const [key, values] of service.annotations) {
      const ofKey = found.get(key) ?? new Map<AnnotationValue, ServiceId[]>();
      found.set(key, ofKey);
      for (const value of new Set(values)) {
        ofKey.set(value, [...(ofKey.get(value) ?? []), serviceId(service, accountId)]);
      }
    }
  }
  return Object.fromEntries(
    [...found].map(([key, values]) => [
      key,
      [...values].map(([value, ServiceIds]) => ({ AnnotationValue: wireValue(value), ServiceIds })),
    ]),
  );
}

function wireValue(value: AnnotationValue): WireValue {
  if (typeof value === 'number') return { NumberValue: value };
  return typeof value === 'boolean' ? { BooleanValue: value } : { StringValue: value };
}

/** The exceptions of those services that say that it was they who failed. */
function rootCauses(services: readonly ServiceFacts[], flag: 'fault' | 'error', accountId: string) {
  return services
    .filter((service) => service.flags[flag])
    .flatMap((service) => {
      const path = failing(service.node, flag);
      const exceptions = path.flatMap(({ fields }) => exceptionsOf(fields));
      if (exceptions.length === 0) return [];
      return [
        {
          ClientImpacting: true,
          Services: [
            {
              ...serviceId(service, accountId),
              Inferred: false,
              EntityPath: path.map((node) => ({
                Name: node.name,
                Remote: node.fields['namespace'] === 'remote',
                Exceptions: exceptionsOf(node.fields).map((exception) => ({
                  Name: textAt(exception, 'type'),
                  Message: textAt(exception, 'message'),
                })),
              })),
            },
          ],
        },
      ];
    });
}

/** From the segment down to where it failed first. */
function failing(node: TraceNode, flag: string): readonly TraceNode[] {
  const next = node.children.find((child) => child.kind === 'subsegment' && child.fields[flag] === true);
  return next ? [node, ...failing(next, flag)] : [node];
}

export function uniqueServices(services: readonly ServiceFacts[]): readonly ServiceFacts[] {
  return [...new Map(services.map((service) => [`${service.name} ${service.type}`, service])).values()];
}
