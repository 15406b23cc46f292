/** Names of parameters, and the selectors behind them. https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html */
import { AwsError } from '../../kernel/aws-error.ts';
import { validationError } from './errors.ts';

/** A name as it was asked for. */
export interface Reference {
  readonly name: string;
  /** Version or label, without its colon. */
  readonly selector?: string;
}

const MOST_CHARACTERS = 1_011;
const MOST_LEVELS = 15;

/** `name`, `name:3`, `name:label`, or an ARN of those; an ARN has no slash more than its parameter's name. */
export function parseReference(text: string, arnPrefix: string): Reference {
  const own = text.startsWith(arnPrefix) ? fromArn(text.slice(arnPrefix.length)) : text;
  const colon = own.startsWith('arn:') ? -1 : own.indexOf(':');
  return colon < 0 ? { name: own } : { name: own.slice(0, colon), selector: own.slice(colon + 1) };
}

/** In an ARN `/a/b` is `parameter/a/b`, and so would `a/b` be, which is no name. */
const fromArn = (rest: string): string => (rest.includes('/') ? `/${rest}` : rest);

/** Throws ValidationException, HierarchyLevelLimitExceededException. */
export function checkName(name: string): void {
  if (/^\/?(?:aws|ssm)/i.test(name)) {
    throw /^\/aws\//i.test(name)
      ? new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`)
      : validationError(`Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive). ${FORM}`);
  }
  if (name.includes('/') && !name.startsWith('/'))
    throw validationError('Parameter name must be a fully qualified name.');
  if (!/^\/?[\w.-]+(?:\/[\w.-]+)*$/.test(name) || name.length > MOST_CHARACTERS) {
    throw validationError(`Parameter name: can't be prefixed with "ssm" (case-insensitive). ${FORM}`);
  }
  if (name.split('/').length - 1 > MOST_LEVELS) {
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      `Hierarchy depth can't exceed ${MOST_LEVELS} levels, as in /Level-1/L2/L3/L4/L5/L6/L7/L8/L9/L10/L11/L12/L13/L14/parameter-name`,
    );
  }
}

const FORM =
  'If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';

/** Without its slash at the end. Throws ValidationException. */
export function checkPath(path: string): string {
  if (!/^\/(?:[\w.-]+\/?)*$/.test(path)) {
    throw validationError(
      'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
    );
  }
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Whether `name` stands below `path`: anywhere, or directly. */
export function isBelow(name: string, path: string, recursive: boolean): boolean {
  const prefix = path === '/' ? '/' : `${path}/`;
  if (path === '/' && !name.startsWith('/')) return true;
  return name.startsWith(prefix) && (recursive || !name.slice(prefix.length).includes('/'));
}
