/**
 * An alias whose update policy says so does not jump to another version: CodeDeploy leads it there, and back when the
 * version does not stand the test.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html#cfn-attributes-updatepolicy-codedeploylambdaaliasupdate
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { ResourceRequest } from '../../../kernel/provider.ts';
import type { JsonObject } from '../../../template/stack.ts';
import type { AliasRecord } from '../records.ts';
import type { LambdaRoom } from '../room.ts';

/** Resolves when the alias points at the wanted version; rejects when the deployment failed and the alias is back. */
export async function shiftTraffic(
  { records, functions, dispatch }: LambdaRoom,
  { updatePolicy }: ResourceRequest,
  wanted: Pick<AliasRecord, 'functionName' | 'name' | 'functionVersion'>,
): Promise<void> {
  const policy = updatePolicy?.['CodeDeployLambdaAliasUpdate'] as JsonObject | undefined;
  const current = records.aliases.get(`${wanted.functionName}:${wanted.name}`);
  if (!policy || !current || current.functionVersion === wanted.functionVersion) return;
  functions.version(wanted.functionName, wanted.functionVersion);
  const { BeforeAllowTrafficHook, AfterAllowTrafficHook } = policy;
  const content = JSON.stringify({
    version: 0.0,
    Resources: [
      {
        [wanted.functionName]: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Name: wanted.functionName,
            Alias: wanted.name,
            CurrentVersion: current.functionVersion,
            TargetVersion: wanted.functionVersion,
          },
        },
      },
    ],
    Hooks: [
      ...(BeforeAllowTrafficHook === undefined ? [] : [{ BeforeAllowTraffic: BeforeAllowTrafficHook }]),
      ...(AfterAllowTrafficHook === undefined ? [] : [{ AfterAllowTraffic: AfterAllowTrafficHook }]),
    ],
  });
  const call = (operation: string, input: unknown): Promise<unknown> =>
    dispatch({
      caller: { kind: 'internal', service: 'cloudformation.amazonaws.com' },
      service: 'codedeploy',
      operation,
      input,
    });
  const created = await call('CreateDeployment', {
    applicationName: policy['ApplicationName'],
    deploymentGroupName: policy['DeploymentGroupName'],
    revision: { revisionType: 'AppSpecContent', appSpecContent: { content } },
  });
  const { deploymentId } = created as { deploymentId: string };
  const ended = await call('AwaitDeployment', { deploymentId });
  const { status, error } = ended as { status: string; error?: { code: string; message: string } };
  if (status === 'Succeeded') return;
  throw new AwsError(
    'GeneralServiceException',
    `CodeDeploy deployment ${deploymentId} of ${wanted.functionName}:${wanted.name} ended as ${status}: ${error?.code ?? 'INTERNAL_ERROR'}: ${error?.message ?? 'it was cut off'}`,
  );
}
