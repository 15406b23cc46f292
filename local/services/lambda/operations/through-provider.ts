/**
 * How the API makes, changes and removes what a template can make, change and remove: through the very provider that
 * `reconcile` asks. An operation is then three lines: turn the input into CloudFormation's properties, go through the
 * provider, describe what exists afterwards.
 *
 *     async handle(input: CreateAliasRequest) {
 *       await through.create('AWS::Lambda::Alias', { name: input.Name, properties: aliasProperties(input) });
 *       return describeAlias(…);
 *     }
 *
 * An operation that changes only the members it was given reads what exists as properties, lays its own over them and
 * goes through `update`: `{ ...propertiesOf(record), ...changed(input) }`. `propertiesOf` is pure, stands beside the
 * reader of the same properties, and a test proves that reading gives back what it was made of.
 *
 * What only the API knows (revision ids, dry runs, "already exists") the operation checks before. What both know
 * (ranges, references, conflicts of members) only the provider checks; its findings become Lambda's errors here.
 */
import type { AwsError } from '../../../kernel/aws-error.ts';
import type { ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { type JsonObject, TemplateError } from '../../../template/stack.ts';
import { conflict, invalidParameter, violatedConstraints } from '../errors.ts';
import type { LambdaProviders, LambdaResourceType } from '../providers/index.ts';

export interface Wanted {
  /**
   * The physical name, e.g. of the function; where the provider takes a name from `generatedName` (a permission's
   * statement id) it is that too.
   */
  readonly name: string;
  /** Of what a template made, its logical id there: people know it by that. Default `name`. */
  readonly logicalId?: string;
  /** As in a template, intrinsics evaluated. */
  readonly properties: JsonObject;
}

export interface Changed extends Wanted {
  readonly physicalId: string;
  /** As `properties`, of what is there now. */
  readonly before: JsonObject;
}

/** Each rejects with AwsError only. */
export interface ThroughProvider {
  create(type: LambdaResourceType, wanted: Wanted): Promise<ResourceResult>;
  update(type: LambdaResourceType, changed: Changed): Promise<ResourceResult>;
  /** `properties` of what is there, for the providers whose physical ids do not say everything. */
  delete(type: LambdaResourceType, physicalId: string, properties?: JsonObject): Promise<void>;
  /**
   * Runs `work` while nobody else changes `arn`; whoever tries meanwhile gets ResourceConflictException, as on AWS
   * while an update is in progress. For operations that read, wait (for S3, say) and write.
   */
  alone<T>(arn: string, work: () => Promise<T>): Promise<T>;
}

export function createThroughProvider(providers: LambdaProviders): ThroughProvider {
  const busy = new Set<string>();

  return {
    create: (type, wanted) => asApi(() => providers[type].create(requestOf(type, wanted))),
    update: (type, changed) =>
      asApi(() => {
        const { logicalId = changed.name, physicalId, before } = changed;
        const existing = { logicalId, type, physicalId, properties: before, attributes: {} };
        return providers[type].update(requestOf(type, changed), existing);
      }),
    delete: (type, physicalId, properties = {}) =>
      asApi(() => providers[type].delete({ logicalId: physicalId, type, physicalId, properties, attributes: {} })),
    async alone(arn, work) {
      if (busy.has(arn)) {
        throw conflict(`The operation cannot be performed at this time. An update is in progress for resource: ${arn}`);
      }
      busy.add(arn);
      try {
        return await work();
      } finally {
        busy.delete(arn);
      }
    },
  };
}

/** There is no template, so nothing has a position, and no stack gives names. */
function requestOf(type: LambdaResourceType, wanted: Wanted): ResourceRequest {
  const { name, logicalId = name, properties } = wanted;
  return {
    logicalId,
    type,
    properties,
    stackName: '',
    stackId: '',
    generatedName: name,
    replacementName: name,
    positionOf: () => undefined,
  };
}

async function asApi<T>(work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof TemplateError ? asAwsError(error) : error;
  }
}

/** What a model's constraint refuses is named with all its like, everything else one at a time, as Lambda does. */
function asAwsError({ diagnostics }: TemplateError): AwsError {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  const violations = errors.filter((message) => / failed to satisfy constraint: /.test(message));
  if (violations.length > 0) return violatedConstraints(violations);
  return invalidParameter(errors[0] ?? 'The request is not valid.');
}
