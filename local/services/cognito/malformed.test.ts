import * as schemas from '@aws-sdk/client-cognito-identity-provider';
import {
  type Arbitrary,
  anything,
  assert,
  asyncProperty,
  constantFrom,
  dictionary,
  integer,
  oneof,
  record,
  string,
} from 'fast-check';
import { constraintTable } from '../../protocols/constraints/table.ts';
import { type Fixture, openFixture } from './cognito.fixture.ts';
import { NOT_EMULATED } from './not-emulated.ts';

/** What every AWS service says of a request that is none of its own. */
const COMMON = [
  'SerializationException',
  'ValidationException',
  'AccessDeniedException',
  'MissingAuthenticationTokenException',
];

/** What only those who may write write. */
const KEPT = ['pools', 'clients', 'groups', 'resource-servers', 'domains'];

describe('malformed requests', () => {
  let fixture: Fixture;
  let known: Record<string, string>;

  beforeAll(async () => {
    fixture = await openFixture();
    const UserPoolId = await fixture.pool();
    const { id } = await fixture.app(UserPoolId);
    await fixture.user(UserPoolId, 'ann');
    known = { UserPoolId, ClientId: id, Username: 'ann' };
  });

  afterAll(() => fixture[Symbol.asyncDispose]());

  async function membersOf(operation: string): Promise<string[]> {
    const table = await constraintTable('cognito-idp');
    const shape = table?.shapes[table.operations[operation] ?? -1];
    return shape?.kind === 'structure' ? [...new Set([...(shape.required ?? []), ...Object.keys(shape.members)])] : [];
  }

  const junk: Arbitrary<unknown> = oneof(
    constantFrom<unknown>(
      '',
      ' ',
      '\u0000',
      '__proto__',
      '💥',
      'x'.repeat(5_000),
      null,
      -1,
      1e300,
      true,
      [],
      [null],
      {},
    ),
    constantFrom<unknown>('us-east-1_AAAAAAAAA', 'eyJhbGciOiJub25lIn0.e30.', 'a@b.co', [{ Name: 'email' }], {
      USERNAME: 'ann',
    }),
    constantFrom<unknown>(
      { USERNAME: 'ann', PASSWORD: 'x', SRP_A: 'g', REFRESH_TOKEN: '' },
      'USER_PASSWORD_AUTH',
      'USER_SRP_AUTH',
    ),
    string(),
    integer(),
    anything({ maxDepth: 2, withNullPrototype: false }),
  );

  it('get an error of AWS, change nothing, and break nothing', async () => {
    const { operations } = await import('./service.ts').then(({ createService }) =>
      createService(fixture.cloud.kernel.context),
    );
    // Whatever name a pool gets, two keys are made for it.
    const names = Object.keys(operations).filter(
      (name) => `${name}$` in schemas && name !== 'CreateUserPool' && !(name in NOT_EMULATED),
    );
    const members = new Map(await Promise.all(names.map(async (name) => [name, await membersOf(name)] as const)));
    const errors = new Set([...Object.keys(schemas).filter((name) => name.endsWith('Exception')), ...COMMON]);
    const question = constantFrom(...names).chain((operation) =>
      record({
        operation: constantFrom(operation),
        valid: dictionary(constantFrom('UserPoolId', 'ClientId', 'Username'), constantFrom(true), { maxKeys: 3 }),
        given: dictionary(constantFrom(...(members.get(operation) ?? []), 'Surprise'), junk, { maxKeys: 5 }),
      }),
    );
    const { store } = fixture.cloud.kernel;
    const writes = () => KEPT.map((name) => store.writes('cognito-idp', name));
    await assert(
      asyncProperty(question, async ({ operation, valid, given }) => {
        const before = writes();
        const ids = Object.keys(valid).flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]]]));
        const body = JSON.stringify({ ...given, ...Object.fromEntries(ids) }, (_, value) =>
          typeof value === 'bigint' ? String(value) : value,
        );
        const response = await fetch(fixture.cloud.endpoint.url, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-amz-json-1.1',
            'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
          },
          body,
        });
        const answer = (await response.json()) as { __type?: string };
        if (response.status === 200) return;
        expect([response.status, answer.__type]).toEqual([expect.any(Number), expect.any(String)]);
        expect(response.status).toBeLessThan(500);
        expect(errors).toContain(answer.__type);
        expect(writes()).toEqual(before);
      }),
      { numRuns: Number(process.env['MALFORMED_REQUESTS'] ?? 500) },
    );
  }, 60_000);
});
