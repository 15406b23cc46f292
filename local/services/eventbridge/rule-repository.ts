/** Rules as the store has them, and compiled for whoever looks for those an event matches. */
import type { Collection, RecordedKind, ServiceContext } from '../../kernel/index.ts';
import { compilePattern, type EventPattern } from '../../kernel/patterns/index.ts';
import { isReadOnlyCall, mayMean } from './api-call-records.ts';
import { ruleNotFound } from './errors.ts';
import type { BusEvent, Rule } from './records.ts';
import { arnOf } from './room.ts';

export interface RuleRepository {
  find(bus: string, name: string): Rule | undefined;
  /** Throws ResourceNotFoundException. */
  get(bus: string, name: string): Rule;
  put(rule: Rule): Rule;
  delete(bus: string, name: string): void;
  /** Of a bus, by name. */
  list(bus: string, prefix?: string): readonly Rule[];
  all(): readonly Rule[];
  /** Those that are enabled and whose pattern an event matches. */
  matching(bus: string, event: BusEvent['parsed']): readonly Rule[];
  /** Whether one of those that are enabled may match CloudTrail's records of such calls. */
  mayWant(bus: string, kind: RecordedKind): boolean;
  /** Told of every change. */
  onChange(listener: () => void): void;
  arnOf(bus: string, name: string): string;
}

interface Compiled {
  readonly rule: Rule;
  readonly pattern: EventPattern;
}

/** Of one bus: most rules say exactly which sources they want. */
interface Index {
  readonly bySource: ReadonlyMap<unknown, readonly Compiled[]>;
  readonly others: readonly Compiled[];
}

const NONE: readonly Compiled[] = [];

/** The only state in which rules hear of calls that read. */
const WITH_READS = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

export function openRules(context: ServiceContext): RuleRepository {
  const { store } = context;
  const kept: Collection<Rule> = store.collection('events', 'rules');
  const compiled = new Map<string, EventPattern>();
  const indexes = new Map<string, Index>();
  const listeners: (() => void)[] = [];
  let revision = -1;

  const keyOf = (bus: string, name: string): string => `${bus}|${name}`;
  const list = (bus: string, prefix = ''): Rule[] =>
    kept.list({ prefix: keyOf(bus, prefix) }).map(({ value }) => value);

  function patternOf(text: string): EventPattern {
    let pattern = compiled.get(text);
    if (!pattern) {
      if (compiled.size > 2_000) compiled.clear();
      pattern = compilePattern(text);
      compiled.set(text, pattern);
    }
    return pattern;
  }

  function indexOf(bus: string): Index {
    const now = store.writes('events', 'rules');
    if (now !== revision) indexes.clear();
    revision = now;
    let index = indexes.get(bus);
    if (!index) {
      index = buildIndex(list(bus), patternOf);
      indexes.set(bus, index);
    }
    return index;
  }

  function changed(): void {
    store.onCommit(() => {
      for (const listener of listeners) listener();
    });
  }

  const find = (bus: string, name: string): Rule | undefined => kept.get(keyOf(bus, name));

  return {
    find,
    get(bus, name) {
      const rule = find(bus, name);
      if (!rule) throw ruleNotFound(name, bus);
      return rule;
    },
    put(rule) {
      kept.put(keyOf(rule.bus, rule.name), rule);
      changed();
      return rule;
    },
    delete(bus, name) {
      kept.delete(keyOf(bus, name));
      changed();
    },
    list,
    all: () => kept.list().map(({ value }) => value),
    matching(bus, event) {
      const { bySource, others } = indexOf(bus);
      const sourced = bySource.get(event['source']) ?? NONE;
      const isRead = isReadOnlyCall(event);
      const found: Rule[] = [];
      for (const compiled of [sourced, others])
        for (const { rule, pattern } of compiled)
          if ((!isRead || rule.state === WITH_READS) && pattern.matches(event)) found.push(rule);
      return found;
    },
    mayWant(bus, kind) {
      const { bySource, others } = indexOf(bus);
      const may = ({ rule, pattern }: Compiled): boolean =>
        (!kind.readOnly || rule.state === WITH_READS) && mayMean(pattern, kind);
      return (bySource.get(kind.source) ?? NONE).some(may) || others.some(may);
    },
    onChange: (listener) => void listeners.push(listener),
    arnOf: (bus, name) => arnOf(context, `rule/${bus === 'default' ? '' : `${bus}/`}${name}`),
  };
}

function buildIndex(rules: readonly Rule[], patternOf: (text: string) => EventPattern): Index {
  const bySource = new Map<unknown, Compiled[]>();
  const others: Compiled[] = [];
  for (const rule of rules) {
    if (rule.pattern === undefined || rule.state === 'DISABLED') continue;
    const entry = { rule, pattern: patternOf(rule.pattern) };
    const sources = entry.pattern.exactly('source');
    if (!sources) others.push(entry);
    for (const source of new Set(sources)) {
      const same = bySource.get(source);
      if (same) same.push(entry);
      else bySource.set(source, [entry]);
    }
  }
  return { bySource, others };
}
