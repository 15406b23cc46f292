/**
 * Web pages of elsewhere. A browser on this machine reaches the AWS port for any page it shows: by a form or an image,
 * whose answer the page never sees and does not need, or under a name of the page's own that was made to lead here
 * (DNS rebinding). Every key that was not issued here is the administrator's, so who has none of ours is told by what
 * browsers say of the page, and no page can change. Programs that are no browsers say nothing of it.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** Why a request is not answered, for whoever sent it and for the log; undefined for what may pass. */
export function refusalOfPage(headers: IncomingHttpHeaders): string | undefined {
  const { host = '', origin, referer } = headers;
  if (host !== '' && !isHere(host)) {
    return `a request to ${host} is not answered: that name is neither this machine's nor one of AWS; use localhost or an IP address`;
  }
  if (origin !== undefined) return isLocalPage(origin) ? undefined : ofPage(origin);
  // A link or an image: no `Origin` comes with them, and across sites that are not ours that is all there is to know.
  if (headers['sec-fetch-site'] !== 'cross-site') return undefined;
  return referer !== undefined && isLocalPage(referer) ? undefined : ofPage(referer ?? 'of another site');
}

function ofPage(page: string): string {
  return `a request of the web page ${page} is not answered: only pages of localhost may call AWS services here`;
}

/** `[::1]:4566` → `::1` */
function hostName(host: string): string {
  const bare = host.toLowerCase().replace(/:\d*$/, '');
  return bare.startsWith('[') && bare.endsWith(']') ? bare.slice(1, -1) : bare.replace(/\.$/, '');
}

/** Names nobody can give to a machine of his own: https://www.rfc-editor.org/rfc/rfc6761#section-6.3, and `internal`, which Docker and Podman use. */
const RESERVED = /(?:^|\.)(?:localhost|internal)$/;
const OF_AWS = /\.(?:amazonaws\.com(?:\.cn)?|on\.aws|api\.aws)$/;

/** Which hosts lead here: clients ask for the same few again and again. */
const judged = new Map<string, boolean>();
const MOST_JUDGED = 256;
/** No name is longer, with its port. */
const LONGEST_KEPT = 260;

function isHere(host: string): boolean {
  const before = judged.get(host);
  if (before !== undefined) return before;
  const here = leadsHere(hostName(host));
  if (judged.size >= MOST_JUDGED) judged.clear();
  if (host.length <= LONGEST_KEPT) judged.set(host, here);
  return here;
}

/** An address cannot be made to lead elsewhere, and a name without a dot is a container's, or of `/etc/hosts`. */
function leadsHere(name: string): boolean {
  return isIP(name) !== 0 || !name.includes('.') || RESERVED.test(name) || OF_AWS.test(name);
}

const LOOPBACK = /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Of an origin or a URL; `null`, which sandboxed frames and files have, is nobody's. */
function isLocalPage(page: string): boolean {
  const url = URL.parse(page);
  return url !== null && /^https?:$/.test(url.protocol) && LOOPBACK.test(url.hostname);
}
