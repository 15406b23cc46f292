/**
 * Which metrics of AWS's own namespaces are published here. An alarm on another one waits for data that never comes, which
 * whoever wrote it should hear when it is made.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html
 */

/** The namespaces of services that are emulated. */
const PUBLISHED: Readonly<Record<string, readonly string[]>> = {
  'AWS/ApiGateway': ['4XXError', '5XXError', 'Count', 'IntegrationLatency', 'Latency'],
  'AWS/Bedrock': [],
  'AWS/CodeDeploy': [],
  'AWS/Cognito': [],
  'AWS/DynamoDB': [
    'ConditionalCheckFailedRequests',
    'ConsumedReadCapacityUnits',
    'ConsumedWriteCapacityUnits',
    'ReturnedItemCount',
    'SuccessfulRequestLatency',
    'TimeToLiveDeletedItemCount',
  ],
  'AWS/Events': [
    'FailedInvocations',
    'Invocations',
    'InvocationsFailedToBeSentToDlq',
    'InvocationsSentToDlq',
    'MatchedEvents',
    'RetryInvocationAttempts',
    'TriggeredRules',
  ],
  'AWS/KMS': [],
  'AWS/Lambda': [
    'AsyncEventAge',
    'AsyncEventsDropped',
    'AsyncEventsReceived',
    'ConcurrentExecutions',
    'DeadLetterErrors',
    'DeletedEventCount',
    'DestinationDeliveryFailures',
    'DroppedEventCount',
    'Duration',
    'Errors',
    'FailedInvokeEventCount',
    'FilteredOutEventCount',
    'Invocations',
    'InvokedEventCount',
    'IteratorAge',
    'OnFailureDestinationDeliveredEventCount',
    'PolledEventCount',
    'ProvisionedConcurrencyInvocations',
    'ProvisionedConcurrencySpilloverInvocations',
    'ProvisionedConcurrencyUtilization',
    'ProvisionedConcurrentExecutions',
    'RecursiveInvocationsDropped',
    'Throttles',
    'UnreservedConcurrentExecutions',
  ],
  'AWS/Logs': ['IncomingBytes', 'IncomingLogEvents'],
  'AWS/RDS': [
    'CPUUtilization',
    'ClientConnections',
    'ClientConnectionsReceived',
    'DatabaseConnections',
    'FreeStorageSpace',
    'FreeableMemory',
  ],
  'AWS/S3': [],
  'AWS/SNS': [
    'NumberOfMessagesPublished',
    'NumberOfNotificationsDelivered',
    'NumberOfNotificationsFailed',
    'NumberOfNotificationsFailedToRedriveToDlq',
    'NumberOfNotificationsFilteredOut',
    'NumberOfNotificationsFilteredOut-InvalidAttributes',
    'NumberOfNotificationsFilteredOut-InvalidMessageBody',
    'NumberOfNotificationsFilteredOut-MessageAttributes',
    'NumberOfNotificationsFilteredOut-MessageBody',
    'NumberOfNotificationsFilteredOut-NoMessageAttributes',
    'NumberOfNotificationsRedrivenToDlq',
    'PublishSize',
  ],
  'AWS/SQS': [
    'ApproximateAgeOfOldestMessage',
    'ApproximateNumberOfMessagesDelayed',
    'ApproximateNumberOfMessagesNotVisible',
    'ApproximateNumberOfMessagesVisible',
    'NumberOfEmptyReceives',
    'NumberOfMessagesDeleted',
    'NumberOfMessagesReceived',
    'NumberOfMessagesSent',
    'SentMessageSize',
  ],
  'AWS/Scheduler': ['InvocationAttemptCount', 'InvocationDroppedCount', 'TargetErrorCount'],
  'AWS/SecretsManager': [],
  'AWS/X-Ray': [],
};

/** Of a service that is emulated, and no metric of it here. Of everybody else's namespaces nobody knows. */
export function isNeverPublished(namespace: string, metricName: string): boolean {
  return Object.hasOwn(PUBLISHED, namespace) && !PUBLISHED[namespace]!.includes(metricName);
}

export function publishedMetrics(): Readonly<Record<string, readonly string[]>> {
  return PUBLISHED;
}
