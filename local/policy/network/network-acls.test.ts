import fc from 'fast-check';
import { contains, parseAddress, parseBlock } from './cidr.ts';
import { compileNetwork } from './compiled.ts';
import type { NetworkAclEntry } from './graph.ts';
import { emptyVpc, entry, subnet } from './network.fixture.ts';
import { aclAllows, EPHEMERAL } from './network-acls.ts';
import type { End, Ports } from './traffic.ts';

const network = compileNetwork(emptyVpc());
const address = (text: string): End => ({ kind: 'address', block: parseAddress(text)! });
const ask = (entries: readonly NetworkAclEntry[], ports: Ports, other: End, protocol: 'tcp' | 'udp' = 'tcp') =>
  aclAllows(entries, 'egress', { protocol, ports }, other, network);

/** As the documentation words it: rules by number, lowest first, until one matches; `*` denies the rest. */
function byTheBook(entries: readonly NetworkAclEntry[], port: number, ip: string): 'yes' | 'no' {
  const rule = [...entries]
    .sort((a, b) => a.ruleNumber - b.ruleNumber)
    .find(
      ({ protocol, cidr, fromPort = 0, toPort = 65535 }) =>
        (protocol === '-1' || (protocol === '6' && fromPort <= port && port <= toPort)) &&
        contains(parseBlock(cidr)!, parseAddress(ip)!),
    );
  return rule?.action === 'allow' ? 'yes' : 'no';
}

const anyEntry = fc
  .record({
    ruleNumber: fc.integer({ min: 1, max: 20 }),
    action: fc.constantFrom('allow' as const, 'deny' as const),
    protocol: fc.constantFrom('-1', '6', '17'),
    cidr: fc.constantFrom('0.0.0.0/0', '10.0.0.0/8', '10.0.1.0/24', '192.168.0.0/16', '::/0'),
    ports: fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 })),
  })
  .map(({ ports: [a, b], ...rest }) =>
    entry(rest.ruleNumber, true, { ...rest, fromPort: Math.min(a, b), toPort: Math.max(a, b) }),
  );
const someEntries = fc.uniqueArray(anyEntry, { selector: ({ ruleNumber }) => ruleNumber, maxLength: 8 });

describe('a network ACL', () => {
  it('decides on one packet by the first rule that is about it', () => {
    fc.assert(
      fc.property(
        someEntries,
        fc.integer({ min: 0, max: 13 }),
        fc.constantFrom('10.0.1.9', '10.9.9.9', '8.8.8.8'),
        (entries, port, ip) => {
          expect(ask(entries, [port, port], address(ip)).match).toBe(byTheBook(entries, port, ip));
        },
      ),
    );
  });

  it('lets a range of ports only when it lets every one of them', () => {
    fc.assert(
      fc.property(someEntries, fc.constantFrom('10.0.1.9', '8.8.8.8'), (entries, ip) => {
        const all = Array.from({ length: 12 }, (_, port) => byTheBook(entries, port, ip));
        expect(ask(entries, [0, 11], address(ip)).match).toBe(all.includes('no') ? 'no' : 'yes');
      }),
    );
  });

  it('says which ports it denies, and by which rule', () => {
    const entries = [entry(100, true, { protocol: '6', fromPort: 1024, toPort: 32767 })];
    expect(ask(entries, EPHEMERAL, address('8.8.8.8'))).toEqual({ match: 'no', denied: [32768, 65535] });
    const denying = [
      entry(90, true, { action: 'deny', protocol: '6', fromPort: 5000, toPort: 5000 }),
      entry(100, true),
    ];
    expect(ask(denying, EPHEMERAL, address('8.8.8.8'))).toMatchObject({ match: 'no', entry: { ruleNumber: 90 } });
    expect(ask(denying, EPHEMERAL, address('8.8.8.8'), 'udp').match).toBe('yes');
  });

  it('does not guess on which side of a rule an address will be', () => {
    const somewhere: End = { kind: 'interface', subnet: subnet('Subnet', 1), groupIds: [] };
    const half = [entry(100, true, { cidr: '10.0.1.0/25' })];
    expect(ask(half, [443, 443], somewhere).match).toBe('perhaps');
    expect(ask([...half, entry(110, true)], [443, 443], somewhere).match).toBe('perhaps');
    expect(ask([entry(90, true), ...half], [443, 443], somewhere).match).toBe('yes');
    const blocked = [entry(50, true, { action: 'deny', cidr: '203.0.113.0/24' }), entry(100, true)];
    expect(ask(blocked, [443, 443], { kind: 'public' }).match).toBe('perhaps');
  });
});
