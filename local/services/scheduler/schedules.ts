/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule.html */
import type {
  CreateScheduleInput,
  DeleteScheduleInput,
  GetScheduleInput,
  ListSchedulesInput,
  UpdateScheduleInput,
} from '@aws-sdk/client-scheduler';
import { InvalidSchedule, isTimeZone, parseSchedule } from '../../kernel/schedules/index.ts';
import type { Operation, Requirement } from '../../kernel/service.ts';
import { conflict, notFound, validationError } from './errors.ts';
import { findGroup } from './groups.ts';
import { page } from './paging.ts';
import {
  arnOf,
  DEFAULT_GROUP,
  keyOf,
  type Room,
  SCHEDULER,
  type Schedule,
  type ScheduleTarget,
  type With,
} from './room.ts';
import { targetProblem } from './target-call.ts';

export type ScheduleInput = With<CreateScheduleInput, 'Name' | 'ScheduleExpression' | 'Target' | 'FlexibleTimeWindow'>;

/** Throws ValidationException and ResourceNotFoundException. */
function checked(room: Room, input: ScheduleInput, createdAt: number): Schedule {
  const { Name: name, GroupName: group = DEFAULT_GROUP, ScheduleExpression, Target, FlexibleTimeWindow } = input;
  const { ScheduleExpressionTimezone: timeZone = 'UTC', StartDate, EndDate, Description, KmsKeyArn } = input;
  if (!findGroup(room, group)) throw notFound(`Schedule group ${group} does not exist.`);
  checkExpression(ScheduleExpression, timeZone);
  if (StartDate && EndDate && EndDate <= StartDate) throw validationError('EndDate must be after StartDate.');
  const { Mode, MaximumWindowInMinutes: windowMinutes } = FlexibleTimeWindow;
  if ((Mode === 'FLEXIBLE') !== (windowMinutes !== undefined)) {
    throw validationError('MaximumWindowInMinutes goes with the mode FLEXIBLE, and must be there then.');
  }
  const target = Target as ScheduleTarget;
  const problem = targetProblem(target);
  if (problem !== undefined) throw validationError(problem);
  return {
    name,
    group,
    arn: arnOf(room, `schedule/${keyOf(group, name)}`),
    expression: ScheduleExpression,
    timeZone,
    ...(Description !== undefined && { description: Description }),
    ...(StartDate && { startAt: StartDate.getTime() }),
    ...(EndDate && { endAt: EndDate.getTime() }),
    state: input.State ?? 'ENABLED',
    ...(KmsKeyArn !== undefined && { kmsKeyArn: KmsKeyArn }),
    target,
    ...(windowMinutes !== undefined && { windowMinutes }),
    deletesItself: input.ActionAfterCompletion === 'DELETE',
    createdAt,
    changedAt: room.clock.now(),
  };
}

function checkExpression(expression: string, timeZone: string): void {
  if (!isTimeZone(timeZone)) throw validationError(`Invalid ScheduleExpressionTimezone ${timeZone}.`);
  try {
    parseSchedule(expression, { zone: timeZone, anyPlural: true });
  } catch (error) {
    if (!(error instanceof InvalidSchedule)) throw error;
    throw validationError(`Invalid Schedule Expression ${expression}.`);
  }
}

export function createSchedule(room: Room, input: ScheduleInput): Schedule {
  const schedule = checked(room, input, room.clock.now());
  if (room.schedules.get(keyOf(schedule.group, schedule.name))) {
    throw conflict(`Schedule ${schedule.name} already exists.`);
  }
  return put(room, schedule);
}

/** What is left out of the input is as if never given. */
export function updateSchedule(room: Room, input: ScheduleInput): Schedule {
  const { createdAt } = getSchedule(room, input.GroupName, input.Name);
  return put(room, checked(room, input, createdAt));
}

function put(room: Room, schedule: Schedule): Schedule {
  const key = keyOf(schedule.group, schedule.name);
  room.schedules.put(key, schedule);
  room.changed(key);
  return schedule;
}

