/**
 * Takes the place of cls-hooked in the layer's X-Ray SDK: which subsegment the running code stands in. cls-hooked follows
 * every promise by hooks of its own, a quarter of all that a warm invocation computes; Node's AsyncLocalStorage follows
 * them by itself. Of cls-hooked's API there is what the SDK calls in a Lambda function.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

type Context = Record<string, unknown>;

class Namespace {
  readonly #contexts = new AsyncLocalStorage<Context>();
  #outermost: Context | null = null;

  get #active(): Context | null {
    return this.#contexts.getStore() ?? this.#outermost;
  }

  createContext(): Context {
    return Object.create(this.#active) as Context;
  }

  get(key: string): unknown {
    return this.#active?.[key];
  }

  set<Value>(key: string, value: Value): Value {
    const active = this.#active;
    if (active === null) throw new Error('No context available: none was entered');
    active[key] = value;
    return value;
  }

  run(work: (context: Context) => void): Context {
    const context = this.createContext();
    this.#contexts.run(context, work, context);
    return context;
  }

  /** Once, while the SDK is loaded: what every invocation begins in, for the process's whole life. */
  enter(context: Context): void {
    this.#outermost = context;
  }
}

const namespaces = new Map<string, Namespace>();

export const getNamespace = (name: string): Namespace | undefined => namespaces.get(name);

export function createNamespace(name: string): Namespace {
  const namespace = new Namespace();
  namespaces.set(name, namespace);
  return namespace;
}
