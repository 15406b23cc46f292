/**
 * Ids of AWS's own prefix lists, which differ by Region and do not change: those of the gateway endpoints' services.
 * An id that is not here is not known, never taken for another's.
 * https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
 */
const LISTS: Readonly<Record<string, Readonly<Record<'s3' | 'dynamodb', string | undefined>>>> = {
  'us-east-1': { s3: 'pl-63a5400a', dynamodb: 'pl-02cd2c6b' },
  'us-east-2': { s3: 'pl-7ba54012', dynamodb: 'pl-4ca54025' },
  'us-west-1': { s3: 'pl-6ba54002', dynamodb: undefined },
  'us-west-2': { s3: 'pl-68a54001', dynamodb: 'pl-00a54069' },
  'ap-northeast-1': { s3: 'pl-61a54008', dynamodb: undefined },
  'ap-northeast-2': { s3: 'pl-78a54011', dynamodb: undefined },
  'ap-south-1': { s3: 'pl-78a54011', dynamodb: undefined },
  'ap-southeast-1': { s3: 'pl-6fa54006', dynamodb: 'pl-67a5400e' },
  'ap-southeast-2': { s3: 'pl-6ca54005', dynamodb: undefined },
  'ca-central-1': { s3: 'pl-7da54014', dynamodb: undefined },
  'eu-central-1': { s3: 'pl-6ea54007', dynamodb: 'pl-66a5400f' },
  'eu-north-1': { s3: 'pl-c3aa4faa', dynamodb: undefined },
  'eu-west-1': { s3: 'pl-6da54004', dynamodb: 'pl-6fa54006' },
  'eu-west-2': { s3: 'pl-7ca54015', dynamodb: undefined },
  'eu-west-3': { s3: 'pl-23ad484a', dynamodb: undefined },
  'sa-east-1': { s3: 'pl-6aa54003', dynamodb: undefined },
};

/** `s3` or `dynamodb`; undefined for a list nobody here knows. */
export function serviceOfPrefixList(prefixListId: string, region: string): 's3' | 'dynamodb' | undefined {
  const lists = LISTS[region];
  if (lists?.s3 === prefixListId) return 's3';
  return lists?.dynamodb === prefixListId ? 'dynamodb' : undefined;
}

export function prefixListOf(service: string, region: string): string | undefined {
  return service === 's3' || service === 'dynamodb' ? LISTS[region]?.[service] : undefined;
}
