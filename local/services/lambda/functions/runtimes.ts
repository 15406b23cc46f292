/**
 * What a function may name as its runtime, and what becomes of it here.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */

export type Runtime =
  /** Runs here, on a Node of that major version. */
  | { readonly kind: 'node'; readonly major: 22 | 24 }
  /** Runs here: the function brings its own `bootstrap`. */
  | { readonly kind: 'provided' }
  /** AWS runs it and this machine does not: the function exists, and invoking it is refused. */
  | { readonly kind: 'elsewhere'; readonly message: string }
  /** AWS refuses to create or update functions with it. */
  | { readonly kind: 'blocked'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

/** Runtimes that run here. */
export const RUNTIMES = ['nodejs24.x', 'nodejs22.x', 'provided.al2023', 'provided.al2'] as const;

/** What a container image's function has in the place of a runtime's name. */
export const IMAGE = '';

/**
 * Runtimes past the date at which AWS stopped the creation of functions.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-deprecated
 */
const BLOCKED =
  /^(?:nodejs(?:4\.3|4\.3-edge|6\.10|8\.10|10\.x|12\.x|14\.x|16\.x|18\.x|20\.x)?|python(?:2\.7|3\.[6-9])|dotnetcore[123]\.[01]|dotnet6|go1\.x|java8|ruby(?:2\.[57]|3\.2)|provided)$/;

const ELSEWHERE = /^(?:nodejs\d+\.x|(?:python|ruby)\d+\.\d+|java\d+(?:\.al\w+)?|dotnet\d+|provided\.al\w+)$/;

const ONLY = `only ${RUNTIMES.join(', ')} do`;

/** Never throws: what is wrong with a name is part of the answer. */
export function runtimeOf(name: string): Runtime {
  const node = /^nodejs(22|24)\.x$/.exec(name)?.[1];
  if (node !== undefined) return { kind: 'node', major: node === '22' ? 22 : 24 };
  if (name === 'provided.al2023' || name === 'provided.al2') return { kind: 'provided' };
  if (name === IMAGE) {
    return { kind: 'elsewhere', message: 'functions made of container images do not run here: use a Zip package' };
  }
  if (BLOCKED.test(name)) {
    return {
      kind: 'blocked',
      message: `The runtime parameter of ${name} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
    };
  }
  if (ELSEWHERE.test(name)) return { kind: 'elsewhere', message: `${name} does not run here: ${ONLY}` };
  return {
    kind: 'unknown',
    message: `Value ${name} at 'runtime' failed to satisfy constraint: Member must be a runtime of Lambda; of those ${RUNTIMES.join(', ')} run here`,
  };
}
