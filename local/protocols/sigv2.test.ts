import { refuseVersion2 } from './sigv2.ts';

const signed =
  (headers: Record<string, string>, query: [string, string][] = []) =>
  () =>
    refuseVersion2({ headers, query });

it.each<[string, () => void]>([
  ['in the header', signed({ authorization: 'AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=' })],
  [
    'in the query, as boto3 does of itself',
    signed({}, [
      ['AWSAccessKeyId', 'test'],
      ['Signature', 'x'],
      ['Expires', '1'],
    ]),
  ],
])('refuses what is signed %s, in the sentence that names the other version', (_where, request) => {
  expect(request).toThrow(/authorization mechanism you have provided is not supported.*AWS4-HMAC-SHA256/);
});

it.each<[string, () => void]>([
  ['nothing', signed({})],
  ['version 4', signed({ authorization: 'AWS4-HMAC-SHA256 Credential=…' }, [['X-Amz-Signature', 'x']])],
  ['a part of it', signed({}, [['Signature', 'x']])],
])('leaves %s alone', (_what, request) => {
  expect(request).not.toThrow();
});
