import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatRemedy, type Remedy } from '../../local/policy/remedy.ts';
import { parseDocument } from '../../local/template/index.ts';
import { mend } from './mend.ts';

const TEMPLATE = `Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: One
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: a:b
                Resource: !GetAtt Other.Arn
  Other:
    Type: AWS::IAM::Role
    Properties:
      Map: { a: !Sub '\${Role}' }
`;

const treeOf = (text: string) => parseDocument(text, 'template.yaml', { read: () => '{}' }).tree;
// biome-ignore lint/suspicious/noExplicitAny: a template has any shape
const resources = (text: string): any => treeOf(text)['Resources'];

function mended(remedy: Remedy) {
  const text = formatRemedy(remedy, () => 'template.yaml:12');
  return resources(mend(TEMPLATE, `no policy allows it (statement One), template.yaml:9; ${text}`));
}

describe('advice, taken by its word', () => {
  it('adds a statement', () => {
    const value = { Effect: 'Allow', Action: 'c:d', Resource: { Ref: 'Other' } };
    const path = ['Policies', 0, 'PolicyDocument', 'Statement'];
    const { Role } = mended([{ kind: 'add-item', logicalId: 'Role', path, value }]);
    expect(Role.Properties.Policies[0].PolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: 'a:b', Resource: { 'Fn::GetAtt': ['Other', 'Arn'] } },
      value,
    ]);
  });

  it('makes a list of a single value, and one that is not there', () => {
    const path = ['Policies', 0, 'PolicyDocument', 'Statement', 0, 'Action'];
    const { Role, Other } = mended([
      { kind: 'add-item', logicalId: 'Role', path, value: 'c:d' },
      { kind: 'add-item', logicalId: 'Other', path: ['Policies'], value: { PolicyName: 'Two' } },
    ]);
    expect(Role.Properties.Policies[0].PolicyDocument.Statement[0].Action).toEqual(['a:b', 'c:d']);
    expect(Other.Properties.Policies).toEqual([{ PolicyName: 'Two' }]);
  });

  it('adds a resource, sets a value, removes one', () => {
    const resource = { Type: 'AWS::EC2::VPCEndpoint', Properties: { VpcId: { Ref: 'Vpc' } } };
    const all = mended([
      { kind: 'add-resource', logicalId: 'Endpoint', resource },
      { kind: 'set', logicalId: 'Other', path: ['Map', 'a'], value: { 'Fn::If': ['HasNat', 1, { Ref: 'X' }] } },
      { kind: 'remove', logicalId: 'Role', path: ['Policies', 0] },
    ]);
    expect(all.Endpoint).toEqual(resource);
    expect(all.Other.Properties.Map.a).toEqual({ 'Fn::If': ['HasNat', 1, { Ref: 'X' }] });
    expect(all.Role.Properties.Policies).toEqual([]);
  });

  it('changes nothing else in the help desk', () => {
    const text = readFileSync(join(process.cwd(), 'template.yaml'), 'utf8');
    const remedy = formatRemedy([{ kind: 'set', logicalId: 'Vpc', path: ['EnableDnsSupport'], value: true }]);
    expect(treeOf(mend(text, remedy))).toEqual(treeOf(text));
  });

  it('has to be there, and about something that is', () => {
    expect(() => mend(TEMPLATE, 'no policy allows it')).toThrow('no advice in: no policy allows it');
    expect(() => mend(TEMPLATE, 'remove Nobody.Policies')).toThrow('no resource Nobody');
  });
});
