/** Sampling rules, and what SDKs that sample by them ask for. */
import type {
  CreateSamplingRuleRequest,
  DeleteSamplingRuleRequest,
  GetSamplingTargetsRequest,
  SamplingRuleUpdate,
  UpdateSamplingRuleRequest,
  SamplingRule as WireRule,
} from '@aws-sdk/client-xray';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation, Requirement } from '../../kernel/service.ts';
import { DEFAULT_RULE, type SamplingRule } from '../../kernel/telemetry/sampling.ts';
import { invalidRequest, onEverything, type Room } from './room.ts';

const MOST_RULES = 25;
/** How long a target's quota holds, in seconds. */
const QUOTA_SECONDS = 10;

type Named = { RuleName?: string; RuleARN?: string };

/** Throws InvalidRequestException. */
export function readRule(room: Room, rule: WireRule, now: number): SamplingRule {
  const name = rule.RuleName ?? nameIn(rule.RuleARN);
  if (name === undefined) throw invalidRequest('Either RuleName or RuleARN must be specified');
  const required = ['ServiceName', 'ServiceType', 'Host', 'HTTPMethod', 'URLPath', 'ResourceARN'] as const;
  for (const member of required) if (rule[member] === undefined) throw invalidRequest(`${member} must be specified`);
  const { Priority = 0, FixedRate = -1, ReservoirSize = -1, Version } = rule;
  if (Version !== 1) throw invalidRequest('Version must be 1');
  check(name !== DEFAULT_RULE && (Priority < 1 || Priority > 9999), 'Priority must be between 1 and 9999');
  checkRates(FixedRate, ReservoirSize);
  return {
    name,
    priority: Priority,
    fixedRate: FixedRate,
    reservoirSize: ReservoirSize,
    serviceName: rule.ServiceName ?? '*',
    serviceType: rule.ServiceType ?? '*',
    host: rule.Host ?? '*',
    method: rule.HTTPMethod ?? '*',
    path: rule.URLPath ?? '*',
    resourceArn: rule.ResourceARN ?? '*',
    attributes: rule.Attributes ?? {},
    createdAt: now,
    modifiedAt: room.clock.now(),
  };
}

function check(isWrong: boolean, message: string): void {
  if (isWrong) throw invalidRequest(message);
}

function checkRates(fixedRate: number | undefined, reservoirSize: number | undefined): void {
  check(fixedRate !== undefined && (fixedRate < 0 || fixedRate > 1), 'FixedRate must be between 0 and 1');
  check(reservoirSize !== undefined && reservoirSize < 0, 'ReservoirSize must be at least 0');
}

export function createRule(room: Room, wire: WireRule): SamplingRule {
  const rule = readRule(room, wire, room.clock.now());
  const rules = room.sampling.rules();
  if (rules.some(({ name }) => name === rule.name)) throw invalidRequest('Sampling rule already exists');
  if (rules.length > MOST_RULES) {
    throw new AwsError('RuleLimitExceededException', `You have reached the maximum number of sampling rules.`);
  }
  room.sampling.put(rule);
  return rule;
}

