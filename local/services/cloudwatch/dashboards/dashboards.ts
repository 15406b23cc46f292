/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Collection, ServiceContext } from '../../../kernel/index.ts';
import { readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest } from '../../../kernel/provider.ts';
import type { Operation } from '../../../kernel/service.ts';
import { invalidValue } from '../errors.ts';
import { pageOf } from '../paging.ts';
import { type BodyMessage, checkBody } from './body.ts';

interface Dashboard {
  readonly name: string;
  readonly body: string;
  /** ms since 1970 */
  readonly modifiedAt: number;
}

export interface Dashboards {
  arn(name: string): string;
  /** Gives CloudWatch's remarks on the body. Throws InvalidParameterInput for one that is none. */
  put(name: string, body: string): readonly BodyMessage[];
  get(name: string): Dashboard | undefined;
  list(prefix: string): Dashboard[];
  delete(name: string): boolean;
}

const PAGE = 1_000;

export function createDashboards({ accountId, partition, store, clock }: ServiceContext): Dashboards {
  const kept: Collection<Dashboard> = store.collection('cloudwatch', 'dashboards');
  return {
    // Dashboards are of an account, not of a Region.
    arn: (name) => `arn:${partition}:cloudwatch::${accountId}:dashboard/${name}`,
    put(name, body) {
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) {
        throw invalidValue(
          `The value ${name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).`,
        );
      }
      const { errors, warnings } = checkBody(body);
      if (errors.length > 0) {
        throw new AwsError(
          'InvalidParameterInput',
          `The dashboard body is invalid, there are ${errors.length} validation errors: ${JSON.stringify(errors)}`,
          {
            members: { dashboardValidationMessages: errors },
          },
        );
      }
      kept.put(name, { name, body, modifiedAt: clock.now() });
      return warnings;
    },
    get: (name) => kept.get(name),
    list: (prefix) => kept.list({ prefix }).map(({ value }) => value),
    delete: (name) => kept.delete(name),
  };
}

const absent = (name: string): AwsError =>
  new AwsError('ResourceNotFound', `Dashboard ${name} does not exist`, { statusCode: 404 });

export function dashboardOperations(dashboards: Dashboards): Readonly<Record<string, Operation>> {
  const on = (action: string, name: string) => [{ action: `cloudwatch:${action}`, resource: dashboards.arn(name) }];
  return {
    PutDashboard: {
      requires: ({ DashboardName }: { readonly DashboardName: string }) => on('PutDashboard', DashboardName),
      handle: ({
        DashboardName,
        DashboardBody,
      }: {
        readonly DashboardName: string;
        readonly DashboardBody: string;
      }) => ({
        DashboardValidationMessages: dashboards.put(DashboardName, DashboardBody),
      }),
    },
    GetDashboard: {
      requires: ({ DashboardName }: { readonly DashboardName: string }) => on('GetDashboard', DashboardName),
      handle({ DashboardName }: { readonly DashboardName: string }) {
        const found = dashboards.get(DashboardName);
        if (!found) throw absent(DashboardName);
        return { DashboardArn: dashboards.arn(found.name), DashboardBody: found.body, DashboardName: found.name };
      },
    },
    ListDashboards: {
      requires: () => on('ListDashboards', '*'),
      handle({
        DashboardNamePrefix = '',
        NextToken,
      }: {
        readonly DashboardNamePrefix?: string;
        readonly NextToken?: string;
      }) {
        const page = pageOf(dashboards.list(DashboardNamePrefix), PAGE, NextToken);
        return {
          DashboardEntries: page.items.map(({ name, body, modifiedAt }) => ({
            DashboardName: name,
            DashboardArn: dashboards.arn(name),
            LastModified: new Date(modifiedAt),
            Size: Buffer.byteLength(body),
          })),
          NextToken: page.NextToken,
        };
      },
    },
    DeleteDashboards: {
      requires: ({ DashboardNames }: { readonly DashboardNames: readonly string[] }) =>
        DashboardNames.flatMap((name) => on('DeleteDashboards', name)),
      handle({ DashboardNames }: { readonly DashboardNames: readonly string[] }) {
        // All or none.
        const missing = DashboardNames.find((name) => !dashboards.get(name));
        if (missing !== undefined) throw absent(missing);
        for (const name of DashboardNames) dashboards.delete(name);
        return {};
      },
    },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-dashboard.html */
export function dashboardProvider(dashboards: Dashboards): Provider {
  const put = (request: ResourceRequest, generated: string) => {
    const { name = generated, body } = readProperties(request, (at) => ({
      name: at.text('DashboardName'),
      body: at.requiredText('DashboardBody'),
    }));
    dashboards.put(name, body);
    return { physicalId: name };
  };
  return {
    create: (request) => put(request, request.generatedName),
    update(request, existing) {
      const isSameName = request.properties['DashboardName'] === existing.properties['DashboardName'];
      return put(request, isSameName ? existing.physicalId : request.replacementName);
    },
    delete: ({ physicalId }) => void dashboards.delete(physicalId),
  };
}
