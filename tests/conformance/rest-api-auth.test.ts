/**
 * An API as SAM writes its `Auth`: a user pool with its tokens, functions that authorize, signatures, the API's own
 * policy, and a streamed answer, all of them the real ones of this house.
 */
import { Sha256 } from '@aws-crypto/sha256-js';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { expect, test } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import { functions, inHouse } from './house.ts';

const ECHO = `exports.handler = async ({ requestContext: { authorizer = null, identity } }) => ({
  statusCode: 200,
  body: JSON.stringify({ authorizer, userArn: identity.userArn }),
});`;

const event = (Path: string, Auth?: object) => ({
  Type: 'Api',
  Properties: { Path, Method: 'get', RestApiId: { Ref: 'Api' }, ...(Auth && { Auth }) },
});

const house = inHouse(
  functions(
    {
      echo: {
        code: ECHO,
        Events: {
          Users: event('/users'),
          Open: event('/open', { Authorizer: 'NONE' }),
          Asked: event('/asked', { Authorizer: 'Asked' }),
          Whole: event('/whole', { Authorizer: 'Whole' }),
          Signed: event('/signed', { Authorizer: 'AWS_IAM', InvokeRole: 'NONE' }),
          Denied: event('/denied', { Authorizer: 'NONE' }),
        },
      },
      authorizer: `exports.handler = async ({ type, methodArn, authorizationToken, headers }) => {
        const token = authorizationToken ?? headers['x-token'];
        if (token === 'nobody') throw new Error('Unauthorized');
        if (token === 'broken') throw new Error('no database');
        return {
          principalId: token,
          policyDocument: {
            Version: '2012-10-17',
            Statement: [{ Action: 'execute-api:Invoke', Effect: token === 'evil' ? 'Deny' : 'Allow', Resource: methodArn }],
          },
          context: { type, number: 7 },
        };
      };`,
      streamed: `const { setTimeout: wait } = require('node:timers/promises');
      exports.handler = awslambda.streamifyResponse(async (event, stream) => {
        const body = awslambda.HttpResponseStream.from(stream, {
          statusCode: 201,
          headers: { 'content-type': 'text/event-stream' },
        });
        body.write('data: first\\n\\n');
        await wait(300);
        body.end('data: last ' + event.requestContext.authorizer.claims.email + '\\n\\n');
      });`,
    },
    {
      Pool: {
        Type: 'AWS::Cognito::UserPool',
        Properties: { UsernameAttributes: ['email'], AutoVerifiedAttributes: ['email'] },
      },
      Client: {
        Type: 'AWS::Cognito::UserPoolClient',
        Properties: {
          UserPoolId: { Ref: 'Pool' },
          ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
        },
      },
      Api: {
        Type: 'AWS::Serverless::Api',
        Properties: {
          StageName: 'v1',
          Auth: {
            DefaultAuthorizer: 'Users',
            AddDefaultAuthorizerToCorsPreflight: false,
            Authorizers: {
              Users: { UserPoolArn: { 'Fn::GetAtt': ['Pool', 'Arn'] } },
              Asked: {
                FunctionArn: { 'Fn::GetAtt': ['authorizer', 'Arn'] },
                Identity: { Header: 'X-Token', ReauthorizeEvery: 0 },
              },
              Whole: {
                FunctionArn: { 'Fn::GetAtt': ['authorizer', 'Arn'] },
                FunctionPayloadType: 'REQUEST',
                Identity: { Headers: ['x-token'], ReauthorizeEvery: 0 },
              },
            },
            ResourcePolicy: {
              CustomStatements: [
                { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' },
                {
                  Effect: 'Deny',
                  Principal: '*',
                  Action: 'execute-api:Invoke',
                  Resource: 'execute-api:/v1/GET/denied',
                },
              ],
            },
          },
          Cors: "'*'",
        },
      },
      StreamApi: {
        Type: 'AWS::Serverless::Api',
        Properties: {
          StageName: 'v2',
          DefinitionBody: {
            openapi: '3.0.1',
            info: { title: 'streams', version: '1' },
            components: {
              securitySchemes: {
                users: {
                  type: 'apiKey',
                  name: 'Authorization',
                  in: 'header',
                  'x-amazon-apigateway-authtype': 'cognito_user_pools',
                  'x-amazon-apigateway-authorizer': {
                    type: 'cognito_user_pools',
                    providerARNs: [{ 'Fn::GetAtt': ['Pool', 'Arn'] }],
                    identityValidationExpression: { Ref: 'Client' },
                  },
                },
              },
            },
            paths: {
              '/streamed': {
                get: {
                  security: [{ users: [] }],
                  'x-amazon-apigateway-integration': {
                    type: 'aws_proxy',
                    httpMethod: 'POST',
                    responseTransferMode: 'STREAM',
                    uri: {
                      'Fn::Sub':
                        'arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/${streamed.Arn}/response-streaming-invocations',
                    },
                  },
                },
              },
            },
          },
        },
      },
      MayStream: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          FunctionName: { Ref: 'streamed' },
          Action: 'lambda:InvokeFunction',
          Principal: 'apigateway.amazonaws.com',
        },
      },
    },
  ),
);

