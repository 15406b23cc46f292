/**
 * Several processes in one environment at the namespaces level: a first process holds the namespaces, each further one
 * joins them, and the loopback inside has ports that lead out to the environment's own socket.
 */
import type { Socket } from 'node:net';
import type { SandboxNetwork } from './contract.ts';
import { openDoorway } from './doorway.ts';
import type { EnterCommand } from './enter-script.ts';
import { holdCommand, joinCommand, networkCommand, type RootPlace, type Tools } from './enter-script.ts';
import { startHolder } from './namespace-holder.ts';
import { relayThroughEgress, relayToSocket } from './relay.ts';

/** As AWS's environments know it, but for the host: `AWS_LAMBDA_RUNTIME_API`. */
const RUNTIME_API_PORT = 9001;

export interface SharedNamespacesOptions {
  readonly tools: Tools;
  readonly place: RootPlace;
  readonly nodePath: string;
  readonly socketPath: string;
  readonly relayedPorts: readonly number[];
  readonly note: (pid: number) => () => void;
}

export interface SharedNamespaces {
  readonly network: SandboxNetwork;
  dial(port: number): Promise<Socket>;
  enter(argv: readonly string[], env: Readonly<Record<string, string>>): EnterCommand;
  end(): Promise<void>;
}

/** Rejects with SandboxError when the namespaces cannot be had. */
export async function shareNamespaces(options: SharedNamespacesOptions): Promise<SharedNamespaces> {
  const { tools, place, nodePath, socketPath, note } = options;
  const holder = await startHolder(holdCommand(tools, place), note);
  const doorway = openDoorway({ command: () => networkCommand(tools, holder.pid, [nodePath]), note });
  const end = async (): Promise<void> => {
    doorway.close();
    await holder.end();
  };
  try {
    await Promise.all([
      doorway.listen(RUNTIME_API_PORT, (socket) => relayToSocket(socket, socketPath)),
      ...options.relayedPorts.map((port) =>
        doorway.listen(port, (socket) => relayThroughEgress(socket, socketPath, '127.0.0.1', port)),
      ),
    ]);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    network: { runtimeApi: `127.0.0.1:${RUNTIME_API_PORT}` },
    dial: (port) => doorway.dial(port),
    enter: (argv, env) => joinCommand(tools, holder.pid, argv, env),
    end,
  };
}
