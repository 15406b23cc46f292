/** All tables of the account, and where the items of each are kept. */
import type { ServiceContext } from '../../../kernel/service.ts';
import type { SortedCollection } from '../../../kernel/store.ts';
import { resourceNotFound } from '../errors.ts';
import type { Item } from '../values/attribute-value.ts';
import type { Index, Table } from './table.ts';

/** How much there is of a table, and of each of its indexes. */
export interface Extent {
  readonly items: number;
  readonly bytes: number;
}

export type Extents = Readonly<Record<string, Extent>>;

/** A table and what is in it. Made anew whenever any table changes: nobody keeps one. */
export interface OpenTable extends Table {
  readonly items: SortedCollection<Item>;
  /** By name of the index. */
  entries(index: Index): SortedCollection<Item>;
  /** What is to be deleted when: seconds since 1970, then the primary key. */
  readonly expiries: SortedCollection<Item>;
}

export interface Tables {
  /** By name or ARN, of the table or of something of it. */
  find(nameOrArn: string): OpenTable | undefined;
  /** Throws ResourceNotFoundException, in the words of the operations on items. */
  get(nameOrArn: string): OpenTable;
  /** In order of their names. */
  all(): readonly OpenTable[];
  put(table: Table): void;
  /** With all that is in it. */
  delete(table: OpenTable): void;
  clearIndex(table: Table, index: Index): void;
  extents(table: Pick<Table, 'id'>): Extents;
  putExtents(table: Pick<Table, 'id'>, extents: Extents): void;
  arnOf(name: string): string;
}

const SERVICE = 'dynamodb';

/** `arn:…:table/NAME/index/X` → `NAME`; anything else is a name already. */
export function nameOf(nameOrArn: string): string {
  if (!nameOrArn.startsWith('arn:')) return nameOrArn;
  return nameOrArn.slice(nameOrArn.indexOf(':table/') + ':table/'.length).split('/')[0]!;
}

export function openTables({ store, partition, region, accountId }: ServiceContext): Tables {
  const records = store.collection<Table>(SERVICE, 'tables');
  const sizes = store.collection<Extents>(SERVICE, 'extents');
  const entriesOf = (table: Pick<Table, 'id'>, index: Index) =>
    store.sorted<Item>(SERVICE, `index/${table.id}/${index.id}`);
  const itemsOf = (table: Pick<Table, 'id'>) => store.sorted<Item>(SERVICE, `items/${table.id}`);
  const expiriesOf = (table: Pick<Table, 'id'>) => store.sorted<Item>(SERVICE, `expiries/${table.id}`);
  const opened = new Map<string, OpenTable | undefined>();
  let asOf = -1;

  function open(table: Table): OpenTable {
    const collections = new Map(table.indexes.map((index) => [index.name, entriesOf(table, index)]));
    return {
      ...table,
      items: itemsOf(table),
      entries: (index) => collections.get(index.name)!,
      expiries: expiriesOf(table),
    };
  }

  function find(nameOrArn: string): OpenTable | undefined {
    const name = nameOf(nameOrArn);
    const now = store.writes(SERVICE, 'tables');
    if (now !== asOf) {
      opened.clear();
      asOf = now;
    }
    if (opened.has(name)) return opened.get(name);
    const record = records.get(name);
    const table = record && open(record);
    opened.set(name, table);
    return table;
  }

  const arnOf = (name: string) => `arn:${partition}:dynamodb:${region}:${accountId}:table/${name}`;

  return {
    find,
    get(nameOrArn) {
      const table = find(nameOrArn);
      // Tables of other accounts and Regions are not here, whatever their names.
      if (!table || (nameOrArn.startsWith('arn:') && table.arn !== arnOf(nameOf(nameOrArn)))) throw resourceNotFound();
      return table;
    },
    all: () => records.list().map(({ value }) => open(value)),
    put: ({ ...table }) => records.put(table.name, plain(table)),
    delete(table) {
      store.transaction(() => {
        itemsOf(table).clear();
        expiriesOf(table).clear();
        for (const index of table.indexes) entriesOf(table, index).clear();
        sizes.delete(table.id);
        records.delete(table.name);
      });
    },
    clearIndex: (table, index) => entriesOf(table, index).clear(),
    extents: ({ id }) => sizes.get(id) ?? {},
    putExtents: ({ id }, extents) => sizes.put(id, extents),
    arnOf,
  };
}

/** Without what was added when it was opened. */
function plain(table: Table): Table {
  const { items, entries, expiries, ...record } = table as OpenTable;
  return record;
}
