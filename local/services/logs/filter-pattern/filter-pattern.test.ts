import fc from 'fast-check';
import { compileFilterPattern, FilterPatternError, readFilterPattern } from './index.ts';

const matches = (pattern: string, message: string): boolean => compileFilterPattern(pattern)(message);

describe('terms', () => {
  it.each([
    ['', 'anything', true],
    ['ERROR', '[ERROR 400] BAD REQUEST', true],
    ['ERROR', 'an error', false],
    ['ERROR ARGUMENTS', '[ERROR] INVALID ARGUMENTS', true],
    ['ERROR ARGUMENTS', '[ERROR] INVALID', false],
    ['?ERROR ?WARN', '[WARN] slow', true],
    ['?ERROR ?WARN', '[INFO] fine', false],
    ['ERROR ?WARN', '[WARN] slow', false],
    ['"INTERNAL SERVER ERROR"', 'INTERNAL SERVER ERROR 500', true],
    ['"INTERNAL SERVER ERROR"', 'INTERNAL ERROR', false],
    ['ERROR -ARGUMENTS', '[ERROR] INVALID ARGUMENTS', false],
    ['-DEBUG', 'INFO', true],
    ['-"two words"', 'has two words', false],
    ['"say \\"hi\\""', 'did say "hi"', true],
    ['%\\d{3}-\\d{2}%', 'is 123-45', true],
  ])('%s in %s: %s', (pattern, message, expected) => {
    expect(matches(pattern, message)).toBe(expected);
  });
});

describe('JSON patterns', () => {
  const event = JSON.stringify({
    level: 'ERROR',
    status: 404,
    text: '12',
    ok: false,
    nothing: null,
    user: { id: 'u-1', tags: ['a', 'b'] },
    requests: [{ path: '/x' }, { path: '/y' }],
    'content-type': 'text/html',
  });

  it.each([
    ['{ $.level = "ERROR" }', true],
    ['{ $.level = ERROR }', true],
    ['{ $.level = "E*" }', true],
    ['{ $.level = "e*" }', false],
    ['{ $.level != "ERROR" }', false],
    ['{ $.missing != "ERROR" }', false],
    ['{ $.level = %^ERR% }', true],
    ['{ $.status >= 400 && $.status < 500 }', true],
    ['{ $.status = 4.04e2 }', true],
    ['{ $.text > 11 }', true],
    ['{ $.status = "404" }', true],
    ['{ $.ok IS FALSE }', true],
    ['{ $.ok IS TRUE }', false],
    ['{ $.nothing IS NULL }', true],
    ['{ $.missing IS NULL }', false],
    ['{ $.missing NOT EXISTS }', true],
    ['{ $.level NOT EXISTS }', false],
    ['{ $.user.tags[1] = "b" }', true],
    ['{ $.user.tags[2] = "b" }', false],
    ['{ $.requests[*].path = "/y" }', true],
    ['{ $.[\'content-type\'] = "text/*" }', true],
    ['{ $.status = 500 || $.level = "ERROR" && $.ok IS FALSE }', true],
    ['{ ($.status = 500 || $.level = "ERROR") && $.ok IS TRUE }', false],
  ])('%s: %s', (pattern, expected) => {
    expect(matches(pattern, event)).toBe(expected);
  });

  it('match nothing that is no JSON', () => {
    expect(matches('{ $.level = "ERROR" }', 'level = ERROR')).toBe(false);
    expect(matches('{ $.level NOT EXISTS }', '12')).toBe(false);
  });
});

describe('columns', () => {
  const line = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

  it.each([
    ['[ip, id, user, timestamp, request, status_code, size]', true],
    ['[ip, id, user, timestamp, request, status_code = 4*, size]', true],
    ['[ip, id, user, timestamp, request =*index.html*, status_code = 4*, size > 1000]', true],
    ['[ip, id, user, timestamp, request, status_code = 5*, size]', false],
    ['[ip, id, user, timestamp, request, status_code = 404 || status_code = 410, size]', true],
    ['[ip, id, user, timestamp, request, status_code != 404, size]', false],
    ['[..., status_code = 404, size]', true],
    ['[ip = 127.0.0.1, ..., size]', true],
    ['[ip, user]', false],
  ])('%s: %s', (pattern, expected) => {
    expect(matches(pattern, line)).toBe(expected);
  });
});

