/**
 * What a proxy makes of a connection: whether it gets to its database, and as whom it can log in there. Judged anew
 * when anything it rests on has changed, and not before.
 */
import { join } from 'node:path';
import type { Reachability } from '../../../policy/network/verdict.ts';
import { canReach } from '../calls.ts';
import { instanceHostname } from '../names.ts';
import { placementOfInstance } from '../placement.ts';
import type { InstanceRecord, ProxyRecord } from '../records.ts';
import type { RdsRoom } from '../room.ts';
import { accountsStamp, loginAccounts } from './accounts.ts';
import { type Credentials, readCredentials } from './credentials.ts';

export type Judgement =
  /** Its packets do not arrive; `reason` says where they end. */
  | { readonly kind: 'no-way'; readonly reason: string }
  | {
      readonly kind: 'way';
      readonly credentials: Credentials;
      /** Every account of the database is one it lets in, by the one password it has: who comes does not matter. */
      readonly everybody: boolean;
      /** The server takes and refuses whom the proxy would: nobody has to stand between. */
      readonly direct: boolean;
    };

export interface Judge {
  /** What holds now. Rejects when the database's accounts cannot be asked for. */
  judge(): Promise<Judgement>;
  /** Judges ahead, where the judgement can be kept: MySQL does not show from outside that its accounts have changed. */
  prepare(): Promise<void>;
  /** The same, when it is known without asking anybody. */
  known(): Judgement | undefined;
}

/** Whose records a judgement rests on. */
const RESTS_ON = ['iam', 'secretsmanager', 'kms', 'ec2', 'rds'] as const;

export function createJudge(
  room: Pick<RdsRoom, 'context' | 'place' | 'names' | 'records' | 'fleet'>,
  name: string,
): Judge {
  const { context, place, records, fleet } = room;
  const { store, dispatch } = context;
  let last: { readonly stamp: string; readonly judging: Promise<Judgement>; judgement?: Judgement } | undefined;

  let seen: { readonly writes: number; readonly dataDirectory: string | undefined } | undefined;

  /** Looked up anew only when a proxy or a database changed. */
  function dataDirectory(): string | undefined {
    const writes = store.writes('rds');
    if (seen?.writes !== writes) {
      const instance = instanceOf(records.proxies.get(name));
      seen = { writes, dataDirectory: instance && join(store.directory(join('rds', instance.identifier)), 'data') };
    }
    return seen.dataDirectory;
  }

  /** Undefined where changes of the accounts cannot be seen from outside: nothing is then known for longer than now. */
  function stamp(): string | undefined {
    const directory = dataDirectory();
    const accounts = directory === undefined ? undefined : accountsStamp(directory);
    if (accounts === undefined) return undefined;
    return `${RESTS_ON.map((service) => store.writes(service)).join(' ')} ${accounts}`;
  }

  function instanceOf(proxy: ProxyRecord | undefined): InstanceRecord | undefined {
    const identifier = proxy?.target?.instanceIdentifiers[0];
    return identifier === undefined ? undefined : records.instances.get(identifier);
  }

  async function examine(): Promise<Judgement> {
    const proxy = records.proxies.get(name);
    const instance = instanceOf(proxy);
    if (!proxy || !instance) return { kind: 'no-way', reason: `proxy ${name} has no target` };
    const server = fleet.running(instance.identifier);
    if (!server) return { kind: 'no-way', reason: `database ${instance.identifier} is not running` };
    const way = await wayTo(proxy, instance);
    if (way.kind === 'no') return { kind: 'no-way', reason: way.remedy ? `${way.reason}; ${way.remedy}` : way.reason };
    const [credentials, accounts] = await Promise.all([readCredentials(room, proxy, server), loginAccounts(server)]);
    const everybody = accounts.every(({ user, hasSeveral }) => !hasSeveral && credentials.of(user).kind === 'known');
    const direct = everybody && proxy.requireTls === fleet.requiresTls(instance);
    return { kind: 'way', credentials, everybody, direct };
  }

  function wayTo(proxy: ProxyRecord, instance: InstanceRecord): Promise<Reachability> {
    const { subnetIds, securityGroupIds } = proxy;
    const group = instance.subnetGroupName ? records.subnetGroups.get(instance.subnetGroupName) : undefined;
    return canReach(
      dispatch,
      `proxy ${name}`,
      { kind: 'vpc', subnetIds, securityGroupIds },
      {
        kind: 'placed',
        name: instanceHostname(place, instance.identifier),
        port: instance.port,
        placement: placementOfInstance(instance, group),
      },
    );
  }

  function judgeNow(): Promise<Judgement> {
    const now = stamp();
    if (last && now !== undefined && last.stamp === now) return last.judging;
    const judging = examine();
    if (now === undefined) return judging;
    const current: typeof last = { stamp: now, judging };
    last = current;
    judging.then(
      (judgement) => {
        current.judgement = judgement;
      },
      () => {
        if (last === current) last = undefined;
      },
    );
    return judging;
  }

  return {
    judge: judgeNow,
    async prepare() {
      if (stamp() !== undefined) await judgeNow();
    },
    known: () => (last?.judgement && last.stamp === stamp() ? last.judgement : undefined),
  };
}
