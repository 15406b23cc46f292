/**
 * The module beside inline code that answers for custom resources.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
 */
import { expect, test } from '@jest/globals';
import { functions, inHouse } from '../house.ts';

const ANSWER = `await response.send(event, context, response.SUCCESS, { Answer: 'by ' + event.ResourceProperties.Who }, 'thing-1');`;

const SOURCES = {
  Required: `const response = require('cfn-response');\nexports.handler = async (event, context) => { ${ANSWER} };`,
  Imported: `import response from 'cfn-response';\nexport const handler = async (event, context) => { ${ANSWER} };`,
};

const RESOURCES = Object.fromEntries(
  Object.entries(SOURCES).flatMap(([name, InlineCode]) => [
    [
      name,
      {
        Type: 'AWS::Serverless::Function',
        Properties: { InlineCode, Handler: 'index.handler', Runtime: 'nodejs24.x', Timeout: 10 },
      },
    ],
    [
      `${name}Thing`,
      { Type: 'Custom::Thing', Properties: { ServiceToken: { 'Fn::GetAtt': [name, 'Arn'] }, Who: name } },
    ],
  ]),
);

const Variables = {
  ONE: { 'Fn::GetAtt': ['RequiredThing', 'Answer'] },
  TWO: { 'Fn::GetAtt': ['ImportedThing', 'Answer'] },
};

const house = inHouse(
  functions(
    {
      reads: { code: 'exports.handler = async () => [process.env.ONE, process.env.TWO];', Environment: { Variables } },
    },
    RESOURCES,
  ),
);

test('inline code answers CloudFormation by cfn-response, required or imported', async () => {
  expect(house().physicalId('RequiredThing')).toBe('thing-1');
  expect(await house().invoke('reads')).toMatchObject({ value: ['by Required', 'by Imported'] });
  expect(await house().log(house().physicalId('Required'), /Status code/)).toContain('Status code: 200');
});
