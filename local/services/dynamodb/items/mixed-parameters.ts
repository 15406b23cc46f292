/** Expressions and what came before them do not go together. Messages are DynamoDB's. */
import { validationError } from '../errors.ts';

type Input = Readonly<Record<string, unknown>>;

/**
 * Throws ValidationException.
 * @param expressions the members of this operation that are expressions, in DynamoDB's order
 * @param legacy those that expressions replaced
 */
export function checkParameters(input: object, expressions: readonly string[], legacy: readonly string[]): void {
  const given = (names: readonly string[]) => names.filter((name) => (input as Input)[name] != null);
  const used = given(expressions);
  if (used.length > 0) {
    // Of a query, key conditions may be of the old kind, and a filter of the new one.
    const allowed = used.includes('KeyConditionExpression') ? [] : ['KeyConditions'];
    const old = given(legacy).filter((name) => !allowed.includes(name));
    if (old.length > 0) {
      const both = `Non-expression parameters: {${old.join(', ')}} Expression parameters: {${used.join(', ')}}`;
      throw validationError(`Can not use both expression and non-expression parameters in the same request: ${both}`);
    }
  }
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input as Input;
  if (names != null && used.length === 0) {
    throw validationError('ExpressionAttributeNames can only be specified when using expressions');
  }
  const withValues = expressions.filter((name) => name !== 'ProjectionExpression');
  if (values == null || withValues.length === 0 || used.some((name) => name !== 'ProjectionExpression')) return;
  const are = withValues.length > 1 ? 'are' : 'is';
  throw validationError(
    `ExpressionAttributeValues can only be specified when using expressions: ${withValues.join(' and ')} ${are} null`,
  );
}
