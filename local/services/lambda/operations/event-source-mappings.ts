/** Event source mappings. https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html */
import type { Operation, Requirement } from '../../../kernel/service.ts';
import type { Json, JsonObject } from '../../../template/stack.ts';
import { invalidParameter, notFound } from '../errors.ts';
import { mappingArn } from '../event-source-mappings/mapping-arn.ts';
import type { KnownMapping } from '../event-source-mappings/mappings.ts';
import { sourceOf } from '../event-source-mappings/sources.ts';
import { parseFunctionName } from '../names.ts';
import { propertiesOfMapping } from '../providers/event-source-mapping.ts';
import { describeMapping } from './describe-mapping.ts';
import { tagsProperty } from './function-input.ts';
import { type Paged, page } from './paging.ts';
import type { OperationParts } from './parts.ts';

interface MappingInput {
  readonly FunctionName?: string;
  readonly KMSKeyArn?: string;
  readonly [member: string]: unknown;
}

interface CreateInput extends MappingInput {
  readonly EventSourceArn?: string;
  readonly FunctionName: string;
  readonly Tags?: Readonly<Record<string, string>>;
}

interface Identified {
  readonly UUID: string;
}

const MAPPING = 'AWS::Lambda::EventSourceMapping';
const LARGEST_PAGE = 100;

export function eventSourceMappingOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  const { functions, mappings, place, records, through } = parts;

  const arnOf = (functionName: string): string => {
    const { name, qualifier } = parseFunctionName(functionName);
    return functions.arn(name, qualifier);
  };

  const requiresMapping =
    (action: string) =>
    ({ UUID }: Identified): readonly Requirement[] => {
      const functionArn = records.eventSourceMappings.get(UUID)?.functionArn;
      const context = functionArn === undefined ? undefined : { 'lambda:FunctionArn': functionArn };
      return [{ action: `lambda:${action}`, resource: mappingArn(place, UUID), ...(context && { context }) }];
    };

  /** Throws ResourceNotFoundException. */
  function existing({ UUID }: Identified): KnownMapping {
    const known = mappings.find(UUID);
    if (!known) throw notFound('The resource you requested does not exist.');
    return known;
  }

  const describe = (known: KnownMapping, state: string = known.state) => describeMapping(known.mapping, state, place);

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
    CreateEventSourceMapping: {
      requires: ({ FunctionName, Tags = {} }: CreateInput) => [
        {
          action: 'lambda:CreateEventSourceMapping',
          resource: '*',
          context: {
            'lambda:FunctionArn': arnOf(FunctionName),
            ...(Object.keys(Tags).length > 0 && { 'aws:TagKeys': Object.keys(Tags) }),
            ...Object.fromEntries(Object.entries(Tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
          },
        },
      ],
      async handle({ Tags, ...input }: CreateInput) {
        refuseElsewhere(input.EventSourceArn);
        refuseProvisioned(input);
        const properties = { ...changes(input), ...(Tags && { Tags: tagsProperty(Tags) }) };
        const { physicalId } = await through.create(MAPPING, { name: '', properties });
        return describe(existing({ UUID: physicalId }), 'Creating');
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html: what is not named stays. */
    UpdateEventSourceMapping: {
      requires: (input: Identified & MappingInput) => {
        const [requirement] = requiresMapping('UpdateEventSourceMapping')(input);
        if (input.FunctionName === undefined) return [requirement!];
        return [{ ...requirement!, context: { 'lambda:FunctionArn': arnOf(input.FunctionName) } }];
      },
      async handle({ UUID, ...input }: Identified & MappingInput) {
        const { mapping, state } = existing({ UUID });
        if (state === 'Deleting') throw notFound('The resource you requested does not exist.');
        refuseProvisioned(input);
        const before = propertiesOfMapping(mapping);
        const tags = records.tags.get(mappingArn(place, UUID)) ?? {};
        const properties = { ...before, ...changes(input), Tags: tagsProperty(tags) };
        await through.update(MAPPING, { name: UUID, physicalId: UUID, before, properties });
        const after = existing({ UUID });
        const { enabled } = after.mapping;
        const turned = enabled ? 'Enabling' : 'Disabling';
        return describe(after, enabled === mapping.enabled ? 'Updating' : turned);
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html */
    GetEventSourceMapping: {
      requires: requiresMapping('GetEventSourceMapping'),
      handle: (input: Identified) => describe(existing(input)),
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html */
    DeleteEventSourceMapping: {
      requires: requiresMapping('DeleteEventSourceMapping'),
      async handle(input: Identified) {
        const known = existing(input);
        if (known.state !== 'Deleting') await through.delete(MAPPING, input.UUID);
        return describe(known, 'Deleting');
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html */
    ListEventSourceMappings: {
      requires: () => [{ action: 'lambda:ListEventSourceMappings', resource: '*' }],
      handle({ EventSourceArn, FunctionName, ...paged }: Paged & { EventSourceArn?: string; FunctionName?: string }) {
        const functionArn = FunctionName === undefined ? undefined : arnOf(FunctionName);
        const wanted = mappings
          .all()
          .filter(({ mapping }) => EventSourceArn === undefined || mapping.eventSourceArn === EventSourceArn)
          .filter(({ mapping }) => functionArn === undefined || mapping.functionArn === functionArn)
          .map((value) => ({ key: value.mapping.uuid, value }));
        const { items, NextMarker } = page(wanted, paged, LARGEST_PAGE);
        return { EventSourceMappings: items.map((item) => describe(item)), NextMarker };
      },
    },
  };

  /** A template's are named at its start; who calls has to be told. */
  function refuseElsewhere(arn: string | undefined): void {
    const source = sourceOf(arn, place);
    if (source.kind === 'elsewhere')
      throw invalidParameter(`${source.why}: nothing can be read from ${arn ?? 'there'}.`);
  }
}

function refuseProvisioned({ ProvisionedPollerConfig }: MappingInput): void {
  if (ProvisionedPollerConfig == null || Object.keys(ProvisionedPollerConfig).length === 0) return;
  throw invalidParameter('ProvisionedPollerConfig is not emulated: pollers are not provisioned here.');
}

/** Only what the input says, as CloudFormation has it. */
function changes({ KMSKeyArn, ...input }: MappingInput): JsonObject {
  const given = Object.entries(input).filter(([, value]) => value !== undefined && value !== null);
  return {
    ...Object.fromEntries(given.map(([name, value]) => [name, plain(value)])),
    ...(KMSKeyArn !== undefined && { KmsKeyArn: KMSKeyArn }),
  };
}

/** CloudFormation has no dates: seconds since 1970. */
const plain = (value: unknown): Json => (value instanceof Date ? value.getTime() / 1000 : (value as Json));
