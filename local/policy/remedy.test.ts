import { formatRemedy, templateYaml } from './remedy.ts';

describe('what mends a refusal', () => {
  it('is an entry for a list, with the place of the list', () => {
    const text = formatRemedy(
      [
        {
          kind: 'add-item',
          logicalId: 'TicketsRole',
          path: ['Policies', 0, 'PolicyDocument', 'Statement'],
          value: { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'DatabaseSecret' } },
        },
      ],
      ({ logicalId, path }) => `template.yaml:${logicalId.length + path.length}`,
    );
    expect(text).toBe(
      [
        'add to TicketsRole.Policies.0.PolicyDocument.Statement (template.yaml:15):',
        '  - Effect: Allow',
        '    Action: secretsmanager:GetSecretValue',
        '    Resource: !Ref DatabaseSecret',
      ].join('\n'),
    );
  });

  it('is resources, a value, or one less, one step below the other', () => {
    const text = formatRemedy([
      { kind: 'add-resource', logicalId: 'Queue', resource: { Type: 'AWS::SQS::Queue', Properties: { Fifo: true } } },
      { kind: 'add-resource', logicalId: 'Address', resource: { Type: 'AWS::EC2::EIP' } },
      { kind: 'set', logicalId: 'Endpoint', path: ['PrivateDnsEnabled'], value: true },
      { kind: 'remove', logicalId: 'Role', path: ['Policies', 0, 'PolicyDocument', 'Statement', 2] },
    ]);
    expect(text).toBe(
      [
        'add to Resources:',
        '  Queue:',
        '    Type: AWS::SQS::Queue',
        '    Properties:',
        '      Fifo: true',
        '  Address:',
        '    Type: AWS::EC2::EIP',
        'set Endpoint.PrivateDnsEnabled:',
        '  true',
        'remove Role.Policies.0.PolicyDocument.Statement.2',
      ].join('\n'),
    );
  });
});

describe('a value as the author of a template writes it', () => {
  it.each([
    ['a reference', { Ref: 'AWS::NoValue' }, '!Ref AWS::NoValue'],
    [
      'an attribute',
      { 'Fn::GetAtt': ['Database', 'MasterUserSecret.SecretArn'] },
      '!GetAtt Database.MasterUserSecret.SecretArn',
    ],
    ['a text with names', { 'Fn::Sub': 'arn:${AWS::Partition}:s3:::x/*' }, '!Sub arn:${AWS::Partition}:s3:::x/*'],
    ['a list below a function', { 'Fn::If': ['HasNat', 1, { Ref: 'X' }] }, '!If\n- HasNat\n- 1\n- !Ref X'],
    ['a function below a function', { 'Fn::Base64': { 'Fn::Sub': '${X}' } }, 'Fn::Base64: !Sub ${X}'],
    ['a star', '*', "'*'"],
    ['a date that is a text', { Version: '2012-10-17' }, "Version: '2012-10-17'"],
    ['a word that YAML 1.1 takes for a yes', ['on', 'yes'], "- 'on'\n- 'yes'"],
    ['a long text', `s3://${'x'.repeat(200)} y`, `s3://${'x'.repeat(200)} y`],
  ])('%s', (_what, value, text) => {
    expect(templateYaml(value)).toBe(text);
  });

  it('repeats what occurs twice instead of naming it', () => {
    const tag = { Key: 'a', Value: 'b' };
    expect(templateYaml([tag, tag])).not.toContain('&');
  });
});
