import { createKernel, createReconciler, type Kernel, type Reconciler } from '../kernel/index.ts';
import { cognitoService } from '../services/cognito/index.ts';
import type { Stack } from '../template/stack.ts';
import { stackOf } from '../template/test-stack.ts';
import type { Cloud } from './cloud.ts';
import { issueLocalToken } from './local-token.ts';
import { type LocalUsers, makeLocalUsers } from './local-users.ts';

const TEMPLATE = `
Parameters:
  Customer: { Type: String, Default: customer@example.com }
Resources:
  Users:
    Type: AWS::Cognito::UserPool
    Metadata:
      sampan:
        users:
          - { name: agent@example.com, groups: [agent] }
          - { name: !Ref Customer, groups: [customer] }
    Properties:
      UsernameAttributes: [email]
      Schema: [{ Name: email, Required: true }, { Name: given_name, Required: true }]
  Client:
    Type: AWS::Cognito::UserPoolClient
    Properties: { UserPoolId: !Ref Users }
  Agents:
    Type: AWS::Cognito::UserPoolGroup
    Properties: { UserPoolId: !Ref Users, GroupName: agent, Precedence: 1 }
  Customers:
    Type: AWS::Cognito::UserPoolGroup
    Properties: { UserPoolId: !Ref Users, GroupName: customer }
`;

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

describe('users of a local pool', () => {
  let kernel: Kernel;
  let cloud: Pick<Cloud, 'kernel' | 'reconciler'>;

  beforeEach(() => {
    kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'eu-central-1' });
    kernel.registry.add(cognitoService());
    const reconciler: Reconciler = createReconciler({ kernel });
    cloud = { kernel, reconciler };
  });

  afterEach(() => kernel.stop());

  async function start(text: string): Promise<LocalUsers & { stack: Stack }> {
    const stack = stackOf(text);
    expect(await cloud.reconciler.apply(stack)).toMatchObject({ outcome: 'applied' });
    return { stack, ...(await makeLocalUsers(cloud, stack)) };
  }

  it('are those that the template names, with its groups; the first one has the token', async () => {
    const { users, diagnostics } = await start(TEMPLATE);
    expect(diagnostics).toEqual([]);
    expect(users.map(({ name, groups }) => [name, groups])).toEqual([
      ['agent@example.com', ['agent']],
      ['customer@example.com', ['customer']],
    ]);
    const agent = claimsOf((await issueLocalToken(cloud, {})).idToken);
    expect(agent).toMatchObject({ email: 'agent@example.com', email_verified: true, 'cognito:groups': ['agent'] });
    const customer = await issueLocalToken(cloud, { user: 'customer@example.com' });
    expect(claimsOf(customer.accessToken)).toMatchObject({ token_use: 'access', 'cognito:groups': ['customer'] });
  });

  it('keep their passwords, and get new ones when nobody knows them any more', async () => {
    const { users, stack } = await start(TEMPLATE);
    const again = await makeLocalUsers(cloud, stack);
    expect(again.users).toEqual(users);
    for (const { key } of kernel.store.collection('sampan', 'local-users').list()) {
      kernel.store.collection('sampan', 'local-users').delete(key);
    }
    const afresh = await makeLocalUsers(cloud, stack);
    expect(afresh.users.map(({ username }) => username)).toEqual(users.map(({ username }) => username));
    expect(afresh.users[0]?.password).not.toBe(users[0]?.password);
  });

  it('are one in all groups where the template names none', async () => {
    const text = TEMPLATE.replace(/ {4}Metadata:[\s\S]*?(?= {4}Properties)/, '').replace(
      'UsernameAttributes',
      'AliasAttributes',
    );
    const { users } = await start(text);
    expect(users).toMatchObject([{ name: 'user@example.com', username: 'user', groups: ['agent', 'customer'] }]);
  });

  it('that cannot be made are told of, with their pool', async () => {
    const { users, diagnostics } = await start(TEMPLATE.replace('groups: [agent]', 'groups: [agents]'));
    expect(users.map(({ name }) => name)).toEqual(['customer@example.com']);
    expect(diagnostics).toMatchObject([
      { resource: 'Users', message: 'the local user agent@example.com could not be made: Group not found.' },
    ]);
  });

  it.each([
    [{ user: 'agnt@example.com' }, 'there is no user agnt@example.com; did you mean agent@example.com?'],
    [{ user: 'nobody' }, /^there is no user nobody; there are agent@example\.com, customer@example\.com$/],
    [{ pool: 'User' }, 'there is no user pool User; did you mean Users?'],
    [{ client: 'Web' }, 'there is no app client Web; there are Client'],
  ])('%j has no token', async (question, message) => {
    await start(TEMPLATE);
    await expect(issueLocalToken(cloud, question)).rejects.toThrow(message);
  });

  it('have no tokens without a pool, or without a client', async () => {
    await expect(issueLocalToken(cloud, {})).rejects.toThrow('the template has no user pool');
    await start(`
Resources:
  Users: { Type: AWS::Cognito::UserPool }
`);
    await expect(issueLocalToken(cloud, {})).rejects.toThrow('the user pool Users has no client');
  });
});