const url = (path: string) => `${house().apiUrl}${path}`;

async function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await fetch(url(path), { headers, method });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text.startsWith('{') ? JSON.parse(text) : text };
}

async function signIn(): Promise<{ id: string; access: string }> {
  const cognito = house().client(CognitoIdentityProviderClient);
  const UserPoolId = house().physicalId('Pool');
  const Username = 'agent@example.com';
  const UserAttributes = [
    { Name: 'email', Value: Username },
    { Name: 'email_verified', Value: 'true' },
  ];
  await cognito
    .send(new AdminCreateUserCommand({ UserPoolId, Username, UserAttributes, MessageAction: 'SUPPRESS' }))
    .catch((error: Error) => {
      if (error.name !== 'UsernameExistsException') throw error;
    });
  await cognito.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: 'Aa1!aaaa', Permanent: true }));
  const { AuthenticationResult } = await cognito.send(
    new InitiateAuthCommand({
      ClientId: house().physicalId('Client'),
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: Username, PASSWORD: 'Aa1!aaaa' },
    }),
  );
  return { id: AuthenticationResult?.IdToken ?? '', access: AuthenticationResult?.AccessToken ?? '' };
}

test('a token of the pool opens what the default authorizer guards, and tells the function whose it is', async () => {
  const { id, access } = await signIn();
  expect(await ask('/v1/users', { authorization: id })).toMatchObject({
    status: 200,
    json: {
      authorizer: {
        claims: {
          email: 'agent@example.com',
          email_verified: 'true',
          token_use: 'id',
          aud: house().physicalId('Client'),
          exp: expect.stringMatching(/^\w{3} \w{3} \d\d [\d:]{8} UTC \d{4}$/),
        },
      },
    },
  });
  const refused: Record<string, string>[] = [{}, { authorization: access }, { authorization: `${id}x` }];
  for (const headers of refused) {
    expect(await ask('/v1/users', headers)).toMatchObject({ status: 401, json: { message: 'Unauthorized' } });
  }
  expect(await ask('/v1/open')).toMatchObject({ status: 200, json: { authorizer: null } });
  expect((await ask('/v1/users', {}, 'OPTIONS')).status).toBe(200);
});

test.each(['asked', 'whole'])(
  'the function behind /%s decides who may, by the permission SAM gives the API',
  async (path) => {
    expect(await ask(`/v1/${path}`, { 'x-token': 'me' })).toMatchObject({
      status: 200,
      json: { authorizer: { principalId: 'me', number: '7', type: path === 'asked' ? 'TOKEN' : 'REQUEST' } },
    });
    expect(await ask(`/v1/${path}`, { 'x-token': 'evil' })).toMatchObject({
      status: 403,
      json: { Message: expect.stringContaining('with an explicit deny') },
    });
    expect((await ask(`/v1/${path}`)).status).toBe(401);
    expect((await ask(`/v1/${path}`, { 'x-token': 'nobody' })).status).toBe(401);
    expect(await ask(`/v1/${path}`, { 'x-token': 'broken' })).toMatchObject({ status: 500, json: { message: null } });
  },
);

test('a signature opens what wants one', async () => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const signer = new SignatureV4({ credentials, region: 'us-east-1', service: 'execute-api', sha256: Sha256 });
  const { hostname, host, port, pathname } = new URL(url('/v1/signed'));
  const { headers } = await signer.sign({
    method: 'GET',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: pathname,
    headers: { host },
  });
  const { host: _host, ...sent } = headers;
  expect(await ask('/v1/signed', sent)).toMatchObject({
    status: 200,
    json: { userArn: 'arn:aws:iam::123456789012:root' },
  });
  expect(await ask('/v1/signed')).toMatchObject({ status: 403, json: { message: 'Missing Authentication Token' } });
});

test('the policy of the API denies what it names to everybody', async () => {
  expect(await ask('/v1/denied')).toMatchObject({
    status: 403,
    json: {
      Message: expect.stringMatching(/^User: anonymous is not authorized .*\/v1\/GET\/denied with an explicit deny/),
    },
  });
});

test('a streamed answer comes as the function makes it, to the user it is for', async () => {
  const { id } = await signIn();
  expect((await ask('/v2/streamed')).status).toBe(401);
  await ask('/v2/streamed', { authorization: id });
  const startedAt = performance.now();
  const response = await fetch(url('/v2/streamed'), { headers: { authorization: `Bearer ${id}` } });
  const pieces: { text: string; at: number }[] = [];
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    pieces.push({ text: Buffer.from(chunk).toString(), at: performance.now() - startedAt });
  }
  expect([response.status, response.headers.get('content-type')]).toEqual([201, 'text/event-stream']);
  expect(pieces.map(({ text }) => text)).toEqual(['data: first\n\n', 'data: last agent@example.com\n\n']);
  expect((pieces[1]?.at ?? 0) - (pieces[0]?.at ?? 0)).toBeGreaterThan(200);
});
