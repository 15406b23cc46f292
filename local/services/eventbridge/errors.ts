/** The refusals of EventBridge, in its own words. */
import { AwsError } from '../../kernel/aws-error.ts';
import { InvalidPattern } from '../../kernel/patterns/index.ts';

export const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message);

export const busNotFound = (name: string): AwsError => notFound(`Event bus ${name} does not exist.`);

export const ruleNotFound = (name: string, bus: string): AwsError =>
  notFound(`Rule ${name} does not exist on EventBus ${bus}.`);

export const alreadyExists = (message: string): AwsError => new AwsError('ResourceAlreadyExistsException', message);

export const validationError = (message: string): AwsError => new AwsError('ValidationException', message);

export const limitExceeded = (message = 'The requested resource exceeds the maximum number allowed.'): AwsError =>
  new AwsError('LimitExceededException', message);

export const managedRule = (name: string): AwsError =>
  new AwsError('ManagedRuleException', `Rule ${name} is managed by an AWS service can not be modified.`);

export const invalidState = (message: string): AwsError => new AwsError('InvalidStateException', message);

/** What `work` finds wrong with a pattern, as EventBridge says it. */
export function checkingPattern<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InvalidPattern)) throw error;
    throw new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${error.message}`);
  }
}
