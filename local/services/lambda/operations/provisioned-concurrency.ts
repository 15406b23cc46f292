/** Provisioned concurrency. https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';
import { provision, unprovision } from '../concurrency/provisioned-concurrency.ts';
import { invalidParameter } from '../errors.ts';
import { LATEST } from '../functions/functions.ts';
import { exists, qualifiedNotFound } from '../functions/qualified.ts';
import type { ProvisionedConcurrencyRecord } from '../records.ts';
import { type Paged, page } from './paging.ts';
import { type Named, type OperationParts, requiresOn } from './parts.ts';

interface Qualified extends Named {
  readonly Qualifier: string;
}

export function provisionedConcurrencyOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  const { functions, records } = parts;

  /** A version or an alias that is there. */
  function find({ FunctionName, Qualifier }: Qualified): { readonly name: string; readonly qualifier: string } {
    const { name, qualifier = LATEST } = functions.reference(FunctionName, Qualifier);
    if (qualifier === LATEST) {
      throw invalidParameter('The function resource provided must be an alias or a published version.');
    }
    if (!exists(parts, name, qualifier)) throw qualifiedNotFound(parts, name, qualifier);
    return { name, qualifier };
  }

  function describe({ functionName, qualifier, requested, lastModified }: ProvisionedConcurrencyRecord) {
    const { allocated, available, status, reason } = functions.provisioned(functionName, qualifier);
    return {
      RequestedProvisionedConcurrentExecutions: requested,
      AvailableProvisionedConcurrentExecutions: available,
      AllocatedProvisionedConcurrentExecutions: allocated,
      Status: status,
      ...(reason !== undefined && { StatusReason: reason }),
      LastModified: lastModified,
    };
  }

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html */
    PutProvisionedConcurrencyConfig: {
      requires: requiresOn(functions, 'PutProvisionedConcurrencyConfig'),
      handle(input: Qualified & { readonly ProvisionedConcurrentExecutions: number }) {
        const { name, qualifier = LATEST } = functions.reference(input.FunctionName, input.Qualifier);
        return describe(provision(parts, name, qualifier, input.ProvisionedConcurrentExecutions));
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html */
    GetProvisionedConcurrencyConfig: {
      requires: requiresOn(functions, 'GetProvisionedConcurrencyConfig'),
      handle(input: Qualified) {
        const { name, qualifier } = find(input);
        const record = records.provisionedConcurrency.get(`${name}:${qualifier}`);
        if (record) return describe(record);
        throw new AwsError(
          'ProvisionedConcurrencyConfigNotFoundException',
          'No Provisioned Concurrency Config found for this function',
          { statusCode: 404, members: { Type: 'User' } },
        );
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html: none is no error. */
    DeleteProvisionedConcurrencyConfig: {
      requires: requiresOn(functions, 'DeleteProvisionedConcurrencyConfig'),
      handle(input: Qualified) {
        const { name, qualifier } = find(input);
        unprovision(parts, name, qualifier);
        return {};
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html */
    ListProvisionedConcurrencyConfigs: {
      requires: requiresOn(functions, 'ListProvisionedConcurrencyConfigs'),
      handle(input: Named & Paged) {
        const { name } = functions.reference(input.FunctionName);
        functions.record(name);
        const { items, NextMarker } = page(records.provisionedConcurrency.list({ prefix: `${name}:` }), input);
        return {
          ProvisionedConcurrencyConfigs: items.map((record) => ({
            FunctionArn: functions.arn(name, record.qualifier),
            ...describe(record),
          })),
          NextMarker,
        };
      },
    },
  };
}
