/** Who called whom, over many traces. https://docs.aws.amazon.com/xray/latest/api/API_Service.html */
import type { Edge, Service as GraphService } from '@aws-sdk/client-xray';
import type { Facts, ServiceFacts, TraceFacts } from './trace-facts.ts';

/** Calls of a service, or along an edge, counted. */
class Tally {
  readonly #times: number[] = [];
  #start = Number.POSITIVE_INFINITY;
  #end = 0;
  #ok = 0;
  #throttle = 0;
  #error = 0;
  #fault = 0;

  /** Times in seconds. */
  add({ flags }: Facts, start: number, end: number | undefined): void {
    this.#start = Math.min(this.#start, start);
    this.#end = Math.max(this.#end, end ?? start);
    if (flags['fault']) this.#fault++;
    else if (flags['throttle']) this.#throttle++;
    else if (flags['error']) this.#error++;
    else this.#ok++;
    if (end !== undefined) this.#times.push(end - start);
  }

  get statistics() {
    return {
      OkCount: this.#ok,
      ErrorStatistics: {
        ThrottleCount: this.#throttle,
        OtherCount: this.#error,
        TotalCount: this.#throttle + this.#error,
      },
      FaultStatistics: { OtherCount: this.#fault, TotalCount: this.#fault },
      TotalCount: this.#ok + this.#throttle + this.#error + this.#fault,
      TotalResponseTime: this.#times.reduce((sum, time) => sum + time, 0),
    };
  }

  get histogram() {
    const counts = new Map<number, number>();
    for (const time of this.#times) {
      const value = Math.round(time * 1000) / 1000;
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return [...counts].sort(([a], [b]) => a - b).map(([Value, Count]) => ({ Value, Count }));
  }

  get period() {
    return { StartTime: new Date(this.#start * 1000), EndTime: new Date(this.#end * 1000) };
  }
}

interface Place {
  readonly referenceId: number;
  readonly name: string;
  readonly type: string;
  readonly tally: Tally;
  readonly edges: Map<Place, Tally>;
  isRoot: boolean;
}

export function serviceGraph(traces: readonly TraceFacts[], accountId: string): readonly GraphService[] {
  const places = new Map<string, Place>();

  function placeOf(name: string, type: string): Place {
    const key = `${name} ${type}`;
    let place = places.get(key);
    if (!place) {
      place = { referenceId: places.size, name, type, tally: new Tally(), edges: new Map(), isRoot: false };
      places.set(key, place);
    }
    return place;
  }

  const along = (from: Place, to: Place): Tally => {
    let tally = from.edges.get(to);
    if (!tally) {
      tally = new Tally();
      from.edges.set(to, tally);
    }
    return tally;
  };

  for (const { services, edges } of traces) {
    for (const service of services) {
      const place = placeOf(service.name, service.type);
      place.tally.add(service, service.node.start, service.node.end);
      if (!isEntry(service)) continue;
      place.isRoot = true;
      // Whoever called from outside: one client for each place to come in.
      along(placeOf(service.name, 'client'), place).add(service, service.node.start, service.node.end);
    }
    for (const edge of edges) {
      const [from, to] = [edge.source, edge.destination].map(({ name, type }) => placeOf(name, type)) as [Place, Place];
      along(from, to).add(edge, edge.node.start, edge.node.end);
    }
  }

  return [...places.values()].map((place) => ({
    ReferenceId: place.referenceId,
    Name: place.name,
    Names: [place.name],
    AccountId: accountId,
    Type: place.type,
    State: 'unknown',
    Root: place.isRoot,
    ...(place.type === 'client'
      ? [...place.edges.values()][0]?.period
      : {
          ...place.tally.period,
          SummaryStatistics: place.tally.statistics,
          DurationHistogram: place.tally.histogram,
          ResponseTimeHistogram: place.tally.histogram,
        }),
    Edges: [...place.edges].map(
      ([to, tally]): Edge => ({
        ReferenceId: to.referenceId,
        ...tally.period,
        SummaryStatistics: tally.statistics,
        ResponseTimeHistogram: tally.histogram,
        Aliases: [],
      }),
    ),
  }));
}

const isEntry = ({ flags }: ServiceFacts): boolean => flags['root'] === true;
