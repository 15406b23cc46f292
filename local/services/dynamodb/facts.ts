/** What policies may ask about a table, its indexes and its stream: the resource policies, and the tags. */
import type { ResourceFacts } from '../../kernel/service.ts';
import { readPolicy } from '../../policy/iam/index.ts';
import type { OpenTable, Tables } from './tables/tables.ts';

export function resourceFacts(tables: Tables): (arn: string) => ResourceFacts | undefined {
  /** By what it was made of: a table that changes is another one. */
  const known = new WeakMap<OpenTable, { readonly table: ResourceFacts; readonly stream: ResourceFacts }>();
  return (arn) => {
    const table = tables.find(arn);
    if (!table || !(arn === table.arn || arn.startsWith(`${table.arn}/`))) return undefined;
    let facts = known.get(table);
    if (!facts) {
      facts = factsOf(table);
      known.set(table, facts);
    }
    return arn.startsWith(`${table.arn}/stream/`) ? facts.stream : facts.table;
  };
}

function factsOf({ name, policy, streamPolicy, tags: list }: OpenTable) {
  const tags = Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));
  const of = (what: string, given: OpenTable['policy']): ResourceFacts => ({
    tags,
    ...(given && {
      policies: [
        {
          document: readPolicy(given.text, 'resource'),
          source: {
            kind: 'resource',
            name: `the resource policy of ${what}`,
            ...(given.place && { place: given.place }),
          },
        },
      ],
    }),
  });
  return { table: of(`table ${name}`, policy), stream: of(`the stream of table ${name}`, streamPolicy) };
}
