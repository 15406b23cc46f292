/** What operations are made of, and what their inputs have in common. */
import type { Requirement } from '../../../kernel/service.ts';
import type { Functions } from '../functions/functions.ts';
import { parseFunctionName } from '../names.ts';
import type { LambdaRoom } from '../room.ts';
import type { ThroughProvider } from './through-provider.ts';

export interface OperationParts extends LambdaRoom {
  readonly through: ThroughProvider;
}

/** Nearly every input. */
export interface Named {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

/** The one requirement of an operation on a function: `lambda:ACTION` on its ARN, qualified when the input is. */
export function requiresOn(functions: Functions, action: string): (input: Named) => readonly Requirement[] {
  return ({ FunctionName, Qualifier }) => {
    const { name, qualifier } = parseFunctionName(FunctionName, Qualifier);
    return [{ action: `lambda:${action}`, resource: functions.arn(name, qualifier) }];
  };
}

/** The requirement of an operation without a resource, such as a list. */
export function requiresAnywhere(action: string): () => readonly Requirement[] {
  const requirements = [{ action: `lambda:${action}`, resource: '*' }];
  return () => requirements;
}
