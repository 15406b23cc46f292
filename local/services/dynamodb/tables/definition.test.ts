import { attributeTypes, globalIndex, keySchema, localIndexes } from './definition.ts';

const types = attributeTypes(['a', 'b', 'c'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })));
const element = (key: string) => {
  const [AttributeName = '', KeyType = ''] = key.split(' ');
  return { AttributeName, KeyType: KeyType as 'HASH' | 'RANGE' };
};
const schema = (...keys: string[]) => keySchema(keys.map(element), types);
const Projection = { ProjectionType: 'ALL' } as const;
const local = (table: string[], ...keys: string[]) =>
  localIndexes([{ IndexName: 'own', KeySchema: keys.map(element), Projection }], types, schema(...table));
const global = (...keys: string[]) =>
  globalIndex({ IndexName: 'all', KeySchema: keys.map(element), Projection }, types, 'PAY_PER_REQUEST');

test.each<[string, () => unknown]>([
  ['Invalid KeySchema: Some index key attribute have no definition', () => schema('x HASH')],
  ['Invalid KeySchema: The first KeySchemaElement is not a HASH key type', () => schema('a RANGE', 'b HASH')],
  ['Invalid KeySchema: The second KeySchemaElement is not a RANGE key type', () => schema('a HASH', 'b HASH')],
  [
    'Both the Hash Key and the Range Key element in the KeySchema have the same name',
    () => schema('a HASH', 'a RANGE'),
  ],
  [
    'One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
    () => local(['a HASH'], 'a HASH', 'b RANGE'),
  ],
  [
    'One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [a, x], AttributeDefinitions: [a, b, c]',
    () => local(['a HASH', 'b RANGE'], 'a HASH', 'x RANGE'),
  ],
  [
    'One or more parameter values were invalid: Index KeySchema does not have a range key for index: own',
    () => local(['a HASH', 'b RANGE'], 'b HASH'),
  ],
  [
    'One or more parameter values were invalid: Index KeySchema does not have the same leading hash key as table KeySchema for index: own. index hash key: b, table hash key: a',
    () => local(['a HASH', 'b RANGE'], 'b HASH', 'c RANGE'),
  ],
  [
    'One or more parameter values were invalid: ProvisionedThroughput should not be specified for index: all when BillingMode is PAY_PER_REQUEST',
    () =>
      globalIndex(
        {
          IndexName: 'all',
          KeySchema: [element('a HASH')],
          Projection,
          ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
        },
        types,
        'PAY_PER_REQUEST',
      ),
  ],
])('is refused with %s', (message, define) => {
  expect(define).toThrow(message);
});

test('a global index may have keys of several attributes', () => {
  expect(global('a HASH', 'b HASH', 'c RANGE').keys.hash.map(({ name }) => name)).toEqual(['a', 'b']);
});
