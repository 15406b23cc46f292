import { load, VARIANTS, variablesOf } from './template.ts';

/**
 * What RDS gives the smallest class that the template is made for: `max_connections` is memory / 12,582,880 bytes, and
 * of a db.t4g.micro's 1 GiB the engine's share is about 750 MB.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
 */
const SMALLEST_MAX_CONNECTIONS = 60;

describe.each(VARIANTS)('with %s', (_name, parameters) => {
  const template = load(parameters);
  const database = template.get('Database').properties;

  it('the parameter group is of the family of the engine and its version', () => {
    const engine = parameters['Engine'] ?? 'mariadb';
    const [major, minor] = String(database['EngineVersion']).split('.');
    expect(database['Engine']).toBe(engine);
    expect(database['DBParameterGroupName']).toBe('DatabaseParameters');
    expect(template.get('DatabaseParameters').properties['Family']).toBe(`${engine}${major}.${minor}`);
  });

  it('the engine is one that RDS Proxy serves, with its own way of checking passwords', () => {
    const ways: Record<string, [RegExp, string]> = {
      mariadb: [/^(10\.11|11\.4|11\.8)\./, 'MYSQL_NATIVE_PASSWORD'],
      mysql: [/^8\.[04]\./, 'MYSQL_CACHING_SHA2_PASSWORD'],
    };
    const [versions, way] = ways[String(database['Engine'])]!;
    expect(String(database['EngineVersion'])).toMatch(versions);
    const { Auth, EngineFamily } = template.get('DatabaseProxy').properties as {
      Auth: { ClientPasswordAuthType: string; SecretArn: string }[];
      EngineFamily: string;
    };
    expect(EngineFamily).toBe('MYSQL');
    expect(Auth.map(({ ClientPasswordAuthType }) => ClientPasswordAuthType)).toEqual([way, way]);
  });

  it('nobody outside reaches it, nothing is unencrypted, and no password is in the template', () => {
    expect(database).toMatchObject({
      PubliclyAccessible: false,
      StorageEncrypted: true,
      ManageMasterUserPassword: true,
    });
    expect(database).not.toHaveProperty('MasterUserPassword');
    expect(database['VPCSecurityGroups']).toEqual(['DatabaseSecurityGroup']);
    expect(template.get('DatabaseParameters').properties).toMatchObject({
      Parameters: { require_secure_transport: '1' },
    });
    expect(template.get('DatabaseProxy').properties['RequireTLS']).toBe(true);
  });

  it('a second zone has a standby when it was asked for', () => {
    expect(String(database['MultiAZ'])).toBe(parameters['MultiAz'] ?? 'false');
    expect(template.get('DatabaseSubnets').properties['SubnetIds']).toEqual(['PrivateSubnetA', 'PrivateSubnetB']);
  });

  it('the proxy knows every secret that functions log in with, and its role may read them', () => {
    const { Auth } = template.get('DatabaseProxy').properties as { Auth: { SecretArn: string }[] };
    const used = template
      .of('AWS::Lambda::Function')
      .filter((lambda) => 'DATABASE_HOST' in variablesOf(lambda))
      .flatMap((lambda) => Object.entries(variablesOf(lambda)))
      .flatMap(([name, value]) => (name.endsWith('_SECRET_ARN') ? [value] : []));
    expect(new Set(Auth.map(({ SecretArn }) => SecretArn))).toEqual(new Set(used));
  });

  it('the proxy gives up borrowing before a function gives up waiting', () => {
    const { ConnectionPoolConfigurationInfo } = template.get('DatabaseProxyTargets').properties as {
      ConnectionPoolConfigurationInfo: { ConnectionBorrowTimeout: number };
    };
    const impatient = Math.min(
      ...template
        .of('AWS::Lambda::Function')
        .filter((lambda) => 'DATABASE_HOST' in variablesOf(lambda))
        .map(({ properties }) => Number(properties['Timeout'])),
    );
    expect(ConnectionPoolConfigurationInfo.ConnectionBorrowTimeout).toBeLessThanOrEqual(impatient);
  });
});

it('with reservations, all environments at once fit into the connections of the smallest database', () => {
  const template = load({ ReservedConcurrency: 'on' });
  const { ConnectionPoolConfigurationInfo } = template.get('DatabaseProxyTargets').properties as {
    ConnectionPoolConfigurationInfo: { MaxConnectionsPercent: number };
  };
  const connections = template
    .of('AWS::Lambda::Function')
    .filter((lambda) => 'DATABASE_HOST' in variablesOf(lambda))
    .map((lambda) => {
      // As the layer reads it: one, unless it is told otherwise.
      const poolSize = Number(variablesOf(lambda)['DATABASE_POOL_SIZE'] ?? 1);
      return Number(lambda.properties['ReservedConcurrentExecutions']) * poolSize;
    });
  const budget = (SMALLEST_MAX_CONNECTIONS * ConnectionPoolConfigurationInfo.MaxConnectionsPercent) / 100;
  expect(connections.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(budget);
});
