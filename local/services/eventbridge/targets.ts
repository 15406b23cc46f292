/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html */
import type {
  ListTargetsByRuleRequest,
  PutTargetsRequest,
  RemoveTargetsRequest,
  Target,
} from '@aws-sdk/client-eventbridge';
import type { Operation } from '../../kernel/service.ts';
import { limitExceeded, managedRule, validationError } from './errors.ts';
import { parsePath } from './json-path.ts';
import { page } from './paging.ts';
import type { Rule, RuleTarget } from './records.ts';
import { onRule, passRole } from './requirements.ts';
import type { Room, With } from './room.ts';
import { isJson, transformerProblem } from './transform.ts';

const MOST_TARGETS = 5;

/** Adds them, or puts them in place of those with the same ids. Throws ValidationException, LimitExceededException. */
export function putTargets(room: Room, rule: Rule, targets: readonly Target[]): Rule {
  if (rule.managedBy !== undefined) throw managedRule(rule.name);
  const checked = targets.map(check);
  const ids = new Set(checked.map(({ Id }) => Id));
  const all = [...rule.targets.filter(({ Id }) => !ids.has(Id)), ...checked];
  if (all.length > MOST_TARGETS) throw limitExceeded();
  return room.rules.put({ ...rule, targets: all });
}

function check(target: Target): RuleTarget {
  const { Id = '', Arn = '', Input, InputPath, InputTransformer, RetryPolicy, DeadLetterConfig } = target;
  const invalid = (reason: string) => validationError(`Parameter ${Id} is not valid. Reason: ${reason}`);
  if (!/^arn:[^:]+:[\w-]+:[\w-]*:\d{0,12}:.+/.test(Arn)) throw invalid('Provided Arn is not in correct format.');
  if ([Input, InputPath, InputTransformer].filter((one) => one !== undefined).length > 1) {
    throw validationError(`Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`);
  }
  if (Input !== undefined && !isJson(Input)) throw validationError(`JSON syntax error in input for target ${Id}`);
  if (InputPath !== undefined && !parsePath(InputPath)) {
    throw validationError(`Invalid InputPath for target ${Id} : ${InputPath}`);
  }
  const checked = { ...target, Id, Arn };
  const problem = transformerProblem(checked);
  if (problem !== undefined) throw validationError(problem);
  if (/:sqs:.*\.fifo$/.test(Arn) && !target.SqsParameters?.MessageGroupId) {
    throw validationError(`Parameter(s) SqsParameters must be specified for target: ${Id}.`);
  }
  if (/:(?:states|kinesis|ecs|batch|codebuild|codepipeline):|:api-destination\//.test(Arn) && !target.RoleArn) {
    throw validationError(`RoleArn is required for target ${Arn}.`);
  }
  if (DeadLetterConfig?.Arn !== undefined && !/^arn:[^:]+:sqs:[^:]*:\d{12}:[^.]+$/.test(DeadLetterConfig.Arn)) {
    throw invalid('DeadLetterConfig must be the ARN of a standard queue.');
  }
  const { MaximumRetryAttempts: tries = 0, MaximumEventAgeInSeconds: age = 60 } = RetryPolicy ?? {};
  if (tries < 0 || tries > 185 || age < 60 || age > 86_400) throw invalid('RetryPolicy is out of range.');
  return checked;
}

export function targetOperations(room: Room): Record<string, Operation> {
  const { rules, buses } = room;

  const put: Operation<With<PutTargetsRequest, 'Rule' | 'Targets'>> = {
    requires: ({ Rule: name, EventBusName: bus, Targets }) => [
      onRule(room, 'PutTargets', { bus, name }, { 'events:TargetArn': Targets.map(({ Arn = '' }) => Arn) }),
      ...Targets.flatMap(({ RoleArn }) => (RoleArn === undefined ? [] : [passRole(RoleArn)])),
    ],
    handle({ Rule: name, EventBusName, Targets }) {
      putTargets(room, rules.get(buses.get(EventBusName).name, name), Targets);
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
  };

  const remove: Operation<With<RemoveTargetsRequest, 'Rule' | 'Ids'>> = {
    requires: ({ Rule: name, EventBusName: bus }) => [onRule(room, 'RemoveTargets', { bus, name })],
    handle({ Rule: name, EventBusName, Ids }) {
      const rule = rules.get(buses.get(EventBusName).name, name);
      if (rule.managedBy !== undefined) throw managedRule(name);
      const missing = Ids.filter((id) => !rule.targets.some(({ Id }) => Id === id));
      rules.put({ ...rule, targets: rule.targets.filter(({ Id }) => !Ids.includes(Id)) });
      const FailedEntries = missing.map((id) => ({
        TargetId: id,
        ErrorCode: 'ResourceNotFoundException',
        ErrorMessage: `Rule ${name} does not have target(s) ${id} associated with it.`,
      }));
      return { FailedEntryCount: FailedEntries.length, FailedEntries };
    },
  };

  const list: Operation<With<ListTargetsByRuleRequest, 'Rule'>> = {
    requires: ({ Rule: name, EventBusName: bus }) => [onRule(room, 'ListTargetsByRule', { bus, name })],
    handle(input) {
      const rule = rules.get(buses.get(input.EventBusName).name, input.Rule);
      const { items, ...rest } = page(rule.targets, input);
      return { Targets: items, ...rest };
    },
  };

  return { PutTargets: put, RemoveTargets: remove, ListTargetsByRule: list };
}
