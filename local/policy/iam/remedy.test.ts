import { describe, expect, test } from '@jest/globals';
import { formatRemedy } from '../remedy.ts';
import {
  addInlinePolicy,
  addStatement,
  allowInvoke,
  letIn,
  missingResourceStatement,
  missingStatement,
  portableArn,
  removeStatement,
} from './remedy.ts';

const grant = {
  action: 'sqs:SendMessage',
  resource: { 'Fn::GetAtt': ['Queue', 'Arn'] },
};
const here = { partition: 'aws', region: 'us-east-1', accountId: '123456789012' };

describe('what to paste', () => {
  test('a statement for a policy of the role', () => {
    const place = { logicalId: 'Role', path: ['Policies', 0, 'PolicyDocument'] };
    expect(formatRemedy(addStatement(place, missingStatement({ ...grant, sid: 'Send' })))).toBe(
      [
        'add to Role.Policies.0.PolicyDocument.Statement:',
        '  - Sid: Send',
        '    Effect: Allow',
        '    Action: sqs:SendMessage',
        '    Resource: !GetAtt Queue.Arn',
      ].join('\n'),
    );
  });

  test('a first policy for a role, and for a function whose role SAM makes', () => {
    const statement = missingStatement(grant);
    const pasted = [
      "      Version: '2012-10-17'",
      '      Statement:',
      '        - Effect: Allow',
      '          Action: sqs:SendMessage',
      '          Resource: !GetAtt Queue.Arn',
    ];
    expect(formatRemedy(addInlinePolicy({ logicalId: 'Role', type: 'AWS::IAM::Role' }, statement, 'Queue'))).toBe(
      ['add to Role.Policies:', '  - PolicyName: Queue', '    PolicyDocument:', ...pasted].join('\n'),
    );
    expect(formatRemedy(addInlinePolicy({ logicalId: 'Fn', type: 'AWS::Serverless::Function' }, statement))).toBe(
      ['add to Fn.Policies:', ...pasted.map((line) => line.slice(2))].join('\n').replace('    Version', '  - Version'),
    );
  });

  test('a statement for the policy of an endpoint, a key or a trust says whom', () => {
    const place = { logicalId: 'Key', path: ['KeyPolicy'] };
    const statement = missingResourceStatement(
      { action: ['kms:Decrypt'], resource: '*' },
      { AWS: { 'Fn::GetAtt': ['Role', 'Arn'] } },
    );
    expect(formatRemedy(addStatement(place, statement))).toBe(
      [
        'add to Key.KeyPolicy.Statement:',
        '  - Effect: Allow',
        '    Principal:',
        '      AWS: !GetAtt Role.Arn',
        '    Action:',
        '      - kms:Decrypt',
        "    Resource: '*'",
      ].join('\n'),
    );
  });

  test('a permission to invoke is a resource of its own', () => {
    const remedy = allowInvoke({
      logicalId: 'ApiMayInvoke',
      functionName: { Ref: 'Fn' },
      principal: 'apigateway.amazonaws.com',
      sourceArn: portableArn('arn:aws:execute-api:us-east-1:123456789012:api/*/GET/x', here),
    });
    expect(formatRemedy(remedy)).toBe(
      [
        'add to Resources:',
        '  ApiMayInvoke:',
        '    Type: AWS::Lambda::Permission',
        '    Properties:',
        '      Action: lambda:InvokeFunction',
        '      FunctionName: !Ref Fn',
        '      Principal: apigateway.amazonaws.com',
        '      SourceArn: !Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:api/*/GET/x',
      ].join('\n'),
    );
  });

  test('a policy for a queue that has none lets in one service, for what it acts for', () => {
    const remedy = letIn('events.amazonaws.com', 'Queue', grant, { 'Fn::GetAtt': ['Rule', 'Arn'] });
    expect(remedy && formatRemedy(remedy)).toBe(
      [
        'add to Resources:',
        '  QueuePolicyForEvents:',
        '    Type: AWS::SQS::QueuePolicy',
        '    Properties:',
        '      Queues:',
        '        - !Ref Queue',
        '      PolicyDocument:',
        "        Version: '2012-10-17'",
        '        Statement:',
        '          - Effect: Allow',
        '            Principal:',
        '              Service: events.amazonaws.com',
        '            Action: sqs:SendMessage',
        '            Resource: !GetAtt Queue.Arn',
        '            Condition:',
        '              ArnEquals:',
        '                aws:SourceArn: !GetAtt Rule.Arn',
      ].join('\n'),
    );
    expect(letIn('events.amazonaws.com', 'Key', { ...grant, action: 'kms:Decrypt' })).toBeUndefined();
  });

  test('an explicit Deny is taken out, where it is the template’s', () => {
    const source = { kind: 'identity', name: 'x' } as const;
    const place = { stackName: 's', logicalId: 'Role', path: ['Policies', 1, 'PolicyDocument'] };
    expect(removeStatement({ source, index: 2 })).toBeUndefined();
    expect(formatRemedy(removeStatement({ source: { ...source, place }, index: 2 })!)).toBe(
      'remove Role.Policies.1.PolicyDocument.Statement.2',
    );
  });
});

test('an ARN of somewhere else keeps its region and account, and what is none stays', () => {
  expect(portableArn('arn:aws:sqs:eu-west-1:999999999999:q', here)).toEqual({
    'Fn::Sub': 'arn:${AWS::Partition}:sqs:eu-west-1:999999999999:q',
  });
  expect(portableArn('arn:aws:s3:::b/${aws:username}', here)).toEqual({
    'Fn::Sub': 'arn:${AWS::Partition}:s3:::b/${!aws:username}',
  });
  expect(portableArn('*', here)).toBe('*');
});