describe('a pattern that cannot be read', () => {
  it.each(['foo.bar', '{ $.x }', '{ x = 1 }', '{ $.x = 1', '{ $.x = 1 } y', '[a, b', '[..., ...]', '%(%', '"open'])(
    'is refused: %s',
    (pattern) => {
      expect(() => compileFilterPattern(pattern)).toThrow(FilterPatternError);
    },
  );

  it('never brings anything else about than a refusal', () => {
    const part = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '$',
      '.a',
      '=',
      '!=',
      '"',
      '%',
      '&&',
      '||',
      '*',
      '1',
      'IS',
      'NULL',
      ',',
      '...',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.string(), (parts, message) => {
        try {
          expect(typeof compileFilterPattern(parts.join(''))(message)).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(FilterPatternError);
        }
      }),
    );
  });
});

// Every example of https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html and the pages below it.
describe("AWS's own examples", () => {
  const matching = (pattern: string, messages: readonly string[]): string[] =>
    messages.filter((message) => matches(pattern, message));

  const errors = [
    '[ERROR 400] BAD REQUEST',
    '[ERROR 401] UNAUTHORIZED REQUEST',
    '[ERROR 419] MISSING ARGUMENTS',
    '[ERROR 420] INVALID ARGUMENTS',
  ];
  it.each([
    ['ERROR', [0, 1, 2, 3]],
    ['ERROR ARGUMENTS', [2, 3]],
    ['ERROR -ARGUMENTS', [0, 1]],
    ['?ARGUMENTS ?UNAUTHORIZED', [1, 2, 3]],
    ['"BAD REQUEST"', [0]],
    ['%AUTHORIZED%', [1]],
    ['%ERROR 4[01]%', [0, 1, 2]],
  ])('of text: %s', (pattern, expected) => {
    expect(matching(pattern, errors)).toEqual(expected.map((place) => errors[place]));
  });

  it('leaves optional terms out of account beside others', () => {
    const messages = ['[INFO] REQUEST FAILED', '[WARN] UNAUTHORIZED REQUEST', '[ERROR] 400 BAD REQUEST'];
    expect(matching('?ERROR ?WARN', messages)).toEqual(messages.slice(1));
    expect(matching('?ERROR ?WARN REQUEST', messages)).toEqual(messages);
    expect(matching('?ERROR ?WARN -"400"', messages)).toEqual(messages.slice(1, 2));
  });

  it.each([
    ['%[ab]%', 'cab', true],
    ['%colou?r%', 'color', true],
    ['%^fatal%', 'a fatal one', false],
    ['%fatal$%', 'it is fatal', true],
    ['%gray|grey%', 'a grey day', true],
    ['%10\\.10\\.0\\.1%', '10.10.0.1', true],
    ['%10\\.10\\.0\\.1%', '10x10.0.1', false],
    ['%[0-9]{3}-[0-9]{4}%', '555-0100', true],
    ['%\\d{2,}%', 'a 1', false],
    ['%\\w+\\s\\w+%', 'two words', true],
    ['%\\D\\S\\W%', 'ab!', true],
    ['%[^0-9]+%', '12', false],
  ])('of regular expressions: %s in %s', (pattern, message, expected) => {
    expect(matches(pattern, message)).toBe(expected);
  });

  const trail = JSON.stringify({
    eventType: 'UpdateTrail',
    sourceIPAddress: '111.111.111.111',
    arrayKey: ['value', 'another value'],
    objectList: [
      { name: 'a', id: 1 },
      { name: 'b', id: 2 },
    ],
    SomeObject: null,
    ThisFlag: true,
    'cluster.name': 'c',
    bandwidth: 80,
    latency: 40,
    errorCode: 400,
    number: [1e-3],
  });
  const users = JSON.stringify({
    user: { id: 1, email: 'John.Stiles@example.com' },
    users: [
      { id: 2, email: 'John.Doe@example.com' },
      { id: 3, email: 'Jane.Doe@example.com' },
    ],
    actions: ['GET', 'PUT', 'DELETE'],
    coordinates: [
      [0, 1, 2],
      [4, 5, 6],
      [7, 8, 9],
    ],
  });
  it.each([
    ['{ $.eventType = "UpdateTrail" }', trail, true],
    ['{ $.eventType = * }', trail, true],
    ['{ $.eventType = Update* }', trail, true],
    ['{ $.sourceIPAddress != 123.123.* }', trail, true],
    ['{ $.sourceIPAddress = %111\\.111\\.[0-9]{3}% }', trail, true],
    ['{ $.arrayKey[0] = "value" }', trail, true],
    ['{ $.arrayKey[*] = %val.{2}% }', trail, true],
    ['{ $.arrayKey = "value" }', trail, false],
    ['{ $.objectList[1].id = 2 }', trail, true],
    ['{ $.objectList[*].name = "b" }', trail, true],
    ['{ $.[\'cluster.name\'] = "c" }', trail, true],
    ['{ $.SomeObject IS NULL }', trail, true],
    ['{ $.SomeOtherObject NOT EXISTS }', trail, true],
    ['{ $.ThisFlag IS TRUE }', trail, true],
    ['{ $.bandwidth > 75 }', trail, true],
    ['{ $.latency < 50 }', trail, true],
    ['{ $.latency >= +50 }', trail, false],
    ['{ $.errorCode = 400 }', trail, true],
    ['{ $.errorCode != 500 }', trail, true],
    ['{ $.number[0] = 1e-3 }', trail, true],
    ['{ $.number[0] != 1e+3 }', trail, true],
    ['{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', users, true],
    ['{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', users, false],
    [
      '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch" }',
      users,
      true,
    ],
    [
      '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch") && $.actions[2] = "nonmatch" }',
      users,
      false,
    ],
    // What points to a list or an object is compared with nothing.
    ['{ $.users = 1 }', users, false],
    ['{ $.users != 1 }', users, false],
  ])('of JSON: %s', (pattern, message, expected) => {
    expect(matches(pattern, message)).toBe(expected);
  });

  const requests = [
    '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534',
    '127.0.0.1 Prod frank [10/Oct/2000:13:35:22 -0700] "GET /about-us/index.html HTTP/1.0" 500 5324',
    '127.0.0.1 Prod frank [10/Oct/2000:13:50:35 -0700] "GET /apache_pb.gif HTTP/1.0" 200 4355',
  ];
  it.each([
    ['[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]', [0]],
    ['[ip=%127\\.0\\.0\\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]', [0]],
    ['[..., request =*.html*, status_code = 4*, bytes]', [0]],
    ['[..., status_code, bytes]', [0, 1, 2]],
    ['[ip, user, ..., status_code, bytes]', [0, 1, 2]],
    ['[ip, user, ...]', [0, 1, 2]],
    ['[ip, user, username, timestamp, request, status_code, bytes > 4000]', [1, 2]],
    ['[ip, user, username, timestamp, request, status_code = 404 || status_code = 5*, bytes]', [0, 1]],
    ['[ip, user, username, timestamp, request, status_code = 4* && status_code != 403, bytes]', [0]],
    ['[ip, user, username, timestamp, request = "*index*", status_code = 5*, bytes]', [1]],
  ])('of columns: %s', (pattern, expected) => {
    expect(matching(pattern, requests)).toEqual(expected.map((place) => requests[place]));
  });

  it('names the columns it has no names for by their numbers, a last one behind a comma too', () => {
    const pattern = readFilterPattern('[..., request=*.html*, status_code=4*,]');
    expect(pattern.matches(requests[0]!)).toBe(true);
    expect(pattern.extract(requests[0]!)).toEqual({
      $1: '127.0.0.1',
      $2: 'Prod',
      $3: 'frank',
      $4: '10/Oct/2000:13:25:15 -0700',
      $request: 'GET /index.html HTTP/1.0',
      $status_code: '404',
      $7: '1534',
    });
  });

  it('takes =! for !=', () => {
    const messages = ['ERROR message', 'WARN message', 'INFO message'];
    expect(matching('[w1=ERROR, w2]', messages)).toEqual(['ERROR message']);
    expect(matching('[w1=ERROR || w1=%WARN%, w2]', messages)).toEqual(['ERROR message', 'WARN message']);
    expect(matching('[w1!=ERROR && w1!=WARN, w2]', messages)).toEqual(['INFO message']);
    expect(matching('[w1=!ERROR&&w1=!WARN, w2]', messages)).toEqual(['INFO message']);
  });
});
