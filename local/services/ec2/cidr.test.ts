import { formatCidr, isIpv6Cidr, parseCidr, usableAddresses } from './cidr.ts';

describe('blocks', () => {
  it('lose the bits below their prefix, as in EC2', () => {
    expect(formatCidr(parseCidr('10.20.30.40/16')!)).toBe('10.20.0.0/16');
  });

  it('of IPv4 are no IPv6 ones, nor the other way round', () => {
    expect([parseCidr('fd00::/8'), isIpv6Cidr('fd00::/8')]).toEqual([undefined, true]);
    expect(isIpv6Cidr('10.0.0.0/8')).toBe(false);
  });

  it('of a subnet have five addresses fewer to give', () => {
    expect(usableAddresses(parseCidr('10.0.0.0/24')!)).toBe(251);
  });

  it.each(['10.0.0.0', '10.0.0/8', '10.0.0.256/8', '10.0.0.0/33', 'ten/8', '::/0', ''])('are not: %s', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});
