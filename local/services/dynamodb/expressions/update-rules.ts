/** What can be said of an update action without any item. Throws ExpressionError. */
import { type AttributeType, typeOf } from '../values/attribute-value.ts';
import type { Assigned, UpdateAction } from './syntax-tree.ts';
import { ExpressionError } from './tokens.ts';

/** As DynamoDB's messages call them. */
const TYPE_WORDS: Readonly<Record<AttributeType, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
  M: 'MAP',
  L: 'LIST',
  NULL: 'NULL',
  BOOL: 'BOOLEAN',
};

const INCORRECT = 'Incorrect operand type for operator or function';

export function checkUpdate(action: UpdateAction): void {
  switch (action.kind) {
    case 'set':
      checkAssigned(action.to);
      return;
    case 'add':
      checkOperand('ADD', action.value, ['N', 'SS', 'NS', 'BS'], 'ALLOWED_FOR_ADD_OPERAND');
      return;
    case 'delete':
      checkOperand('DELETE', action.value, ['SS', 'NS', 'BS'], 'ALLOWED_FOR_DELETE_OPERAND');
      return;
  }
}

function checkOperand(operator: string, operand: Assigned, types: readonly AttributeType[], typeSet: string): void {
  if (operand.kind !== 'value' || types.includes(typeOf(operand.value))) return;
  const type = TYPE_WORDS[typeOf(operand.value)];
  throw new ExpressionError(`${INCORRECT}; operator: ${operator}, operand type: ${type}, typeSet: ${typeSet}`);
}

function checkAssigned(assigned: Assigned): void {
  switch (assigned.kind) {
    case 'plus':
    case 'minus':
      for (const side of [assigned.left, assigned.right]) {
        checkAssigned(side);
        if (side.kind === 'list_append')
          throw wrongOperand(assigned.kind === 'plus' ? 'operator: +' : 'operator: -', 'L');
        checkSide(assigned.kind === 'plus' ? 'operator or function: +' : 'operator or function: -', side, 'N');
      }
      return;
    case 'list_append':
      for (const side of [assigned.left, assigned.right]) {
        checkAssigned(side);
        checkSide('operator or function: list_append', side, 'L');
      }
      return;
    case 'if_not_exists':
      checkAssigned(assigned.otherwise);
      return;
  }
}

function checkSide(who: string, side: Assigned, type: AttributeType): void {
  if (side.kind === 'value' && typeOf(side.value) !== type) throw wrongOperand(who, typeOf(side.value));
}

const wrongOperand = (who: string, type: AttributeType) =>
  new ExpressionError(`${INCORRECT}; ${who}, operand type: ${type}`);
