/** https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html */
import type { ServiceContext } from '../../kernel/service.ts';
import type { Verdict } from './filter/matching.ts';

export interface Metrics {
  published(topicArn: string, bytes: number): void;
  delivered(topicArn: string): void;
  failed(topicArn: string): void;
  filteredOut(topicArn: string, why: Exclude<Verdict, 'accepted'>): void;
  redriven(topicArn: string): void;
  redriveFailed(topicArn: string): void;
  /** Of text messages published to a number. */
  textMessage(): void;
}

export function createMetrics({ telemetry, clock }: Pick<ServiceContext, 'telemetry' | 'clock'>): Metrics {
  const record = (name: string, dimensions: Record<string, string>, value = 1, unit = 'Count'): void =>
    telemetry.metric({ namespace: 'AWS/SNS', name, dimensions, unit, value, timestamp: clock.now() });
  const count = (name: string, topicArn: string): void => record(name, { TopicName: nameOf(topicArn) });
  return {
    published(topicArn, bytes) {
      count('NumberOfMessagesPublished', topicArn);
      record('PublishSize', { TopicName: nameOf(topicArn) }, bytes, 'Bytes');
    },
    delivered: (topicArn) => count('NumberOfNotificationsDelivered', topicArn),
    failed: (topicArn) => count('NumberOfNotificationsFailed', topicArn),
    filteredOut(topicArn, why) {
      count('NumberOfNotificationsFilteredOut', topicArn);
      count(`NumberOfNotificationsFilteredOut-${why}`, topicArn);
    },
    redriven: (topicArn) => count('NumberOfNotificationsRedrivenToDlq', topicArn),
    redriveFailed: (topicArn) => count('NumberOfNotificationsFailedToRedriveToDlq', topicArn),
    textMessage: () => record('NumberOfMessagesPublished', { PhoneNumber: 'PhoneNumberDirect' }),
  };
}

const nameOf = (topicArn: string): string => topicArn.split(':')[5] ?? topicArn;
