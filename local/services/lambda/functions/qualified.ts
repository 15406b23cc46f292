/** What carries settings of its own: a function, one of its published versions, an alias. */
import type { AwsError } from '../../../kernel/aws-error.ts';
import { notFound } from '../errors.ts';
import { functionNotFound } from '../names.ts';
import type { LambdaRoom } from '../room.ts';
import { LATEST } from './functions.ts';

const ALIAS = /^(?!\d+$)[\w-]+$/;

export function exists({ records }: Pick<LambdaRoom, 'records'>, name: string, qualifier: string | undefined): boolean {
  if (!records.functions.get(name)) return false;
  if (qualifier === undefined || qualifier === LATEST) return true;
  const key = `${name}:${qualifier}`;
  return records.versions.get(key) !== undefined || records.aliases.get(key) !== undefined;
}

/** Lambda has one sentence for what looks like an alias and another for all else. */
export function qualifiedNotFound(
  { functions }: Pick<LambdaRoom, 'functions'>,
  name: string,
  qualifier?: string,
): AwsError {
  const arn = functions.arn(name, qualifier);
  return qualifier !== undefined && ALIAS.test(qualifier)
    ? notFound(`Cannot find alias arn: ${arn}`)
    : functionNotFound(arn);
}

/** The revision id of a function, version or alias; throws ResourceNotFoundException as `qualifiedNotFound` has it. */
export function revisionOf(room: Pick<LambdaRoom, 'records' | 'functions'>, name: string, qualifier?: string): string {
  const { records } = room;
  const record = records.functions.get(name);
  const key = `${name}:${qualifier}`;
  const found =
    qualifier === undefined || qualifier === LATEST
      ? record?.latest.revisionId
      : (records.versions.get(key) ?? records.aliases.get(key))?.revisionId;
  if (record === undefined || found === undefined) throw qualifiedNotFound(room, name, qualifier);
  return found;
}
