/** Stand-ins for what rules deliver to: each keeps the calls it gets, and answers as it is told to. */
import type { Call, CallContext, ServiceDefinition } from '../../kernel/service.ts';

export interface Received {
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent; the test says what it expects
  readonly input: any;
  readonly principal: CallContext['principal'];
  readonly traceHeader: string | undefined;
}

export interface StandIn {
  readonly definition: ServiceDefinition;
  readonly received: Received[];
  /** Thrown instead of an answer while it returns something. */
  refuse: (received: Received) => Error | undefined;
}

export function standIn(name: string, operations: readonly Call['operation'][]): StandIn {
  const received: Received[] = [];
  const self: StandIn = {
    received,
    refuse: () => undefined,
    definition: {
      name,
      resourceTypes: [],
      load: async () => ({
        providers: {},
        operations: Object.fromEntries(
          operations.map((operation) => [
            operation,
            {
              requires: () => [],
              handle(input: unknown, { principal, traceHeader }: CallContext) {
                const one = { operation, input, principal, traceHeader };
                received.push(one);
                const error = self.refuse(one);
                if (error) throw error;
                return {};
              },
            },
          ]),
        ),
      }),
    },
  };
  return self;
}
