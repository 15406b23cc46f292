/**
 * What API Gateway keeps of the account: the role in which it logs.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-account.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../kernel/provider.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import { type LogSource, OWN_LOG } from '../../kernel/telemetry.ts';
import { apiGatewayId } from './api-store.ts';
import { textAt } from './json.ts';

/** As IAM's `CheckServiceRole` answers. */
interface RoleVerdict {
  readonly Trusted: boolean;
  /** No stack here has it, and it may everything. */
  readonly Elsewhere?: true;
  readonly Reason?: string;
  readonly Remedy?: string;
  readonly Denied: readonly { readonly Action: string; readonly Reason: string; readonly Remedy?: string }[];
}

export interface Account {
  /** Absent: nobody has set one. */
  readonly cloudWatchRoleArn?: string;
}

export interface MayLog {
  readonly reason?: string;
  /** No stack here has the role: nobody knows. */
  readonly isElsewhere: boolean;
}

export interface AccountSettings {
  get(): Account;
  /** Whether API Gateway may write to a log group in a role, and if not, why. */
  mayLog(roleArn: string, logGroup: string): Promise<MayLog>;
  readonly provider: Provider;
}

const ONLY = 'account';
/** Made, with a line in it, whenever an account gets a role to log with. */
const WELCOME: LogSource = { logGroup: '/aws/apigateway/welcome', logStream: 'welcome', label: 'apigateway' };

export function createAccountSettings(context: ServiceContext): AccountSettings {
  const { store, dispatch, telemetry, clock, partition, region, accountId } = context;
  const collection = store.collection<Account>('apigateway', 'account');

  async function mayLog(roleArn: string, logGroup: string): Promise<MayLog> {
    const group = `arn:${partition}:logs:${region}:${accountId}:log-group:${logGroup}`;
    const actions = [
      ...(telemetry.logs.group(logGroup) ? [] : [{ action: 'logs:CreateLogGroup', resource: `${group}:*` }]),
      { action: 'logs:CreateLogStream', resource: `${group}:log-stream:*` },
      { action: 'logs:PutLogEvents', resource: `${group}:log-stream:*` },
    ];
    const verdict = await ask(roleArn, actions);
    const found = verdict.Trusted ? verdict.Denied[0] : verdict;
    const isElsewhere = verdict.Elsewhere === true;
    return { isElsewhere, ...(found && { reason: [found.Reason, found.Remedy].filter(Boolean).join('; ') }) };
  }

  async function ask(RoleArn: string, Actions: readonly object[]): Promise<RoleVerdict> {
    try {
      return (await dispatch({
        caller: { kind: 'internal', service: 'apigateway.amazonaws.com' },
        service: 'iam',
        operation: 'CheckServiceRole',
        input: { RoleArn, Service: 'apigateway.amazonaws.com', OfTemplate: true, Actions },
      })) as RoleVerdict;
    } catch (error) {
      // In a cloud without IAM nobody says no.
      if (error instanceof AwsError && error.code === 'ServiceNotEmulated') return { Trusted: true, Denied: [] };
      throw error;
    }
  }

  async function put({ properties }: ResourceRequest, id: string): Promise<ResourceResult> {
    const cloudWatchRoleArn = textAt(properties, 'CloudWatchRoleArn');
    if (cloudWatchRoleArn) {
      const { reason, isElsewhere } = await mayLog(cloudWatchRoleArn, WELCOME.logGroup);
      if (isElsewhere) {
        const message = `role ${cloudWatchRoleArn} is of no stack here: what it may is not known, so API Gateway may everything in it here`;
        telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
      }
      if (reason !== undefined) {
        const message = `${cloudWatchRoleArn} cannot be the role API Gateway logs in: ${reason}`;
        telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
        throw new AwsError(
          'BadRequestException',
          'The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.',
        );
      }
      telemetry.log(WELCOME, [{ timestamp: clock.now(), message: 'Cloudwatch logs enabled for API Gateway' }]);
    }
    collection.put(ONLY, cloudWatchRoleArn ? { cloudWatchRoleArn } : {});
    return { physicalId: id, attributes: { Id: id } };
  }

  return {
    get: () => collection.get(ONLY) ?? {},
    mayLog,
    provider: {
      create: (request) => put(request, `Account-${apiGatewayId(12)}`),
      update: (request, { physicalId }) => put(request, physicalId),
      // An account has its settings, whichever stack goes.
      delete: () => undefined,
    },
  };
}
