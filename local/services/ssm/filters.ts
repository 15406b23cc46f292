/** Filters of lists. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html */
import type { ParameterStringFilter } from '@aws-sdk/client-ssm';
import { AwsError } from '../../kernel/aws-error.ts';
import { isBelow } from './names.ts';
import { currentOf, type Parameter } from './records.ts';

const KEYS: Readonly<Record<'describe' | 'path', readonly string[]>> = {
  describe: ['Name', 'Type', 'KeyId', 'Path', 'Tier', 'DataType'],
  path: ['Type', 'KeyId', 'Label'],
};

/** All filters must hold, each by one of its values. Throws InvalidFilterKey, InvalidFilterOption, InvalidFilterValue. */
export function matchesFilters(
  parameter: Parameter,
  filters: readonly ParameterStringFilter[] | undefined,
  where: 'describe' | 'path',
): boolean {
  return (filters ?? []).every((filter) => matches(parameter, filter, where));
}

function matches(parameter: Parameter, filter: ParameterStringFilter, where: 'describe' | 'path'): boolean {
  const { Key: key = '', Values: values = [], Option: option = key === 'Path' ? 'OneLevel' : 'Equals' } = filter;
  const isTag = where === 'describe' && key.startsWith('tag:');
  if (!isTag && !KEYS[where].includes(key)) {
    throw new AwsError(
      'InvalidFilterKey',
      `The following filter key is not valid: ${key}. Valid filter keys include: [${KEYS[where].join(', ')}].`,
    );
  }
  if (key === 'Path') {
    if (option !== 'OneLevel' && option !== 'Recursive') throw invalidOption(option, 'Recursive, OneLevel');
    return values.some((path) => isBelow(parameter.name, path, option === 'Recursive'));
  }
  const valid = key === 'Name' ? ['Equals', 'BeginsWith', 'Contains'] : ['Equals', 'BeginsWith'];
  if (!valid.includes(option)) throw invalidOption(option, valid.join(', '));
  const own = isTag
    ? parameter.tags.filter(({ Key }) => Key === key.slice('tag:'.length)).map(({ Value }) => Value)
    : ownValues(parameter, key);
  // A tag may be asked for by its key alone.
  if (isTag && values.length === 0) return own.length > 0;
  return own.some((value) => values.some((wanted) => fits(value, wanted, option, key)));
}

function ownValues(parameter: Parameter, key: string): readonly string[] {
  const { type, keyId, tier, dataType, labels } = currentOf(parameter);
  switch (key) {
    case 'Name':
      return [parameter.name];
    case 'Type':
      return [type];
    case 'KeyId':
      return keyId === undefined ? [] : [keyId];
    case 'Tier':
      return [tier];
    case 'DataType':
      return [dataType];
    default:
      return labels;
  }
}

/** A name may be asked for with or without its first slash. */
function fits(value: string, wanted: string, option: string, key: string): boolean {
  if (option === 'Contains') return value.includes(wanted);
  if (option === 'Equals') return value === wanted;
  return value.startsWith(wanted) || (key === 'Name' && value.startsWith(`/${wanted}`));
}

const invalidOption = (option: string, valid: string): AwsError =>
  new AwsError(
    'InvalidFilterOption',
    `The following filter option is not valid: ${option}. Valid options include: ${valid}.`,
  );
