import { expect, test } from '@jest/globals';
import { isPrincipal, policyDocument, statementOf } from './resource-policy.ts';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:hello';

test.each([
  '*',
  '111122223333',
  'arn:aws:iam::111122223333:role/path/caller',
  'arn:aws-cn:iam::111122223333:root',
  'arn:aws:sts::111122223333:assumed-role/caller/now',
  's3.amazonaws.com',
  'cognito-idp.amazonaws.com',
  'alexa-appkit.amazon.com',
  'ec2.amazonaws.com.cn',
])('%s is a principal', (principal) => expect(isPrincipal(principal)).toBe(true));

test.each(['', '12345', 'invalid.example.com', 'arn:aws:s3:::bucket', 'amazonaws.com', 's3.amazonaws.com evil'])(
  '%j is none',
  (principal) => expect(isPrincipal(principal)).toBe(false),
);

test('what is not said is not there', () => {
  const statement = statementOf('one', ARN, { action: 'lambda:InvokeFunction', principal: '*' }, 'aws');
  expect(policyDocument([statement])).toBe(
    `{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"one","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"${ARN}"}]}`,
  );
});

test('conditions stand in the order Lambda writes them', () => {
  const { Condition, Principal } = statementOf(
    'all',
    ARN,
    {
      action: 'lambda:InvokeFunctionUrl',
      principal: '111122223333',
      sourceArn: 'arn:aws:s3:::pictures',
      sourceAccount: '123456789012',
      principalOrgId: 'o-1234567890',
      functionUrlAuthType: 'AWS_IAM',
      invokedViaFunctionUrl: true,
    },
    'aws-cn',
  );
  expect(Principal).toEqual({ AWS: 'arn:aws-cn:iam::111122223333:root' });
  expect(JSON.stringify(Condition)).toBe(
    '{"StringEquals":{"AWS:SourceAccount":"123456789012","lambda:FunctionUrlAuthType":"AWS_IAM","aws:PrincipalOrgID":"o-1234567890"},"Bool":{"lambda:InvokedViaFunctionUrl":"true"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::pictures"}}',
  );
});
