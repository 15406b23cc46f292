/**
 * How one CloudFormation resource type is made, changed and removed. `reconcile` is the only caller.
 * Properties arrive fully evaluated: no intrinsics, `AWS::NoValue` entries gone, dynamic references resolved.
 */
import type { Json, JsonObject, Position } from '../template/stack.ts';

export interface ResourceRequest {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly metadata?: JsonObject;
  /** Of an update; evaluated. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html */
  readonly updatePolicy?: JsonObject;
  readonly stackName: string;
  readonly stackId: string;
  /** A fresh physical name in CloudFormation's form, `stack-LogicalId-RANDOM`, stable for this resource instance. */
  readonly generatedName: string;
  /** Another such name, for an update that must replace a resource whose name was generated: both exist for a while. */
  readonly replacementName: string;
  /** A crash cut off an earlier `create` of this very instance: what it left under the same name may be taken over. */
  readonly interrupted?: boolean;
  readonly at?: Position;
  /** For line-numbered findings inside `properties`, by path, e.g. `['Environment', 'Variables']`. */
  readonly positionOf: (path: readonly (string | number)[]) => Position | undefined;
}

/** What the stack remembers of a resource that exists. JSON only: it is stored. */
export interface ExistingResource {
  readonly logicalId: string;
  readonly type: string;
  /** What `Ref` gives. */
  readonly physicalId: string;
  readonly properties: JsonObject;
  /** What `Fn::GetAtt` gives, nested names dotted as in the template (`Endpoint.Address`). */
  readonly attributes: Readonly<Record<string, Json>>;
}

export interface ResourceResult {
  readonly physicalId: string;
  readonly attributes?: Readonly<Record<string, Json>>;
}

/** `path` below the resource's `Properties`. */
export interface Unsupported {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface Provider {
  create(request: ResourceRequest): Promise<ResourceResult> | ResourceResult;
  /**
   * Applies new properties. Answer a different `physicalId` to say that the resource was replaced: the old one is
   * then deleted after everything that depends on it has moved over, as CloudFormation does.
   */
  update(request: ResourceRequest, existing: ExistingResource): Promise<ResourceResult> | ResourceResult;
  delete(existing: ExistingResource): Promise<void> | void;
  /**
   * Called at every start for each resource that already exists, before anything is compared: open sockets, start
   * processes. May answer changed attributes (a database that moved to another port).
   */
  restore?(existing: ExistingResource): Promise<ResourceResult | undefined> | ResourceResult | undefined;
  /** Properties of this type that are not emulated although AWS would act on them, named at start with their line. */
  unsupported?(request: ResourceRequest): readonly Unsupported[] | Promise<readonly Unsupported[]>;
}
