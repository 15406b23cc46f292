/**
 * Names are looked up by Amazon's resolver, past all groups and ACLs, unless the VPC has none.
 * https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
 */
import type { Journey } from './journey.ts';
import { nameSettings } from './mending/endpoints.ts';
import { nameOf } from './naming.ts';
import { type Outcome, pass, stop, unknown } from './outcome.ts';

/** @param privately by the private name of an endpoint, which only Amazon's resolver knows */
export function nameLookup({ vpc }: Pick<Journey, 'vpc'>, privately = false): Outcome {
  const name = nameOf(vpc, vpc.vpcId);
  const place = vpc.place && { place: { ...vpc.place, path: ['EnableDnsSupport'] } };
  if (vpc.ownNameServers) {
    const why = `the DHCP options of ${name} name servers of their own: whether they know ${privately ? 'private names' : 'a name'} is not known here`;
    return privately || !vpc.enableDnsSupport ? unknown(why, { kind: 'dns', id: vpc.vpcId, note: why }) : pass();
  }
  if (vpc.enableDnsSupport) {
    return pass({ kind: 'dns', id: vpc.vpcId, note: "is looked up by the VPC's resolver" });
  }
  const no = 'has EnableDnsSupport off, so no name can be looked up in it';
  return stop(
    { kind: 'dns', id: vpc.vpcId, note: no, ...place },
    `${name} ${no}`,
    nameSettings(vpc, ['enableDnsSupport']),
  );
}
