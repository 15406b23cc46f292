/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html */
import type {
  DeleteRuleRequest,
  DescribeRuleRequest,
  EnableRuleRequest,
  ListRuleNamesByTargetRequest,
  ListRulesRequest,
  PutRuleRequest,
  TestEventPatternRequest,
} from '@aws-sdk/client-eventbridge';
import { compilePattern } from '../../kernel/patterns/index.ts';
import { InvalidSchedule, parseSchedule } from '../../kernel/schedules/index.ts';
import type { Operation } from '../../kernel/service.ts';
import { DEFAULT_BUS } from './bus-repository.ts';
import { checkingPattern, limitExceeded, managedRule, validationError } from './errors.ts';
import { page } from './paging.ts';
import type { Rule, RuleState } from './records.ts';
import { onRule, passRole, requestTags } from './requirements.ts';
import type { Room, With } from './room.ts';
import { putTags } from './tags.ts';

const MOST_RULES = 300;

/** Makes or changes it; targets stay. */
export function putRule(room: Room, input: With<PutRuleRequest, 'Name'>): Rule {
  const { Name: name, EventPattern: pattern, ScheduleExpression: schedule, State, Description, RoleArn, Tags } = input;
  const bus = room.buses.get(input.EventBusName).name;
  const before = room.rules.find(bus, name);
  if (before?.managedBy !== undefined) throw managedRule(name);
  if (!pattern && !schedule) {
    throw validationError('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  }
  if (pattern) checkingPattern(() => compilePattern(pattern));
  if (schedule) checkSchedule(schedule, bus);
  if (!before && room.rules.list(bus).length >= MOST_RULES) throw limitExceeded();
  const state = (State ?? 'ENABLED') as RuleState;
  const goesOn = before?.schedule === schedule && before?.state === state;
  const rule = room.rules.put({
    name,
    bus,
    arn: room.rules.arnOf(bus, name),
    ...(pattern && { pattern }),
    ...(schedule && { schedule }),
    scheduledSince: goesOn ? before.scheduledSince : room.clock.now(),
    state,
    ...(Description !== undefined && { description: Description }),
    ...(RoleArn !== undefined && { roleArn: RoleArn }),
    createdBy: room.accountId,
    targets: before?.targets ?? [],
  });
  if (!before) putTags(room, rule.arn, Tags);
  return rule;
}

function checkSchedule(schedule: string, bus: string): void {
  if (bus !== DEFAULT_BUS) throw validationError('ScheduleExpression is supported only on the default event bus.');
  try {
    if (parseSchedule(schedule).kind !== 'at') return;
  } catch (error) {
    if (!(error instanceof InvalidSchedule)) throw error;
  }
  throw validationError('Parameter ScheduleExpression is not valid.');
}

/** A rule that has targets stays, on AWS too. */
export function deleteRule(room: Room, bus: string, name: string, options: { readonly withTargets: boolean }): void {
  const rule = room.rules.find(bus, name);
  if (!rule) return;
  if (rule.managedBy !== undefined) throw managedRule(name);
  if (rule.targets.length > 0 && !options.withTargets) {
    throw validationError("Rule can't be deleted since it has targets.");
  }
  room.rules.delete(bus, name);
  room.tags.delete(rule.arn);
}

export function ruleOperations(room: Room): Record<string, Operation> {
  const { rules, buses } = room;
  type Named = { readonly Name: string; readonly EventBusName?: string };
  const named = (action: string) => (input: Named) => [
    onRule(room, action, { bus: input.EventBusName, name: input.Name }),
  ];

  const put: Operation<With<PutRuleRequest, 'Name'>> = {
    requires: (input) => {
      const { EventBusName: bus, Name: name, Tags, RoleArn } = input;
      const requirement = onRule(room, 'PutRule', { bus, name }, { ...requestTags(Tags), ...patternKeys(input) });
      return RoleArn === undefined ? [requirement] : [requirement, passRole(RoleArn)];
    },
    handle: (input) => ({ RuleArn: room.store.transaction(() => putRule(room, input)).arn }),
  };

  const describe: Operation<With<DescribeRuleRequest, 'Name'>> = {
    requires: named('DescribeRule'),
    handle: ({ Name, EventBusName }) => {
      const rule = rules.get(buses.get(EventBusName).name, Name);
      return { ...described(rule), CreatedBy: rule.createdBy };
    },
  };

  const remove: Operation<With<DeleteRuleRequest, 'Name'>> = {
    requires: named('DeleteRule'),
    handle: ({ Name, EventBusName }) => deleteRule(room, buses.get(EventBusName).name, Name, { withTargets: false }),
  };

  const turn = (
    action: 'EnableRule' | 'DisableRule',
    state: RuleState,
  ): Operation<With<EnableRuleRequest, 'Name'>> => ({
    requires: named(action),
    handle({ Name, EventBusName }) {
      const rule = rules.get(buses.get(EventBusName).name, Name);
      if (rule.managedBy !== undefined) throw managedRule(Name);
      if (rule.state !== state) rules.put({ ...rule, state, scheduledSince: room.clock.now() });
    },
  });

  const list: Operation<ListRulesRequest> = {
    requires: ({ EventBusName }) => [
      { action: 'events:ListRules', resource: rules.arnOf(buses.nameOf(EventBusName), '*') },
    ],
    handle(input) {
      const { items, ...rest } = page(rules.list(buses.get(input.EventBusName).name, input.NamePrefix), input);
      return { Rules: items.map(described), ...rest };
    },
  };

  const namesByTarget: Operation<With<ListRuleNamesByTargetRequest, 'TargetArn'>> = {
    requires: ({ EventBusName }) => [
      { action: 'events:ListRuleNamesByTarget', resource: rules.arnOf(buses.nameOf(EventBusName), '*') },
    ],
    handle(input) {
      const all = rules
        .list(buses.get(input.EventBusName).name)
        .filter(({ targets }) => targets.some(({ Arn }) => Arn === input.TargetArn));
      const { items, ...rest } = page(all, input);
      return { RuleNames: items.map(({ name }) => name), ...rest };
    },
  };

  const testPattern: Operation<With<TestEventPatternRequest, 'EventPattern' | 'Event'>> = {
    requires: () => [{ action: 'events:TestEventPattern', resource: '*' }],
    handle({ EventPattern, Event }) {
      const pattern = checkingPattern(() => compilePattern(EventPattern));
      return { Result: pattern.matches(readEvent(Event)) };
    },
  };

  return {
    PutRule: put,
    DescribeRule: describe,
    DeleteRule: remove,
    EnableRule: turn('EnableRule', 'ENABLED'),
    DisableRule: turn('DisableRule', 'DISABLED'),
    ListRules: list,
    ListRuleNamesByTarget: namesByTarget,
    TestEventPattern: testPattern,
  };
}

const MANDATORY = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

function readEvent(text: string): unknown {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    throw validationError('Parameter Event is not valid.');
  }
  const isObject = typeof event === 'object' && event !== null && !Array.isArray(event);
  if (!isObject || MANDATORY.some((name) => !Object.hasOwn(event as object, name))) {
    throw validationError('Parameter Event is not valid.');
  }
  return event;
}

/** `events:source` and its like, of the pattern a rule is to have. */
function patternKeys({ EventPattern }: PutRuleRequest): Record<string, string[]> {
  if (!EventPattern) return {};
  try {
    const pattern = compilePattern(EventPattern);
    const keys = [
      ['events:source', ['source']],
      ['events:detail-type', ['detail-type']],
      ['events:detail.service', ['detail', 'service']],
      ['events:detail.eventTypeCode', ['detail', 'eventTypeCode']],
      ['events:detail.userIdentity.principalId', ['detail', 'userIdentity', 'principalId']],
    ] as const;
    return Object.fromEntries(
      keys.flatMap(([key, path]) => {
        const values = pattern.exactly(...path);
        return values ? [[key, values.map(String)]] : [];
      }),
    );
  } catch {
    // What is no pattern is refused by the operation, in its own words.
    return {};
  }
}

function described(rule: Rule) {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventBusName: rule.bus,
    State: rule.state,
    ...(rule.pattern !== undefined && { EventPattern: rule.pattern }),
    ...(rule.schedule !== undefined && { ScheduleExpression: rule.schedule }),
    ...(rule.description !== undefined && { Description: rule.description }),
    ...(rule.roleArn !== undefined && { RoleArn: rule.roleArn }),
    ...(rule.managedBy !== undefined && { ManagedBy: rule.managedBy }),
  };
}
