import { createIdentities } from './identities.ts';
import type { Identities } from './identity.ts';
import { ManualClock } from './manual-clock.ts';
import { openStore } from './sqlite-store.ts';
import type { Store } from './store.ts';

const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/app/worker`;

let store: Store;
let clock: ManualClock;
let identities: Identities;

const open = () => createIdentities({ accountId: ACCOUNT, partition: 'aws', clock, store });

beforeEach(() => {
  store = openStore('memory');
  clock = new ManualClock();
  identities = open();
});

afterEach(() => store.close());

const issue = (more: Partial<Parameters<Identities['issue']>[0]> = {}) =>
  identities.issue({ roleArn: ROLE, sessionName: 'me', durationSeconds: 900, ...more });

describe('credentials for a role session', () => {
  it('carry what narrows and describes the session, also over a restart', () => {
    const more = {
      sessionPolicies: { inline: '{}', arns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] },
      tags: { team: 'desk' },
      transitiveTagKeys: ['team'],
      sourceIdentity: 'ada',
    };
    const issuedAt = clock.now();
    const { credentials, principal } = issue(more);
    expect(principal).toMatchObject({ ...more, issuedAt, roleArn: ROLE });
    const { accessKeyId, sessionToken } = credentials;
    const caller = { kind: 'client', accessKeyId, sessionToken } as const;
    expect(identities.identify(caller).principal).toEqual(principal);
    expect(open().identify(caller).principal).toEqual(principal);
  });

  it('say nothing of what was not asked for', () => {
    const { principal } = issue({ tags: undefined });
    expect(Object.keys(principal).sort()).toEqual(['accountId', 'arn', 'issuedAt', 'kind', 'roleArn', 'userId']);
  });
});
