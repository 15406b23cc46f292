/**
 * Makes the tables beside this file from the service models of botocore, which are AWS's own:
 *
 *   pip download botocore --no-deps --no-binary :none: -d /tmp/models && unzip -d /tmp/models /tmp/models/botocore-*.whl
 *   node local/protocols/constraints/make.mjs /tmp/models
 *
 * Run by hand when the SDK clients are updated. The same models make the same files, byte for byte. `table.ts` says what
 * stands in them.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/**
 * Signing name → botocore's folder. Services that check by rules and sentences of their own alone (SQS, S3, EC2, RDS,
 * CodeDeploy) have no table.
 */
const SERVICES = {
  'bedrock-runtime': 'bedrock-runtime',
  cloudformation: 'cloudformation',
  'cognito-idp': 'cognito-idp',
  dynamodb: 'dynamodb',
  events: 'events',
  iam: 'iam',
  kms: 'kms',
  lambda: 'lambda',
  logs: 'logs',
  monitoring: 'cloudwatch',
  scheduler: 'scheduler',
  secretsmanager: 'secretsmanager',
  sns: 'sns',
  ssm: 'ssm',
  states: 'stepfunctions',
  sts: 'sts',
  xray: 'xray',
};

/**
 * What the model says and the service itself decides, in its own words or not at all, by shape. `enum`, `pattern` and
 * `length` name what is left out.
 */
const NOT_AT_THE_WIRE = {
  // "… or be a valid ARN", InvalidParameterValueException.
  lambda: { Runtime: ['enum'] },
  // ResourceArn of tags is looked up; policies and documents are parsed, and answered as malformed.
  iam: { policyDocumentType: ['pattern'], existingUserNameType: ['pattern'] },
  sts: { unrestrictedSessionPolicyDocumentType: ['pattern'], sessionPolicyDocumentType: ['pattern'] },
  // Names of machines and executions are refused as InvalidName, definitions as InvalidDefinition.
  states: { Name: ['length'], Definition: ['length'] },
};

/** Of services of which a small part is here: their operations. */
const ONLY = {
  ssm: [
    'AddTagsToResource',
    'DeleteParameter',
    'DeleteParameters',
    'DescribeParameters',
    'GetParameter',
    'GetParameterHistory',
    'GetParameters',
    'GetParametersByPath',
    'LabelParameterVersion',
    'ListTagsForResource',
    'PutParameter',
    'RemoveTagsFromResource',
    'UnlabelParameterVersion',
  ],
};

/** Patterns that some values keep busy for seconds: nobody's input is held against them. The tests find new ones. */
const TOO_SLOW = new Set([
  '^[ \\t]*[\\x20-\\x7E]+([ \\t]+[\\x20-\\x7E]+)*[ \\t]*$',
  '^[ \\t]*[^\\x00-\\x1F:\\x7F]+([ \\t]+[^\\x00-\\x1F:\\x7F]+)*[ \\t]*$',
  '^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$',
  '^arn:aws([a-z]|\\-)*:events:([a-z]|\\d|\\-)*:([0-9]{12})?:connection\\/[\\.\\-_A-Za-z0-9]+\\/[\\-A-Za-z0-9]+$',
]);

const here = dirname(fileURLToPath(import.meta.url));
const models = process.argv[2];
if (!models) {
  console.error('usage: node make.mjs FOLDER_WITH_BOTOCORE');
  process.exit(2);
}

for (const [service, folder] of Object.entries(SERVICES)) {
  const model = readModel(folder);
  const table = tableOf(model, NOT_AT_THE_WIRE[service] ?? {}, ONLY[service] ?? Object.keys(model.operations));
  const lines = table.shapes.map((shape) => JSON.stringify(shape));
  const text = `{\n"operations":${JSON.stringify(table.operations)},\n"shapes":[\n${lines.join(',\n')}\n]\n}\n`;
  writeFileSync(join(here, `${service}.json`), text);
  console.log(
    `${service}: ${Object.keys(table.operations).length} operations, ${lines.length} shapes, ${text.length} bytes`,
  );
}