export function deleteSchedule(room: Room, group: string, name: string): boolean {
  const key = keyOf(group, name);
  const isDeleted = room.schedules.delete(key);
  room.changed(key);
  return isDeleted;
}

export function getSchedule(room: Room, group = DEFAULT_GROUP, name = ''): Schedule {
  const schedule = room.schedules.get(keyOf(group, name));
  if (!schedule) throw notFound(`Schedule ${name} does not exist.`);
  return schedule;
}

export function scheduleOperations(room: Room): Record<string, Operation> {
  const { schedules } = room;
  type Named = { readonly Name: string; readonly GroupName?: string };
  const on = (action: string, { Name, GroupName = DEFAULT_GROUP }: Named): Requirement => ({
    action: `scheduler:${action}`,
    resource: arnOf(room, `schedule/${keyOf(GroupName, Name)}`),
  });
  const passRole = ({ Target }: ScheduleInput): Requirement => ({
    action: 'iam:PassRole',
    resource: Target.RoleArn ?? '',
    context: { 'iam:PassedToService': SCHEDULER },
  });

  const create: Operation<ScheduleInput> = {
    requires: (input) => [on('CreateSchedule', input), passRole(input)],
    handle: (input) => ({ ScheduleArn: createSchedule(room, input).arn }),
  };

  const update: Operation<ScheduleInput & UpdateScheduleInput> = {
    requires: (input) => [on('UpdateSchedule', input), passRole(input)],
    handle: (input) => ({ ScheduleArn: updateSchedule(room, input).arn }),
  };

  const remove: Operation<With<DeleteScheduleInput, 'Name'>> = {
    requires: (input) => [on('DeleteSchedule', input)],
    handle({ Name, GroupName = DEFAULT_GROUP }) {
      if (!deleteSchedule(room, GroupName, Name)) throw notFound(`Schedule ${Name} does not exist.`);
      return {};
    },
  };

  const get: Operation<With<GetScheduleInput, 'Name'>> = {
    requires: (input) => [on('GetSchedule', input)],
    handle({ Name, GroupName }) {
      const schedule = getSchedule(room, GroupName, Name);
      const { description, startAt, endAt, kmsKeyArn, windowMinutes } = schedule;
      return {
        ...summary(schedule),
        ScheduleExpression: schedule.expression,
        ScheduleExpressionTimezone: schedule.timeZone,
        ...(description !== undefined && { Description: description }),
        ...(startAt !== undefined && { StartDate: new Date(startAt) }),
        ...(endAt !== undefined && { EndDate: new Date(endAt) }),
        ...(kmsKeyArn !== undefined && { KmsKeyArn: kmsKeyArn }),
        Target: schedule.target,
        FlexibleTimeWindow:
          windowMinutes === undefined ? { Mode: 'OFF' } : { Mode: 'FLEXIBLE', MaximumWindowInMinutes: windowMinutes },
        ActionAfterCompletion: schedule.deletesItself ? 'DELETE' : 'NONE',
      };
    },
  };

  const list: Operation<ListSchedulesInput> = {
    requires: ({ GroupName = '*' }) => [
      { action: 'scheduler:ListSchedules', resource: arnOf(room, `schedule/${GroupName}/*`) },
    ],
    handle(input) {
      const { GroupName, NamePrefix = '', State } = input;
      const all = schedules
        .list({ prefix: GroupName === undefined ? '' : `${GroupName}/${NamePrefix}` })
        .map(({ value }) => value)
        .filter(({ name, state }) => name.startsWith(NamePrefix) && (State === undefined || state === State));
      const { items, ...rest } = page(all, input);
      return { Schedules: items.map((one) => ({ ...summary(one), Target: { Arn: one.target.Arn } })), ...rest };
    },
  };

  return {
    CreateSchedule: create,
    UpdateSchedule: update,
    DeleteSchedule: remove,
    GetSchedule: get,
    ListSchedules: list,
  };
}

const summary = ({ name, group, arn, state, createdAt, changedAt }: Schedule) => ({
  Arn: arn,
  Name: name,
  GroupName: group,
  State: state,
  CreationDate: new Date(createdAt),
  LastModificationDate: new Date(changedAt),
});
