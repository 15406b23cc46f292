import { statFields } from './process-stat.ts';

test('fields are counted from behind the name, whatever that is', () => {
  expect(statFields('42 (a ) (b) c) S 1 42 7')).toEqual(['S', '1', '42', '7']);
});
