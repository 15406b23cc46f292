/**
 * Code signing configurations: kept as data. Nobody signs code here, and no signature is checked.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import { notFound } from '../errors.ts';
import type { LambdaRoom } from '../room.ts';

export function codeSigningConfigNotFound(arn: string): AwsError {
  return notFound(`The Lambda code signing configuration ${arn} can not be found.`);
}

/** Makes `configArn`, of which `checkCodeSigning` knows, the one of a function; none when undefined. */
export function attachCodeSigning(
  { records }: Pick<LambdaRoom, 'records'>,
  functionName: string,
  configArn: string | undefined,
): void {
  if (configArn === undefined) records.functionCodeSigning.delete(functionName);
  else records.functionCodeSigning.put(functionName, configArn);
}

/** Throws CodeSigningConfigNotFoundException. */
export function checkCodeSigning({ records }: Pick<LambdaRoom, 'records'>, configArn: string): void {
  if (records.codeSigningConfigs.get(configArn)) return;
  throw new AwsError(
    'CodeSigningConfigNotFoundException',
    `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${configArn}.`,
    { statusCode: 404, members: { Type: 'User' } },
  );
}
