import { loadStack } from './load.ts';
import { documentOf, errorsOf, options } from './test-stack.ts';

const text = (uri: string) => `Transform: AWS::Serverless-2016-10-31
Resources:
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: ${uri}, Role: "arn:aws:iam::123456789012:role/r"}
`;

const located = (uri: string, files: Record<string, string>) =>
  loadStack(documentOf(text(uri), files), options()).resources.get('Machine')?.properties['DefinitionS3Location'];

test('a definition in a file gets a name in S3, another one when its content is another', () => {
  const one = located('machines/m.asl.json', { 'machines/m.asl.json': '{}' });
  const other = located('machines/m.asl.json', { 'machines/m.asl.json': '{"StartAt":"A"}' });
  expect(one).toEqual({ Bucket: 'sampan-artifacts', Key: expect.stringMatching(/^Machine\/[0-9a-f]{64}$/) });
  expect(other).not.toEqual(one);
});

test('one that is in S3 already is left there', () => {
  expect(located('s3://bucket/key', {})).toEqual({ Bucket: 'bucket', Key: 'key' });
});

test('a file that is not there is named with its line; one that is there is watched', () => {
  expect(errorsOf(() => documentOf(text('gone.json')))).toEqual([
    'template.yaml:5:18 Machine.Properties.DefinitionUri: cannot read gone.json: there is no such file',
  ]);
  expect(documentOf(text('m.json'), { 'm.json': '{}' }).includedFiles).toEqual(['m.json']);
});
