/** AppSpec files of Lambda deployments. https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure.html */
import { AwsError } from '../../kernel/aws-error.ts';
import { parseDocument } from '../../template/document.ts';
import type { Json, JsonObject } from '../../template/stack.ts';
import type { AppSpec } from './records.ts';

/** `content` is JSON or YAML. Throws InvalidRevisionException. */
export function readAppSpec(content: string): AppSpec {
  const spec = parse(content);
  const [resource] = list(spec['Resources'] ?? spec['resources']).flatMap((entry) => Object.values(object(entry)));
  if (resource === undefined) throw invalid('The AppSpec file has no Resources section with a function.');
  const properties = object(object(resource)['Properties'] ?? object(resource)['properties']);
  const required = (name: string): string => {
    const value = properties[name] ?? properties[name.charAt(0).toLowerCase() + name.slice(1)];
    if (value === undefined) throw invalid(`The AppSpec file has no ${name} of the function.`);
    return String(value);
  };
  const hooks = Object.assign({}, ...list(spec['Hooks'] ?? spec['hooks']).map(object)) as JsonObject;
  const hook = (name: string): string | undefined => (hooks[name] === undefined ? undefined : String(hooks[name]));
  return {
    functionName: required('Name'),
    alias: required('Alias'),
    currentVersion: required('CurrentVersion'),
    targetVersion: required('TargetVersion'),
    beforeAllowTraffic: hook('BeforeAllowTraffic'),
    afterAllowTraffic: hook('AfterAllowTraffic'),
  };
}

function parse(content: string): JsonObject {
  try {
    return content.trimStart().startsWith('{')
      ? object(JSON.parse(content))
      : parseDocument(content, 'appspec.yaml').tree;
  } catch (error) {
    throw invalid(`The AppSpec file could not be read: ${(error as Error).message}`);
  }
}

function object(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidRevisionException', message);
}
