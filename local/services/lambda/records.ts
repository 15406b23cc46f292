/** What the Lambda service remembers. JSON only: it is stored. */
import type { Collection, Store } from '../../kernel/store.ts';
import type { TemplatePlace } from '../../policy/iam/contract.ts';
import type { Mapping } from './event-source-mappings/contract.ts';
import type { PackageFacts } from './packages/code-store.ts';

/** Where a version's code comes from. */
export type CodeLocation =
  /** An artifact of this machine, found in the catalogue. */
  | { readonly kind: 'artifact'; readonly bucket: string; readonly key: string }
  /** In the code store: an uploaded zip, inline source, or what a published version froze. */
  | { readonly kind: 'stored'; readonly digest: string; readonly unzippedSize: number }
  /** A container image, which nothing here starts. */
  | { readonly kind: 'image'; readonly uri: string };

/** `$LATEST` or a published version; names and units as in the API's FunctionConfiguration. */
export interface FunctionVersion {
  readonly functionName: string;
  /** Logical id in the template. */
  readonly label: string;
  /** `$LATEST`, `1`, `2` … */
  readonly version: string;
  readonly description: string;
  /** Empty for a container image. */
  readonly runtime: string;
  readonly handler: string;
  readonly role: string;
  readonly memorySize: number;
  /** Seconds. */
  readonly timeout: number;
  readonly ephemeralStorage: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Layer version ARNs, in order. */
  readonly layers: readonly string[];
  readonly code: CodeLocation;
  readonly architectures: readonly string[];
  readonly logging: {
    readonly logGroup: string;
    readonly logFormat: 'Text' | 'JSON';
    readonly applicationLogLevel?: string;
    readonly systemLogLevel?: string;
  };
  readonly tracing: 'Active' | 'PassThrough';
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
  readonly deadLetterArn?: string;
  /** Of its environment variables: whoever starts an environment has to be let use it. */
  readonly kmsKeyArn?: string;
  /** ISO 8601. */
  readonly lastModified: string;
  readonly revisionId: string;
}

export interface FunctionRecord {
  readonly functionName: string;
  readonly latest: FunctionVersion;
  /** The number the next published version gets. */
  readonly nextVersion: number;
  readonly reservedConcurrency?: number;
  /** Default `Terminate`. */
  readonly recursiveLoop?: 'Allow' | 'Terminate';
}

export interface AliasRecord {
  readonly functionName: string;
  readonly name: string;
  readonly functionVersion: string;
  readonly description: string;
  /** Weights of further versions, each 0–1; the alias's own version gets the rest. */
  readonly additionalVersionWeights: Readonly<Record<string, number>>;
  readonly revisionId: string;
}

export interface LayerRecord {
  readonly layerName: string;
  readonly version: number;
  readonly code: CodeLocation;
  readonly description: string;
  readonly compatibleRuntimes: readonly string[];
  readonly compatibleArchitectures: readonly string[];
  readonly licenseInfo?: string;
  /** ISO 8601. */
  readonly createdDate: string;
  /** It can no longer be found or added, but functions that have it keep it. */
  readonly deleted?: true;
}

/** A statement of a function's or layer version's resource-based policy. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: '*' | { readonly Service: string } | { readonly AWS: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The resource-based policy of a function, a version or an alias. */
export interface PolicyRecord {
  readonly functionName: string;
  /** Alias or version. */
  readonly qualifier?: string;
  readonly revisionId: string;
  /** In the order they were added. */
  readonly statements: readonly PolicyStatement[];
  /** The resources of a template that the statements come from, by statement id. */
  readonly places?: Readonly<Record<string, TemplatePlace>>;
}

export interface EventInvokeRecord {
  readonly functionName: string;
  readonly qualifier: string;
  /** Lambda's default (2 and six hours) where nobody set any. */
  readonly maximumRetryAttempts?: number;
  readonly maximumEventAgeSeconds?: number;
  /** ARNs. */
  readonly onSuccess?: string;
  readonly onFailure?: string;
  /** ISO 8601 */
  readonly lastModified: string;
}

/** What is wanted; `Functions.provisioned` tells what there is. */
export interface ProvisionedConcurrencyRecord {
  readonly functionName: string;
  /** A version's number or an alias. */
  readonly qualifier: string;
  readonly requested: number;
  /** ISO 8601, as `FunctionVersion.lastModified`. */
  readonly lastModified: string;
}

