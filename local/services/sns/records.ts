/** What is kept of a topic and of a subscription. */
import type { TemplatePlace } from '../../policy/iam/contract.ts';
import type { FilterPolicyScope } from './filter/policy.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface Topic {
  readonly name: string;
  readonly arn: string;
  readonly isFifo: boolean;
  /** As they were set, by AWS's names; the policy is apart. */
  readonly attributes: Readonly<Record<string, string>>;
  /** JSON text; absent: the default one, that lets the owner's principals do what IAM lets them. */
  readonly policy?: string;
  /** Of the policy, when a template has it. */
  readonly policyPlace?: TemplatePlace;
  readonly tags: readonly Tag[];
  /** Subscriptions that were there once. */
  readonly deletedSubscriptions: number;
}

export type SubscriptionProtocol = 'http' | 'https' | 'email' | 'email-json' | 'sms' | 'sqs' | 'lambda';

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: SubscriptionProtocol;
  readonly endpoint: string;
  /** Whoever knows it has been sent it. Stays when confirmed: to confirm twice is no mistake. */
  readonly token: string;
  readonly isPending: boolean;
  /** `AuthenticateOnUnsubscribe`: no link alone ends it. */
  readonly needsAuthentication: boolean;
  /** ms since 1970 */
  readonly createdAt: number;
  /** ARN of whoever subscribed. */
  readonly principal: string;
  readonly rawDelivery: boolean;
  readonly filterPolicy?: string;
  readonly filterPolicyScope: FilterPolicyScope;
  /** JSON texts, as they were given. */
  readonly redrivePolicy?: string;
  readonly deliveryPolicy?: string;
}

export const isOfQueue = (arn: string): boolean => /^arn:[^:]+:sqs:[^:]+:\d{12}:[\w.-]+$/.test(arn);
