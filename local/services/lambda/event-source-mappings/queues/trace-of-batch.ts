/**
 * The trace header that stands for a batch. Messages of one trace go on with it; a batch of several begins a trace of its
 * own. How often a chain of requests has been through which function is remembered of all of them. Pure.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */

interface Header {
  readonly fields: readonly string[];
  readonly root: string | undefined;
  readonly lineage: readonly string[];
}

export function traceOfBatch(headers: readonly (string | undefined)[]): string | undefined {
  const all = headers.flatMap((header) => (header === undefined ? [] : [read(header)]));
  const [first] = all;
  if (!first) return undefined;
  const isOne = all.length === headers.length && all.every(({ root }) => root === first.root);
  const lineage = merged(all.map((header) => header.lineage));
  const fields = [...(isOne ? first.fields : []), ...(lineage === '' ? [] : [`Lineage=${lineage}`])];
  return fields.length === 0 ? undefined : fields.join(';');
}

function read(header: string): Header {
  const parts = header.split(';').filter((part) => part !== '');
  const lineage = parts.find((part) => part.startsWith('Lineage='));
  return {
    fields: parts.filter((part) => part !== lineage),
    root: parts.find((part) => part.startsWith('Root=')),
    lineage: lineage?.slice('Lineage='.length).split('|') ?? [],
  };
}

/** Of each function the most. */
function merged(lineages: readonly (readonly string[])[]): string {
  const most = new Map<string, number>();
  for (const entry of lineages.flat()) {
    const [id = '', returns = '0'] = entry.split(':');
    most.set(id, Math.max(most.get(id) ?? 0, Number(returns)));
  }
  return [...most].map(([id, returns]) => `${id}:${returns}`).join('|');
}
