/**
 * Event patterns: the language of EventBridge rules, which Lambda's filter criteria, pipes and the body filters of SNS
 * speak too. Pure. A pattern is compiled once and asked often.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export { compileCidr } from './cidr.ts';
export { compilePattern, type EventPattern } from './compile.ts';
export { type Conditions, compileConditions } from './conditions.ts';
export { InvalidPattern } from './invalid-pattern.ts';
export { compileNumeric } from './numeric.ts';