export function samplingOperations(room: Room): Record<string, Operation> {
  const { sampling, clock, tags } = room;

  const describe = (rule: SamplingRule) => ({
    SamplingRule: {
      RuleName: rule.name,
      RuleARN: room.ruleArn(rule.name),
      ResourceARN: rule.resourceArn,
      Priority: rule.priority,
      FixedRate: rule.fixedRate,
      ReservoirSize: rule.reservoirSize,
      ServiceName: rule.serviceName,
      ServiceType: rule.serviceType,
      Host: rule.host,
      HTTPMethod: rule.method,
      URLPath: rule.path,
      Version: 1,
      Attributes: rule.attributes,
    },
    CreatedAt: new Date(rule.createdAt),
    ModifiedAt: new Date(rule.modifiedAt),
  });

  const onRule = (action: string, named: Named): readonly Requirement[] => [
    { action: `xray:${action}`, resource: named.RuleARN ?? room.ruleArn(named.RuleName ?? '*') },
  ];

  function find({ RuleName, RuleARN }: Named): SamplingRule {
    const name = RuleName ?? nameIn(RuleARN);
    if (name === undefined) throw invalidRequest('Either RuleName or RuleARN must be specified');
    const rule = sampling.rules().find((one) => one.name === name);
    if (!rule) throw invalidRequest('Sampling rule does not exist');
    return rule;
  }

  const createSamplingRule: Operation<CreateSamplingRuleRequest & { SamplingRule: WireRule }> = {
    requires: ({ SamplingRule }) => onRule('CreateSamplingRule', SamplingRule),
    handle({ SamplingRule, Tags = [] }) {
      const rule = createRule(room, SamplingRule);
      if (Tags.length > 0) {
        tags.put(room.ruleArn(rule.name), Object.fromEntries(Tags.map(({ Key, Value }) => [Key ?? '', Value ?? ''])));
      }
      return { SamplingRuleRecord: describe(rule) };
    },
  };

  const updateSamplingRule: Operation<UpdateSamplingRuleRequest & { SamplingRuleUpdate: SamplingRuleUpdate }> = {
    requires: (input) => onRule('UpdateSamplingRule', input.SamplingRuleUpdate),
    handle({ SamplingRuleUpdate: update }) {
      const rule = find(update);
      const { FixedRate, ReservoirSize, Priority, RuleName, RuleARN, ...others } = update;
      const isMore = Priority !== undefined || Object.values(others).some((value) => value !== undefined);
      check(
        rule.name === DEFAULT_RULE && isMore,
        'Only FixedRate and ReservoirSize of the default rule can be changed',
      );
      check(Priority !== undefined && (Priority < 1 || Priority > 9999), 'Priority must be between 1 and 9999');
      checkRates(FixedRate, ReservoirSize);
      const changed: SamplingRule = {
        ...rule,
        priority: Priority ?? rule.priority,
        fixedRate: FixedRate ?? rule.fixedRate,
        reservoirSize: ReservoirSize ?? rule.reservoirSize,
        serviceName: others.ServiceName ?? rule.serviceName,
        serviceType: others.ServiceType ?? rule.serviceType,
        host: others.Host ?? rule.host,
        method: others.HTTPMethod ?? rule.method,
        path: others.URLPath ?? rule.path,
        resourceArn: others.ResourceARN ?? rule.resourceArn,
        attributes: others.Attributes ?? rule.attributes,
        modifiedAt: clock.now(),
      };
      sampling.put(changed);
      return { SamplingRuleRecord: describe(changed) };
    },
  };

  const deleteSamplingRule: Operation<DeleteSamplingRuleRequest> = {
    requires: (input) => onRule('DeleteSamplingRule', input),
    handle(input) {
      const rule = find(input);
      check(rule.name === DEFAULT_RULE, 'The default sampling rule cannot be deleted');
      sampling.delete(rule.name);
      tags.delete(room.ruleArn(rule.name));
      return { SamplingRuleRecord: describe(rule) };
    },
  };

  const getSamplingRules: Operation<object> = {
    requires: onEverything('GetSamplingRules'),
    handle: () => ({ SamplingRuleRecords: sampling.rules().map(describe) }),
  };

  /** Every client gets the whole reservoir: here they are one or two, not a fleet. */
  const getSamplingTargets: Operation<GetSamplingTargetsRequest> = {
    requires: onEverything('GetSamplingTargets'),
    handle({ SamplingStatisticsDocuments = [] }) {
      const rules = new Map(sampling.rules().map((rule) => [rule.name, rule]));
      const known = SamplingStatisticsDocuments.flatMap(({ RuleName }) => rules.get(RuleName ?? '') ?? []);
      const unknown = SamplingStatisticsDocuments.filter(({ RuleName }) => !rules.has(RuleName ?? ''));
      return {
        SamplingTargetDocuments: known.map((rule) => ({
          RuleName: rule.name,
          FixedRate: rule.fixedRate,
          ReservoirQuota: rule.reservoirSize,
          ReservoirQuotaTTL: new Date(clock.now() + QUOTA_SECONDS * 1000),
          Interval: QUOTA_SECONDS,
        })),
        LastRuleModification: new Date(Math.max(...[...rules.values()].map(({ modifiedAt }) => modifiedAt))),
        UnprocessedStatistics: unknown.map(({ RuleName }) => ({
          RuleName,
          ErrorCode: 'InvalidRuleName',
          Message: 'Rule does not exist',
        })),
      };
    },
  };

  const getSamplingStatisticSummaries: Operation<object> = {
    requires: onEverything('GetSamplingStatisticSummaries'),
    handle: () => ({
      SamplingStatisticSummaries: sampling
        .takeStatistics()
        .filter(({ requests }) => requests > 0)
        .map(({ rule, requests, sampled }) => ({
          RuleName: rule,
          Timestamp: new Date(clock.now()),
          RequestCount: requests,
          BorrowCount: 0,
          SampledCount: sampled,
        })),
    }),
  };

  return {
    CreateSamplingRule: createSamplingRule,
    UpdateSamplingRule: updateSamplingRule,
    DeleteSamplingRule: deleteSamplingRule,
    GetSamplingRules: getSamplingRules,
    GetSamplingTargets: getSamplingTargets,
    GetSamplingStatisticSummaries: getSamplingStatisticSummaries,
  };
}

function nameIn(arn: string | undefined): string | undefined {
  return arn === undefined ? undefined : /:sampling-rule\/(.+)$/.exec(arn)?.[1];
}
