import { lead } from './server.ts';

const names: Record<string, string> = { Hello: 'stack-Hello-1A2B', 'stack-Hello-1A2B': 'stack-Hello-1A2B' };
const resolve = (name: string) => names[name];

test.each([
  ['/2015-03-31/functions/Hello/invocations', '/2015-03-31/functions/stack-Hello-1A2B/invocations'],
  [
    '/2015-03-31/functions/Hello/invocations?Qualifier=live',
    '/2015-03-31/functions/stack-Hello-1A2B/invocations?Qualifier=live',
  ],
  ['/2015-03-31/functions/stack-Hello-1A2B', '/2015-03-31/functions/stack-Hello-1A2B'],
  ['/2015-03-31/functions/Hello%3Alive/invocations', '/2015-03-31/functions/stack-Hello-1A2B%3Alive/invocations'],
  [
    '/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3AHello/invocations',
    '/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Astack-Hello-1A2B/invocations',
  ],
  ['/2015-03-31/functions/', '/2015-03-31/functions/'],
  ['/2018-10-31/layers?MaxItems=1', '/2018-10-31/layers?MaxItems=1'],
  ['/2015-03-31/functions/%E0%A4%A/invocations', '/2015-03-31/functions/%E0%A4%A/invocations'],
])('%s leads to %s', (url, led) => {
  expect(lead(url, resolve)).toEqual({ kind: 'led', url: led });
});

test('a function that is not served is refused by the name it was asked for', () => {
  expect(lead('/2015-03-31/functions/Other/invocations', resolve)).toEqual({ kind: 'refused', name: 'Other' });
});
