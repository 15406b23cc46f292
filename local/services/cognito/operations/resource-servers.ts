/** Resource servers, whose scopes clients may ask for, and domains. */
import type {
  CreateResourceServerRequest,
  CreateUserPoolDomainRequest,
  ListResourceServersRequest,
  UpdateResourceServerRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Operation } from '../../../kernel/service.ts';
import { invalidParameter, notFound } from '../errors.ts';
import { page } from '../paging.ts';
import type { ResourceServer } from '../records.ts';
import type { Room } from '../room.ts';

type OfServer<T = object> = T & { UserPoolId: string; Identifier: string };
type OfDomain<T = object> = T & { UserPoolId: string; Domain: string };

export function resourceServerOperations({ pools, resourceServers, needs }: Room): Record<string, Operation> {
  const find = ({ UserPoolId, Identifier }: OfServer): ResourceServer => {
    pools.get(UserPoolId);
    const server = resourceServers.find(UserPoolId, Identifier);
    if (!server) throw notFound(`Resource server ${Identifier} does not exist.`);
    return server;
  };

  const create: Operation<OfServer<CreateResourceServerRequest>> = {
    requires: ({ UserPoolId }) => needs.onPool('CreateResourceServer', UserPoolId),
    handle({ UserPoolId, Identifier, Name = '', Scopes = [] }) {
      pools.get(UserPoolId);
      if (resourceServers.find(UserPoolId, Identifier)) {
        throw invalidParameter(`${Identifier} already exists in user pool ${UserPoolId}.`);
      }
      const server = { poolId: UserPoolId, identifier: Identifier, name: Name, scopes: Scopes };
      return { ResourceServer: describe(resourceServers.put(server)) };
    },
  };

  const update: Operation<OfServer<UpdateResourceServerRequest>> = {
    requires: ({ UserPoolId }) => needs.onPool('UpdateResourceServer', UserPoolId),
    handle(input) {
      const { Name = '', Scopes = [] } = input;
      return { ResourceServer: describe(resourceServers.put({ ...find(input), name: Name, scopes: Scopes })) };
    },
  };

  return {
    CreateResourceServer: create,
    UpdateResourceServer: update,
    DescribeResourceServer: {
      requires: ({ UserPoolId }: OfServer) => needs.onPool('DescribeResourceServer', UserPoolId),
      handle: (input: OfServer) => ({ ResourceServer: describe(find(input)) }),
    },
    DeleteResourceServer: {
      requires: ({ UserPoolId }: OfServer) => needs.onPool('DeleteResourceServer', UserPoolId),
      handle(input: OfServer) {
        resourceServers.remove(find(input));
        return {};
      },
    },
    ListResourceServers: {
      requires: ({ UserPoolId }: { UserPoolId: string }) => needs.onPool('ListResourceServers', UserPoolId),
      handle({ UserPoolId, MaxResults, NextToken }: ListResourceServersRequest & { UserPoolId: string }) {
        pools.get(UserPoolId);
        const found = page(resourceServers.of(UserPoolId), ({ identifier }) => identifier, MaxResults, NextToken, 50);
        return { ResourceServers: found.items.map(describe), NextToken: found.nextToken };
      },
    },
  };
}

function describe({ poolId, identifier, name, scopes }: ResourceServer) {
  return { UserPoolId: poolId, Identifier: identifier, Name: name, Scopes: [...scopes] };
}

export function domainOperations({ pools, domains, needs, region, accountId }: Room): Record<string, Operation> {
  const create: Operation<OfDomain<CreateUserPoolDomainRequest>> = {
    requires: ({ UserPoolId }) => needs.onPool('CreateUserPoolDomain', UserPoolId),
    handle({ UserPoolId, Domain, CustomDomainConfig, ManagedLoginVersion }) {
      pools.get(UserPoolId);
      if (domains.get(Domain)) throw invalidParameter('Domain already associated with another user pool.');
      if (domains.list().some(({ value }) => value.poolId === UserPoolId)) {
        throw invalidParameter('User pool already has a domain configured.');
      }
      if (/aws|amazon|cognito/.test(Domain) && !CustomDomainConfig) {
        throw invalidParameter('Domain cannot contain reserved word: aws, amazon or cognito.');
      }
      const customCertificateArn = CustomDomainConfig?.CertificateArn;
      domains.put(Domain, {
        domain: Domain,
        poolId: UserPoolId,
        ...(customCertificateArn !== undefined && { customCertificateArn }),
        ...(ManagedLoginVersion !== undefined && { managedLoginVersion: ManagedLoginVersion }),
      });
      return customCertificateArn === undefined ? {} : { CloudFrontDomain: cloudFront(Domain) };
    },
  };

  return {
    CreateUserPoolDomain: create,
    DescribeUserPoolDomain: {
      requires: () => needs.onAll('DescribeUserPoolDomain'),
      handle({ Domain }: { Domain: string }) {
        const found = domains.get(Domain);
        if (!found) return { DomainDescription: {} };
        return {
          DomainDescription: {
            UserPoolId: found.poolId,
            AWSAccountId: accountId,
            Domain,
            S3Bucket: `aws-cognito-prod-${region}-assets`,
            CloudFrontDistribution: cloudFront(Domain),
            Version: '1',
            Status: 'ACTIVE',
            CustomDomainConfig: found.customCertificateArn ? { CertificateArn: found.customCertificateArn } : {},
            ManagedLoginVersion: found.managedLoginVersion ?? 1,
          },
        };
      },
    },
    DeleteUserPoolDomain: {
      requires: ({ UserPoolId }: OfDomain) => needs.onPool('DeleteUserPoolDomain', UserPoolId),
      handle({ UserPoolId, Domain }: OfDomain) {
        pools.get(UserPoolId);
        if (domains.get(Domain)?.poolId !== UserPoolId) {
          throw invalidParameter(`No such domain or user pool exists.`);
        }
        domains.delete(Domain);
        return {};
      },
    },
  };
}

/** Of the form of one: nothing is behind it. */
const cloudFront = (domain: string): string => `d${Buffer.from(domain).toString('hex').slice(0, 13)}.cloudfront.net`;
