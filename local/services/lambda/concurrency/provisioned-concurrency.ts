/**
 * The provisioned concurrency of versions and aliases, as it is wanted; templates and the API set it here.
 * https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
import type { JsonObject } from '../../../template/stack.ts';
import { conflict, invalidParameter } from '../errors.ts';
import { LATEST } from '../functions/functions.ts';
import { exists, qualifiedNotFound } from '../functions/qualified.ts';
import type { PropertyReader } from '../property-reader.ts';
import type { ProvisionedConcurrencyRecord } from '../records.ts';
import type { LambdaRoom } from '../room.ts';
import { provisionComplaint } from './reservations.ts';

/** Throws InvalidParameterValueException, ResourceNotFoundException, ResourceConflictException. */
export function provision(
  room: LambdaRoom,
  functionName: string,
  qualifier: string,
  requested: number,
): ProvisionedConcurrencyRecord {
  const { records, functions, clock } = room;
  if (qualifier === LATEST) {
    throw invalidParameter('Provisioned Concurrency Configs cannot be applied to unpublished function versions.');
  }
  if (!exists(room, functionName, qualifier)) throw qualifiedNotFound(room, functionName, qualifier);
  const complaint = provisionComplaint(room, functionName, qualifier, requested);
  if (complaint !== undefined) throw invalidParameter(complaint);
  refuseTwice(room, functionName, qualifier);
  const lastModified = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, '+0000');
  const record = { functionName, qualifier, requested, lastModified };
  records.provisionedConcurrency.put(`${functionName}:${qualifier}`, record);
  functions.changed();
  return record;
}

/** True when there was something to take away. */
export function unprovision({ records, functions }: LambdaRoom, functionName: string, qualifier: string): boolean {
  const wasThere = records.provisionedConcurrency.delete(`${functionName}:${qualifier}`);
  if (wasThere) functions.changed();
  return wasThere;
}

/**
 * A template's `ProvisionedConcurrencyConfig`: what it says, and nothing when it no longer says what it said `before`.
 * What neither says is somebody else's, set beside the template.
 */
export function provisionAsWanted(
  room: LambdaRoom,
  functionName: string,
  qualifier: string,
  requested: number | undefined,
  before: JsonObject,
): void {
  if (requested !== undefined) provision(room, functionName, qualifier, requested);
  else if (before['ProvisionedConcurrencyConfig'] !== undefined) unprovision(room, functionName, qualifier);
}

export function readProvisioned(read: PropertyReader): number | undefined {
  return read.within('ProvisionedConcurrencyConfig', (at) =>
    at.integer('ProvisionedConcurrentExecutions', { minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  );
}

/** A version and an alias that leads to it cannot both have environments of their own. */
function refuseTwice({ records }: LambdaRoom, functionName: string, qualifier: string): void {
  const has = (other: string) => records.provisionedConcurrency.get(`${functionName}:${other}`) !== undefined;
  const alias = records.aliases.get(`${functionName}:${qualifier}`);
  if (alias) {
    if (!has(alias.functionVersion)) return;
    throw conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
  }
  const aliases = records.aliases.list({ prefix: `${functionName}:` });
  if (aliases.some(({ value }) => value.functionVersion === qualifier && has(value.name))) {
    throw conflict('Version is pointed by a Provisioned Concurrency alias');
  }
}