/** Members as in the API's `Cors`. https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html */
export interface UrlCors {
  readonly allowCredentials?: boolean;
  readonly allowHeaders?: readonly string[];
  readonly allowMethods?: readonly string[];
  readonly allowOrigins?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
}

export interface UrlRecord {
  readonly functionName: string;
  readonly qualifier?: string;
  readonly urlId: string;
  readonly authType: 'AWS_IAM' | 'NONE';
  readonly invokeMode: 'BUFFERED' | 'RESPONSE_STREAM';
  /** ISO 8601 */
  readonly creationTime: string;
  readonly lastModifiedTime: string;
  readonly cors?: UrlCors;
}

/** Kept as data: there is one build of each runtime here. */
export interface RuntimeManagementRecord {
  readonly updateRuntimeOn: 'Auto' | 'FunctionUpdate' | 'Manual';
  readonly runtimeVersionArn?: string;
}

/** Kept as data: nobody signs code here, and nobody checks. */
export interface CodeSigningConfigRecord {
  readonly id: string;
  readonly arn: string;
  readonly description: string;
  readonly signingProfileVersionArns: readonly string[];
  readonly untrustedArtifactOnDeployment: 'Warn' | 'Enforce';
  /** ISO 8601 */
  readonly lastModified: string;
}

/** The grant that lets a function's role use the key of its variables. */
export interface VariableGrant {
  readonly keyArn: string;
  readonly grantId: string;
  readonly roleArn: string;
}

export interface LambdaRecords {
  /** By function name. */
  readonly functions: Collection<FunctionRecord>;
  /** `name:number` */
  readonly versions: Collection<FunctionVersion>;
  /** `name:alias` */
  readonly aliases: Collection<AliasRecord>;
  /** `layer:number` */
  readonly layers: Collection<LayerRecord>;
  /** By layer name: the number the next version gets. Numbers are never used again. */
  readonly layerNumbers: Collection<number>;
  /** By ARN, qualified where the policy is. */
  readonly policies: Collection<PolicyRecord>;
  readonly layerPermissions: Collection<{ readonly layerVersionArn: string; readonly statement: PolicyStatement }>;
  /** By layer version ARN: the revision id of its policy. */
  readonly layerPolicyRevisions: Collection<string>;
  /** By digest of an artifact: what a zip of it would be. */
  readonly packageFacts: Collection<PackageFacts>;
  /** `name:qualifier` */
  readonly eventInvokeConfigs: Collection<EventInvokeRecord>;
  /** `name:qualifier` */
  readonly provisionedConcurrency: Collection<ProvisionedConcurrencyRecord>;
  /** `name` or `name:alias` */
  readonly urls: Collection<UrlRecord>;
  /** `name:$LATEST` or `name:number` */
  readonly runtimeManagement: Collection<RuntimeManagementRecord>;
  /** By ARN. */
  readonly codeSigningConfigs: Collection<CodeSigningConfigRecord>;
  /** By function name: the ARN of its code signing configuration. */
  readonly functionCodeSigning: Collection<string>;
  /** By function name. */
  readonly variableGrants: Collection<VariableGrant>;
  /** By UUID. */
  readonly eventSourceMappings: Collection<Mapping>;
  /** By ARN, unqualified: functions and whatever else of this service has tags. */
  readonly tags: Collection<Readonly<Record<string, string>>>;
}

export function openRecords(store: Store): LambdaRecords {
  const open = <T>(name: string): Collection<T> => store.collection<T>('lambda', name);
  return {
    functions: open('functions'),
    versions: open('versions'),
    aliases: open('aliases'),
    layers: open('layers'),
    layerNumbers: open('layer-numbers'),
    policies: open('policies'),
    layerPermissions: open('layer-permissions'),
    layerPolicyRevisions: open('layer-policy-revisions'),
    packageFacts: open('package-facts'),
    eventInvokeConfigs: open('event-invoke-configs'),
    provisionedConcurrency: open('provisioned-concurrency'),
    urls: open('urls'),
    runtimeManagement: open('runtime-management'),
    codeSigningConfigs: open('code-signing-configs'),
    functionCodeSigning: open('function-code-signing'),
    variableGrants: open('variable-grants'),
    eventSourceMappings: open('event-source-mappings'),
    tags: open('tags'),
  };
}
