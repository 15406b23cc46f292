/** What older clients of SQS say in ways of their own, and how it words what is missing. */
import { addressOfPath } from './place.ts';

/** A request to a queue's own URL need not name the queue again. */
export function queueOfPath(path: string): { readonly QueueUrl: string } | undefined {
  return addressOfPath(path) && { QueueUrl: path };
}

/** @param paths as `entries.1.member.id` */
export function missingParameters(paths: readonly string[]): string {
  const [first = ''] = paths;
  const name = first
    .split('.')
    .filter((part) => part !== 'member')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('.');
  return `The request must contain the parameter ${name}.`;
}
