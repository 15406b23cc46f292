/** Libraries that call AWS in a function's name: what each of their exports does when it is used. */

export interface LibraryUse {
  readonly packageName: string;
  readonly operations: readonly string[];
  /** The first argument names the resource, as this member would. */
  readonly member?: string;
  /** It only signs the request. */
  readonly presigned?: true;
}

const secrets = (...operations: string[]): LibraryUse => ({
  packageName: '@aws-sdk/client-secrets-manager',
  operations,
  member: 'SecretId',
});
const parameters = (...operations: string[]): LibraryUse => ({
  packageName: '@aws-sdk/client-ssm',
  operations,
  member: 'Name',
});
const configuration: LibraryUse = {
  packageName: '@aws-sdk/client-appconfigdata',
  operations: ['StartConfigurationSession', 'GetLatestConfiguration'],
};
const table = (...operations: string[]): LibraryUse => ({ packageName: '@aws-sdk/client-dynamodb', operations });

/** https://docs.powertools.aws.dev/lambda/typescript/latest/ */
const USES: Readonly<Record<string, Readonly<Record<string, LibraryUse>>>> = {
  '@aws-lambda-powertools/parameters/secrets': {
    getSecret: secrets('GetSecretValue'),
    SecretsProvider: { ...secrets('GetSecretValue'), member: undefined },
  },
  '@aws-lambda-powertools/parameters/ssm': {
    getParameter: parameters('GetParameter'),
    getParameters: parameters('GetParametersByPath'),
    getParametersByName: { ...parameters('GetParameters'), member: undefined },
    setParameter: parameters('PutParameter'),
  },
  '@aws-lambda-powertools/parameters/appconfig': { getAppConfig: configuration, AppConfigProvider: configuration },
  '@aws-lambda-powertools/idempotency/dynamodb': {
    DynamoDBPersistenceLayer: table('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
  },
  '@aws-sdk/s3-presigned-post': {
    createPresignedPost: { packageName: '@aws-sdk/client-s3', operations: ['PutObject'], presigned: true },
  },
  '@aws-sdk/lib-storage': {
    Upload: { packageName: '@aws-sdk/client-s3', operations: ['PutObject'] },
  },
};

export function libraryUse(packageName: string, name: string): LibraryUse | undefined {
  const uses = USES[packageName];
  return uses && Object.hasOwn(uses, name) ? uses[name] : undefined;
}

/** Packages that call nothing, or are looked at by name elsewhere: what is missing of them leaves no gap. */
const QUIET =
  /^(?:@aws-lambda-powertools\/(?:logger|metrics|tracer|commons|batch|parser|jmespath|validation|event-handler)|@smithy\/|@middy\/core|@aws-sdk\/(?:client-|lib-|util-|types|credential|s3-request-presigner|s3-presigned-post|signature))/;

export function mayCallUnseen(packageName: string): boolean {
  return USES[packageName] === undefined && !QUIET.test(packageName);
}
