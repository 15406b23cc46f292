/** Who else may put events on a bus. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html */
import type { PutPermissionRequest, RemovePermissionRequest } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import { readPolicy } from '../../policy/iam/index.ts';
import { notFound, validationError } from './errors.ts';
import type { Bus } from './records.ts';
import type { Room } from './room.ts';

interface Statement {
  readonly Sid?: string;
  readonly [member: string]: unknown;
}

const MOST_BYTES = 10_240;

const statementsOf = ({ policy }: Bus): readonly Statement[] =>
  policy === undefined ? [] : [(JSON.parse(policy) as { Statement: Statement | Statement[] }).Statement].flat();

/** Throws ValidationException, PolicyLengthExceededException. */
export function putBusPolicy(room: Room, bus: Bus, policy: string, policyPlace?: Bus['policyPlace']): void {
  if (Buffer.byteLength(policy) > MOST_BYTES) {
    throw new AwsError('PolicyLengthExceededException', `The policy is longer than ${MOST_BYTES} bytes.`);
  }
  try {
    readPolicy(policy, 'resource');
  } catch (error) {
    throw validationError(`The policy is not valid: ${(error as Error).message}`);
  }
  const { policyPlace: _, ...rest } = bus;
  room.buses.put({ ...rest, policy, ...(policyPlace && { policyPlace }), changedAt: room.clock.now() });
}

/** A statement of that name is replaced. */
export function putStatement(room: Room, bus: Bus, statement: Statement, place?: Bus['policyPlace']): void {
  const others = statementsOf(bus).filter(({ Sid }) => Sid !== statement.Sid);
  putBusPolicy(room, bus, JSON.stringify({ Version: '2012-10-17', Statement: [...others, statement] }), place);
}

/** False when there is none of that name. */
export function removeStatement(room: Room, bus: Bus, sid: string): boolean {
  const all = statementsOf(bus);
  const others = all.filter(({ Sid }) => Sid !== sid);
  if (others.length === all.length) return false;
  if (others.length === 0) removePolicy(room, bus);
  else putBusPolicy(room, bus, JSON.stringify({ Version: '2012-10-17', Statement: others }), bus.policyPlace);
  return true;
}

export function removePolicy(room: Room, { policy: _p, policyPlace: _w, ...bus }: Bus): void {
  room.buses.put({ ...bus, changedAt: room.clock.now() });
}

/** As PutPermission writes it. */
export function permissionStatement(
  room: Room,
  bus: Bus,
  input: Pick<PutPermissionRequest, 'StatementId' | 'Principal' | 'Action' | 'Condition'>,
): Statement {
  const { StatementId, Principal = '', Action = 'events:PutEvents', Condition } = input;
  if (!StatementId) throw validationError('Parameter StatementId is required.');
  if (!/^(\d{12}|\*)$/.test(Principal)) throw validationError('Parameter Principal is not valid.');
  const { Type, Key, Value } = Condition ?? {};
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: `arn:${room.partition}:iam::${Principal}:root` },
    Action,
    Resource: room.buses.arnOf(bus.name),
    ...(Type !== undefined && Key !== undefined && { Condition: { [Type]: { [Key]: Value ?? '' } } }),
  };
}

export function policyOperations(room: Room): Record<string, Operation> {
  const { buses } = room;
  const put: Operation<PutPermissionRequest> = {
    // IAM knows no resource for it.
    requires: () => [{ action: 'events:PutPermission', resource: '*' }],
    handle(input) {
      const bus = buses.get(input.EventBusName);
      if (input.Policy !== undefined) putBusPolicy(room, bus, input.Policy);
      else putStatement(room, bus, permissionStatement(room, bus, input));
    },
  };

  const remove: Operation<RemovePermissionRequest> = {
    requires: () => [{ action: 'events:RemovePermission', resource: '*' }],
    handle({ EventBusName, RemoveAllPermissions, StatementId = '' }) {
      const bus = buses.get(EventBusName);
      if (RemoveAllPermissions) removePolicy(room, bus);
      else if (!removeStatement(room, bus, StatementId)) {
        throw notFound('Statement with the provided id does not exist.');
      }
    },
  };

  return { PutPermission: put, RemovePermission: remove };
}
