/** All paths that an expression names, whatever it does with them. Pure. */
import type { Assigned, Condition, Operand, Path, UpdateAction } from './syntax-tree.ts';

export function pathsOfCondition(condition: Condition): readonly Path[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [...pathsOfCondition(condition.left), ...pathsOfCondition(condition.right)];
    case 'not':
      return pathsOfCondition(condition.of);
    case 'compare':
      return pathsOfOperands([condition.left, condition.right]);
    case 'between':
      return pathsOfOperands([condition.of, condition.low, condition.high]);
    case 'in':
      return pathsOfOperands([condition.of, ...condition.list]);
    case 'function':
      return pathsOfOperands(condition.operands);
  }
}

export function pathsOfUpdate(actions: readonly UpdateAction[]): readonly Path[] {
  return actions.flatMap((action) =>
    action.kind === 'set' ? [action.path, ...pathsOfAssigned(action.to)] : [action.path],
  );
}

function pathsOfAssigned(to: Assigned): readonly Path[] {
  switch (to.kind) {
    case 'plus':
    case 'minus':
    case 'list_append':
      return [...pathsOfAssigned(to.left), ...pathsOfAssigned(to.right)];
    case 'if_not_exists':
      return [to.path, ...pathsOfAssigned(to.otherwise)];
    default:
      return pathsOfOperands([to]);
  }
}

function pathsOfOperands(operands: readonly Operand[]): readonly Path[] {
  return operands.flatMap((operand) => {
    if (operand.kind === 'path') return [operand.path];
    return operand.kind === 'size' ? pathsOfOperands([operand.of]) : [];
  });
}
