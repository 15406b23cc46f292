/** AWS::Lambda::Permission: one statement of the policy of a function, version or alias. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { conflict, invalidParameter } from '../errors.ts';
import { LATEST } from '../functions/functions.ts';
import { revisionOf } from '../functions/qualified.ts';
import { type PropertyReader, readProperties } from '../property-reader.ts';
import type { PolicyStatement } from '../records.ts';
import { isPrincipal, type Permission, POLICY_BYTES, policyDocument, statementOf } from '../resource-policy.ts';
import type { LambdaRoom } from '../room.ts';

/** A statement id has at most as many characters; of a generated name the end is what tells it from others. */
const SID_LENGTH = 100;

export function permissionProvider(room: LambdaRoom): Provider {
  const { records, functions, place } = room;

  function add(request: ResourceRequest, sid: string): ResourceResult {
    const settings = readProperties(request, (read) => ({
      functionName: read.requiredText('FunctionName'),
      permission: readPermission(read),
    }));
    const { name, qualifier } = functions.reference(settings.functionName);
    if (qualifier === LATEST) throw invalidParameter('We currently do not support adding policies for $LATEST.');
    // Throws for what does not exist.
    revisionOf(room, name, qualifier);
    const arn = functions.arn(name, qualifier);
    const statement = statementOf(sid, arn, settings.permission, place.partition);
    const { statements: others = [], places } = records.policies.get(arn) ?? {};
    if (others.some(({ Sid }) => Sid === sid) && request.interrupted !== true) {
      throw conflict(
        `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    }
    const statements = [...others.filter(({ Sid }) => Sid !== sid), statement];
    checkLength(statements);
    const writtenAt = { stackName: request.stackName, logicalId: request.logicalId, path: [] };
    records.policies.put(arn, {
      functionName: name,
      qualifier,
      revisionId: randomUUID(),
      statements,
      places: { ...places, [sid]: writtenAt },
    });
    return { physicalId: sid, attributes: { Id: sid } };
  }

  return {
    create: (request) => add(request, sidFrom(request.generatedName)),
    // A statement never changes: another takes its place.
    update: (request) => add(request, sidFrom(request.replacementName)),
    delete({ physicalId, properties }) {
      const { name, qualifier } = functions.reference(String(properties['FunctionName']));
      const arn = functions.arn(name, qualifier);
      const policy = records.policies.get(arn);
      const statements = policy?.statements.filter(({ Sid }) => Sid !== physicalId) ?? [];
      if (policy && statements.length > 0)
        records.policies.put(arn, { ...policy, revisionId: randomUUID(), statements });
      else records.policies.delete(arn);
    },
  };
}

function readPermission(read: PropertyReader): Permission {
  const principal = read.requiredText('Principal');
  if (principal !== '' && !isPrincipal(principal)) {
    read.refuse(['Principal'], 'The provided principal was invalid. Please check the principal and try again.');
  }
  const action = read.requiredText('Action', { pattern: /^(?:lambda:[*]|lambda:[a-zA-Z]+|[*])$/ });
  const functionUrlAuthType = read.oneOf('FunctionUrlAuthType', ['AWS_IAM', 'NONE']);
  if (functionUrlAuthType !== undefined && action !== 'lambda:InvokeFunctionUrl') {
    read.refuse(['FunctionUrlAuthType'], 'FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action');
  }
  const invoked = read.oneOf('InvokedViaFunctionUrl', ['true', 'false']);
  return {
    action,
    principal,
    sourceArn: read.text('SourceArn'),
    sourceAccount: read.text('SourceAccount', { pattern: /^\d{12}$/ }),
    principalOrgId: read.text('PrincipalOrgID', { pattern: /^o-[a-z0-9]{10,32}$/ }),
    eventSourceToken: read.text('EventSourceToken', { pattern: /^[\w.-]{0,256}$/ }),
    functionUrlAuthType,
    invokedViaFunctionUrl: invoked === undefined ? undefined : invoked === 'true',
  };
}

function sidFrom(generatedName: string): string {
  return generatedName.slice(-SID_LENGTH);
}

function checkLength(statements: readonly PolicyStatement[]): void {
  const size = Buffer.byteLength(policyDocument(statements));
  if (size <= POLICY_BYTES) return;
  const message = `The final policy size (${size}) is bigger than the limit (${POLICY_BYTES}).`;
  throw new AwsError('PolicyLengthExceededException', message, { statusCode: 400, members: { Type: 'User' } });
}
