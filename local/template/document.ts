/** Text → long-form tree. YAML and JSON are read the same way; every value keeps its place in the file. */
import { readFileSync } from 'node:fs';
import { nameDefinitionFiles } from './definition-files.ts';
import { Findings } from './findings.ts';
import { type IncludeOptions, inlineIncludes } from './include.ts';
import { SourceText, TemplateSource } from './source.ts';
import type { Diagnostic, JsonObject } from './stack.ts';
import { isObject, kindOf } from './tree.ts';
import { buildTree, type Fragment } from './tree-builder.ts';
import { readCarefully } from './yaml/careful.ts';
import { readQuickly } from './yaml/quick.ts';

/** A template as written: short forms unfolded, includes inlined, nothing evaluated. */
export interface TemplateDocument {
  /** As it was given to `readDocument`. */
  readonly file: string;
  readonly tree: JsonObject;
  readonly source: TemplateSource;
  /** Files pulled in by `AWS::Include`, and state machines' definitions, in the form of `file`: a watcher wants them too. */
  readonly includedFiles: readonly string[];
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html (template body in S3) */
const MAXIMUM_BYTES = 1_048_576;

/**
 * Reads and parses a template and the files it includes, each once. Throws `TemplateError` with everything that is
 * wrong with the text; a file that cannot be read is a diagnostic too (`unreadable-file`).
 */
export function readDocument(file: string, options: Partial<IncludeOptions> = {}): TemplateDocument {
  const findings = new Findings();
  const text = readText(file, findings);
  findings.throwIfErrors();
  return parseDocument(text!, file, { read: (path) => readFileSync(path, 'utf8'), ...options });
}

/** The same for a text at hand. Includes need `options.read`; without it they are left for nobody and refused. */
export function parseDocument(text: string, file: string, options: Partial<IncludeOptions> = {}): TemplateDocument {
  const findings = new Findings();
  const source = new TemplateSource();
  const fragment = parseFragment(text, file, source, findings);
  findings.throwIfErrors();
  const root = fragment!.value;
  if (!isObject(root)) {
    const at = new SourceText(file, text).positionAt(0);
    findings.error('not-a-map', `a template is a map of sections, this is ${kindOf(root)}`, { at });
    findings.throwIfErrors();
    throw new Error('unreachable');
  }
  const included = inlineIncludes(root, file, source, findings, options, parseFragment);
  const definitions = options.read ? nameDefinitionFiles(root, file, source, findings, options.read) : [];
  findings.throwIfErrors();
  return { file, tree: root, source, includedFiles: [...included, ...definitions], diagnostics: findings.warnings };
}

/** Parses one file into `source`; undefined after an error, which is then in `findings`. */
function parseFragment(text: string, file: string, source: TemplateSource, findings: Findings): Fragment | undefined {
  const sourceText = new SourceText(file, text);
  if (Buffer.byteLength(text) > MAXIMUM_BYTES) {
    findings.error('template-too-large', 'a template is at most 1 MB', { at: sourceText.positionAt(0) });
    return undefined;
  }
  const quick = readQuickly(text);
  if (quick !== undefined) return buildTree(quick.root, sourceText, source, findings);
  const careful = readCarefully(text);
  if (careful.kind === 'read') return buildTree(careful.root, sourceText, source, findings);
  for (const { code, message, offset } of careful.problems) {
    findings.error(code, message, { at: sourceText.positionAt(Math.min(offset, text.length)) });
  }
  return undefined;
}

function readText(file: string, findings: Findings): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error);
    findings.error('unreadable-file', `cannot read ${file}: ${reason}`);
    return undefined;
  }
}
