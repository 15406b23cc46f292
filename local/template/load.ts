/** Document → `Stack`: everything that can be known and refused before anything is made. */
import type { Artifact } from './artifact.ts';
import { type BindingOptions, bind } from './bindings.ts';
import { substituteArtifacts } from './code-locations.ts';
import { checkConditions } from './condition-section.ts';
import type { TemplateDocument } from './document.ts';
import { Findings } from './findings.ts';
import type { Bindings } from './intrinsics/scope.ts';
import { checkDropped, checkNames } from './name-check.ts';
import { checkOutputs, readOutputs } from './outputs.ts';
import { orderResources } from './references.ts';
import { readResources } from './resource-nodes.ts';
import { checkResources } from './resources.ts';
import { checkRules } from './rules.ts';
import { type SamInput, type SamOutput, transformSam } from './sam/index.ts';
import { checkMappings, checkSections, readTransforms } from './sections.ts';
import type { JsonObject, Stack } from './stack.ts';
import { copyTree, own, ownObject } from './tree.ts';

export interface LoadOptions extends BindingOptions {
  /** By logical id; what `build/` made of this document's `buildables`. */
  readonly artifacts?: ReadonlyMap<string, Artifact>;
  /** Another transform than AWS's, for tests. */
  readonly transformSam?: (input: SamInput) => SamOutput;
}

/**
 * Loads a stack. The document stays as it is and can be loaded again with other options. Throws `TemplateError`
 * with everything found: first what is wrong with the declarations, then with the SAM resources, then with the names.
 */
export function loadStack(document: TemplateDocument, options: LoadOptions): Stack {
  const { tree, source } = document;
  const findings = new Findings();
  findings.addAll(document.diagnostics);
  const transforms = readTransforms(tree, source, findings);
  checkSections(tree, source, transforms, findings);
  checkMappings(tree, source, findings);
  checkResources(tree, source, transforms.sam, findings);
  checkOutputs(tree, source, findings);
  const { bindings, noEcho } = bind(tree, source, options, findings);
  checkConditions(tree, source, bindings, transforms.languageExtensions, findings);
  if (!findings.hasErrors) checkRules(tree, source, bindings, findings);
  if (transforms.sam) findings.throwIfErrors();

  const template = expand(document, bindings, options, transforms.sam, findings);
  checkNames(template, source, bindings, transforms.languageExtensions, findings);
  findings.throwIfErrors();

  const bound = bindingsOf(template, bindings);
  const readOptions = { bindings: bound, source, written: tree, languageExtensions: transforms.languageExtensions };
  const resources = readResources(template, readOptions, findings);
  const description = own(tree, 'Description');
  const stack: Stack = {
    name: options.stackName,
    file: document.file,
    ...(typeof description === 'string' && { description }),
    ...bound,
    noEcho,
    resources,
    outputs: readOutputs(template, bound),
    diagnostics: findings.warnings,
  };
  checkDropped(template, stack, findings);
  findings.collect(() => orderResources(stack));
  findings.throwIfErrors();
  return stack;
}

/** The tree with artifacts in place and without SAM; nothing of it is the document's own. */
function expand(
  document: TemplateDocument,
  bindings: Bindings,
  options: LoadOptions,
  sam: boolean,
  findings: Findings,
): JsonObject {
  // The transform copies what it is given: for it, only what artifacts go into is copied here.
  const { artifacts } = options;
  const template = sam ? copyOf(document, artifacts) : copyTree(document.tree, document.source);
  if (artifacts) substituteArtifacts(template, artifacts);
  if (!sam) return template;
  const output = (options.transformSam ?? transformSam)({
    template,
    source: document.source,
    parameters: bindings.parameters,
    region: bindings.pseudo.region,
    accountId: bindings.pseudo.accountId,
    partition: bindings.pseudo.partition,
    stackName: bindings.pseudo.stackName,
  });
  findings.addAll(output.diagnostics);
  findings.throwIfErrors();
  return output.template;
}

/** Shares all but the resources that artifacts are built of. */
function copyOf({ tree, source }: TemplateDocument, artifacts: LoadOptions['artifacts']): JsonObject {
  const written = ownObject(tree, 'Resources');
  if (written === undefined) return tree;
  const resources = { ...written };
  for (const logicalId of artifacts?.keys() ?? []) {
    const resource = own(written, logicalId);
    if (resource !== undefined) resources[logicalId] = copyTree(resource, source);
  }
  const copy = { ...tree, Resources: resources };
  source.carry(written, resources);
  source.carry(tree, copy);
  return copy;
}

/** The transform may add conditions and mappings. */
function bindingsOf(template: JsonObject, bindings: Bindings): Bindings {
  return {
    ...bindings,
    conditions: ownObject(template, 'Conditions') ?? {},
    mappings: ownObject(template, 'Mappings') ?? {},
  };
}
