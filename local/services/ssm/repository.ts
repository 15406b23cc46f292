/** Parameters in the store, by name. */
import type { ServiceContext } from '../../kernel/service.ts';
import { parameterNotFound, versionNotFound } from './errors.ts';
import { parseReference, type Reference } from './names.ts';
import { currentOf, type Parameter, type ParameterVersion } from './records.ts';

export interface Found {
  readonly parameter: Parameter;
  readonly version: ParameterVersion;
  /** With its colon, as it was asked for. */
  readonly selector?: string;
}

export interface Repository {
  /** What policies are asked about, also where there is no such parameter. */
  arnOf(name: string): string;
  parse(reference: string): Reference;
  /** By name or ARN, without a selector. */
  find(name: string): Parameter | undefined;
  /** Throws ParameterNotFound. */
  get(name: string): Parameter;
  /** With a selector. Throws ParameterNotFound, ParameterVersionNotFound. */
  select(reference: string): Found;
  put(parameter: Parameter): Parameter;
  delete(parameter: Parameter): void;
  /** By name; of those that begin so, or all. */
  all(prefix?: string): readonly Parameter[];
}

type Context = Pick<ServiceContext, 'store' | 'partition' | 'region' | 'accountId'>;

export function openRepository({ store, partition, region, accountId }: Context): Repository {
  const parameters = store.collection<Parameter>('ssm', 'parameters');
  const arnPrefix = `arn:${partition}:ssm:${region}:${accountId}:parameter/`;

  const repository: Repository = {
    arnOf: (name) => (name.startsWith('arn:') ? name : `${arnPrefix}${name.replace(/^\//, '')}`),
    parse: (reference) => parseReference(reference, arnPrefix),
    find: (name) => parameters.get(parseReference(name, arnPrefix).name),
    get(name) {
      const found = repository.find(name);
      if (!found) throw parameterNotFound();
      return found;
    },
    select(reference) {
      const { name, selector } = parseReference(reference, arnPrefix);
      const parameter = repository.get(name);
      if (selector === undefined) return { parameter, version: currentOf(parameter) };
      const version = parameter.versions.find((each) =>
        /^\d+$/.test(selector) ? each.version === Number(selector) : each.labels.includes(selector),
      );
      if (!version) throw versionNotFound(selector, name);
      return { parameter, version, selector: `:${selector}` };
    },
    put(parameter) {
      parameters.put(parameter.name, parameter);
      return parameter;
    },
    delete: ({ name }) => void parameters.delete(name),
    all: (prefix) => parameters.list(prefix === undefined ? {} : { prefix }).map(({ value }) => value),
  };
  return repository;
}
