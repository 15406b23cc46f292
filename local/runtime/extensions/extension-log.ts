/**
 * The lines Lambda writes about extensions into the function's log, as text or as JSON platform events.
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-extension
 */
import type { Extension } from './extension.ts';
import type { Subscription, SubscriptionApi } from './subscription.ts';

/** Each answers a log event's message, or undefined where nothing is written. `now` is ms since 1970. */
export interface ExtensionLog {
  /** At the end of the init phase. */
  state(extension: Extension, now: number): string | undefined;
  subscribed(name: string, subscription: Subscription, now: number): string | undefined;
}

/** `systemLogLevel` is of JSON logs only; these events are of level INFO. */
export function extensionLog(logFormat: 'Text' | 'JSON', systemLogLevel: string | undefined): ExtensionLog {
  if (logFormat === 'Text') return TEXT;
  return systemLogLevel === 'WARN' ? SILENT : JSON_EVENTS;
}

/** What `platform.extension` says of one. */
export function stateRecord({ name, state, events, errorType }: Extension) {
  return { name, state, events, ...(errorType !== undefined && { errorType }) };
}

const HEADING: Readonly<Record<SubscriptionApi, string>> = { telemetry: 'TELEMETRY', logs: 'LOGS' };

const TEXT: ExtensionLog = {
  state: ({ name, state, events, errorType }) =>
    `EXTENSION\tName: ${name}\tState: ${state}\tEvents: [${events.join(', ')}]${
      errorType === undefined ? '' : `\tError Type: ${errorType}`
    }\n`,
  subscribed(name, { api, types }) {
    const titles = types.map((type) => type[0]?.toUpperCase() + type.slice(1));
    return `${HEADING[api]}\tName: ${name}\tState: Subscribed\tTypes: [${titles.join(', ')}]\n`;
  },
};

const JSON_EVENTS: ExtensionLog = {
  state: (extension, now) => platformEvent('platform.extension', stateRecord(extension), now),
  subscribed: (name, { api, types }, now) =>
    platformEvent(`platform.${api}Subscription`, { name, state: 'Subscribed', types }, now),
};

const SILENT: ExtensionLog = { state: () => undefined, subscribed: () => undefined };

function platformEvent(type: string, record: object, now: number): string {
  return JSON.stringify({ time: new Date(now).toISOString(), type, record });
}
