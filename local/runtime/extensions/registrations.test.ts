/** https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-registration-api */
import { expect, it } from '@jest/globals';
import { MAXIMUM_EXTENSIONS, Registrations } from './registrations.ts';

it('knows an external extension by the name of its file; any other name is an internal one', () => {
  const registrations = new Registrations();
  const expected = registrations.expect('outside');
  expect(registrations.register('outside', ['INVOKE', 'SHUTDOWN'])).toBe(expected);
  const inside = registrations.register('inside', ['INVOKE']);
  expect(inside).toMatchObject({ kind: 'internal', state: 'Registered', events: ['INVOKE'] });
  expect(registrations.find(inside.identifier)).toBe(inside);
  expect(registrations.find('nobody')).toBeUndefined();
});

it('refuses events nobody sends, a name a second time, and an eleventh', () => {
  const registrations = new Registrations();
  registrations.register('inside', []);
  const refused = (name: string, events: string[]) => {
    try {
      registrations.register(name, events);
      return undefined;
    } catch (error) {
      return (error as { errorType: string }).errorType;
    }
  };
  expect(refused('other', ['SHUTDOWN'])).toBe('Extension.InvalidEventType');
  expect(refused('other', ['invoke'])).toBe('Extension.InvalidEventType');
  expect(refused('inside', [])).toBe('Extension.InvalidExtensionState');
  for (let n = registrations.size; n < MAXIMUM_EXTENSIONS; n += 1) expect(registrations.expect(`e${n}`)).toBeDefined();
  expect(registrations.expect('one more')).toBeUndefined();
  expect(refused('one more', [])).toBe('Extension.TooManyExtensions');
});

it('lets an external extension register late, an internal one not', () => {
  const registrations = new Registrations();
  registrations.expect('outside');
  registrations.close();
  expect(registrations.register('outside', []).state).toBe('Registered');
  expect(() => registrations.register('inside', [])).toThrow('Extension registration closed already');
});

it('gives an event that came while the extension was busy with its next request', () => {
  const registrations = new Registrations();
  const extension = registrations.register('inside', ['INVOKE']);
  const events: string[] = [];
  extension.next((event) => events.push(event));
  extension.send('one');
  extension.send('two');
  expect(events).toEqual(['one']);
  expect(extension.state).toBe('Running');
  extension.next((event) => events.push(event));
  expect(events).toEqual(['one', 'two']);
  extension.next(() => {});
  expect(() => extension.next(() => {})).toThrow(/State transition from Ready to Ready failed/);
});
