/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html */
import type { Tag } from '@aws-sdk/client-eventbridge';
import type { Requirement } from '../../kernel/service.ts';
import { EVENTS, type Room } from './room.ts';

type Context = Record<string, string | string[]>;

export function requestTags(tags: readonly Tag[] | undefined): Context {
  if (!tags?.length) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': tags.map(({ Key = '' }) => Key),
  };
}

export function onRule(
  { rules, buses, accountId }: Room,
  action: string,
  { bus, name }: { readonly bus: string | undefined; readonly name: string },
  context: Context = {},
): Requirement {
  return {
    action: `events:${action}`,
    resource: rules.arnOf(buses.nameOf(bus), name),
    context: { 'events:creatorAccount': accountId, ...context },
  };
}

/** Whoever gives EventBridge a role must be allowed to. */
export const passRole = (roleArn: string): Requirement => ({
  action: 'iam:PassRole',
  resource: roleArn,
  context: { 'iam:PassedToService': EVENTS },
});