/** The newest version of a service's model. */
function readModel(folder) {
  const directory = join(models, 'botocore', 'data', folder);
  const versions = readdirSync(directory).filter((name) =>
    readdirSync(join(directory, name)).includes('service-2.json.gz'),
  );
  const file = join(directory, versions.sort().at(-1), 'service-2.json.gz');
  return JSON.parse(gunzipSync(readFileSync(file)).toString('utf8'));
}

function tableOf(model, exceptions, names) {
  const shapes = [];
  const places = new Map();
  const byName = new Map();
  const constrained = constrainedShapes(model, exceptions);

  /** The place of a shape that says anything; equal scalars are one. */
  function place(name) {
    if (!constrained.has(name)) return undefined;
    if (byName.has(name)) return byName.get(name);
    const shape = model.shapes[name];
    const own = rulesOf(shape, exceptions[name] ?? []);
    if (!isNested(shape)) return remember(name, own);
    // Shapes contain themselves: the place is known before what stands at it.
    byName.set(name, shapes.length);
    shapes.push(own);
    if (shape.type === 'list') {
      own.kind = 'list';
      own.member = place(shape.member.shape);
    } else if (shape.type === 'map') {
      own.kind = 'map';
      own.key = place(shape.key.shape);
      own.value = place(shape.value.shape);
    } else {
      own.kind = 'structure';
      own.name = name;
      own.required = shape.required?.length > 0 ? shape.required : undefined;
      own.members = Object.fromEntries(
        Object.entries(shape.members)
          .map(([member, target]) => [member, place(target.shape)])
          .filter(([, at]) => at !== undefined),
      );
    }
    return byName.get(name);
  }

  function remember(name, rules) {
    const key = JSON.stringify(rules);
    if (!places.has(key)) {
      places.set(key, shapes.length);
      shapes.push(rules);
    }
    byName.set(name, places.get(key));
    return places.get(key);
  }

  const operations = {};
  for (const name of [...names].sort()) {
    const at = model.operations[name].input && place(model.operations[name].input.shape);
    if (at !== undefined) operations[name] = at;
  }
  return { operations, shapes };
}

/** Names of shapes below which there is any rule; found from the scalars upward, for shapes contain themselves. */
function constrainedShapes(model, exceptions) {
  const found = new Set(
    Object.entries(model.shapes)
      .filter(([name, shape]) => {
        const { kind, double, sensitive, ...rules } = rulesOf(shape, exceptions[name] ?? []);
        return Object.values(rules).some((rule) => rule !== undefined) || shape.required?.length > 0;
      })
      .map(([name]) => name),
  );
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [name, shape] of Object.entries(model.shapes)) {
      if (targetsOf(shape).some((target) => found.has(target))) found.add(name);
    }
  }
  return found;
}

function targetsOf({ type, member, key, value, members = {} }) {
  if (type === 'list') return [member.shape];
  if (type === 'map') return [key.shape, value.shape];
  return Object.values(members).map(({ shape }) => shape);
}

function isNested({ type }) {
  return type === 'structure' || type === 'list' || type === 'map';
}

/** @param left what of it the service does not check at the wire */
function rulesOf(shape, left) {
  const isNumber = ['integer', 'long', 'double', 'float'].includes(shape.type);
  const length = !left.includes('length');
  return {
    kind: isNumber ? 'number' : shape.type === 'blob' ? 'blob' : 'string',
    min: length && shape.min > 0 ? shape.min : isNumber && length ? shape.min : undefined,
    max: length ? shape.max : undefined,
    pattern: left.includes('pattern') || !says(shape.pattern) ? undefined : shape.pattern,
    enum: left.includes('enum') ? undefined : shape.enum,
    double: ['double', 'float'].includes(shape.type) || undefined,
    sensitive: shape.sensitive || undefined,
  };
}

/** `.*` and its like let everything through. */
function says(pattern) {
  if (TOO_SLOW.has(pattern)) return false;
  return pattern !== undefined && !/^\^?(?:\.|\[\\s\\S\]|\(\?s\)\.)\*\$?$/.test(pattern);
}
