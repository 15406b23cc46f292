/**
 * Names of endpoint services. AWS has some hundred; these are the ones templates mostly ask for, enough to tell a
 * misspelt name from a rare one. https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
 */
export const GATEWAY_SERVICES: readonly string[] = ['s3', 'dynamodb', 's3express'];

const INTERFACE_SERVICES: readonly string[] = [
  ...['access-analyzer', 'account', 'acm', 'acm-pca', 'airflow.api', 'airflow.env', 'airflow.ops', 'amplify'],
  ...['app-integrations', 'appconfig', 'appconfigdata', 'application-autoscaling', 'appmesh', 'appstream.api'],
  ...['appsync-api', 'athena', 'auditmanager', 'autoscaling', 'autoscaling-plans', 'backup', 'backup-gateway', 'batch'],
  ...['bedrock', 'bedrock-agent', 'bedrock-agent-runtime', 'bedrock-agentcore', 'bedrock-runtime', 'billingconductor'],
  ...[
    'cassandra',
    'cloudcontrolapi',
    'clouddirectory',
    'cloudformation',
    'cloudhsmv2',
    'cloudtrail',
    'codeartifact.api',
  ],
  ...['codeartifact.repositories', 'codebuild', 'codecommit', 'codedeploy', 'codedeploy-commands-secure'],
  ...[
    'codeguru-profiler',
    'codeguru-reviewer',
    'codepipeline',
    'codestar-connections.api',
    'cognito-identity',
    'cognito-idp',
  ],
  ...['comprehend', 'comprehendmedical', 'config', 'connect-campaigns', 'controlcatalog', 'data-servicediscovery'],
  ...[
    'databrew',
    'dataexchange',
    'datasync',
    'datazone',
    'deviceadvisor.iot',
    'devops-guru',
    'directconnect',
    'dlm',
    'dms',
  ],
  ...[
    'drs',
    'ds',
    'dynamodb',
    'dynamodb-streams',
    'ebs',
    'ec2',
    'ec2messages',
    'ecr.api',
    'ecr.dkr',
    'ecs',
    'ecs-agent',
  ],
  ...['ecs-telemetry', 'eks', 'eks-auth', 'elasticache', 'elasticbeanstalk', 'elasticbeanstalk-health'],
  ...['elasticfilesystem', 'elasticloadbalancing', 'elasticmapreduce', 'email-smtp', 'email', 'emr-containers'],
  ...[
    'emr-serverless',
    'entityresolution',
    'events',
    'evidently',
    'execute-api',
    'finspace',
    'firehose',
    'fis',
    'forecast',
  ],
  ...[
    'fraud-detector',
    'freetier',
    'fsx',
    'glue',
    'grafana',
    'greengrass',
    'groundstation',
    'guardduty',
    'guardduty-data',
  ],
  ...['healthlake', 'iam', 'identitystore', 'imagebuilder', 'inspector2', 'invoicing', 'iot.credentials', 'iot.data'],
  ...[
    'iotsitewise.api',
    'iottwinmaker.api',
    'kafka',
    'kafka-fips',
    'kendra',
    'kinesis-firehose',
    'kinesis-streams',
    'kms',
  ],
  ...['lakeformation', 'lambda', 'license-manager', 'logs', 'lookoutmetrics', 'm2', 'macie2', 'managedblockchain'],
  ...[
    'mediaconnect',
    'memory-db',
    'mgn',
    'migrationhub-orchestrator',
    'models-v2-lex',
    'monitoring',
    'mq',
    'neptune-graph',
  ],
  ...['networkmonitor', 'notifications', 'observabilityadmin', 'oam', 'omics', 'organizations', 'osis', 'panorama'],
  ...[
    'personalize',
    'pi',
    'pinpoint',
    'pipes',
    'polly',
    'profile',
    'qbusiness',
    'qldb.session',
    'quicksight',
    'ram',
    'rbin',
  ],
  ...['rds', 'rds-data', 'redshift', 'redshift-data', 'rekognition', 'resiliencehub', 'resource-explorer-2'],
  ...[
    'resource-groups',
    'rolesanywhere',
    'route53resolver',
    'rum',
    'rum-dataplane',
    'runtime-v2-lex',
    's3',
    's3-outposts',
  ],
  ...['s3-global.accesspoint', 's3tables', 's3vectors', 'sagemaker.api', 'sagemaker.featurestore-runtime'],
  ...['sagemaker.runtime', 'scheduler', 'schemas', 'secretsmanager', 'securityhub', 'securitylake', 'serverlessrepo'],
  ...[
    'servicecatalog',
    'servicediscovery',
    'servicequotas',
    'signer',
    'simspaceweaver',
    'snow-device-management',
    'sns',
  ],
  ...[
    'sms-voice',
    'sqs',
    'ssm',
    'ssm-contacts',
    'ssm-incidents',
    'ssmmessages',
    'states',
    'storagegateway',
    'sts',
    'swf',
  ],
  ...['sync-states', 'synthetics', 'tagging', 'textract', 'timestream-influxdb', 'transcribe', 'transcribestreaming'],
  ...['transfer', 'transfer.server', 'translate', 'trustedadvisor', 'verifiedpermissions', 'vpc-lattice', 'wafv2'],
  ...['wellarchitected', 'workmail', 'workspaces', 'xray'],
];

/** Whether a service has interface endpoints, as far as this list knows. */
export const WITH_INTERFACE_ENDPOINTS: ReadonlySet<string> = new Set(INTERFACE_SERVICES);

const KNOWN: ReadonlySet<string> = new Set([...GATEWAY_SERVICES, ...INTERFACE_SERVICES]);

export type EndpointServiceName =
  /** One of AWS's, by its short name: `secretsmanager`. */
  | { readonly kind: 'known'; readonly service: string }
  /** Somebody's own, or one this list lacks. */
  | { readonly kind: 'unknown'; readonly service: string }
  /** It cannot exist, or is almost surely meant to be another. */
  | { readonly kind: 'wrong'; readonly suggestion?: string };

export function readServiceName(serviceName: string, region: string): EndpointServiceName {
  if (serviceName.startsWith('com.amazonaws.vpce.')) return { kind: 'unknown', service: serviceName };
  const match = /^(?:com|aws)\.(?:amazonaws|sagemaker|api)\.(?:([a-z]{2}(?:-[a-z]+)+-\d)\.)?([a-z0-9.-]+)$/.exec(
    serviceName,
  );
  if (!match) return { kind: 'wrong', suggestion: nearest(serviceName, region) };
  const [, namedRegion, service] = match as unknown as [string, string | undefined, string];
  if (namedRegion !== undefined && namedRegion !== region) {
    return { kind: 'wrong', suggestion: `com.amazonaws.${region}.${service}` };
  }
  if (KNOWN.has(service) || KNOWN.has(service.replace(/-fips$/, ''))) return { kind: 'known', service };
  const suggestion = nearest(service, region);
  return suggestion === undefined ? { kind: 'unknown', service } : { kind: 'wrong', suggestion };
}

/** Short names are too near to each other for a guess. */
function nearest(service: string, region: string): string | undefined {
  if (service.length < 6) return undefined;
  const best = [...KNOWN]
    .map((known) => ({ known, slips: distance(service, known) }))
    .sort((a, b) => a.slips - b.slips)[0]!;
  return best.slips <= 2 ? `com.amazonaws.${region}.${best.known}` : undefined;
}

/** Levenshtein. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
