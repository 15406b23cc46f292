import { describe, expect, test } from '@jest/globals';
import {
  authorFor,
  type Caller,
  isSameAddress,
  mustBeAllowedTo,
  mustSee,
  requesterFor,
  requesterInSight,
} from './caller.ts';
import { InvalidInput, NotPermitted, TicketNotFound } from './problems.ts';

const agent: Caller = { role: 'agent', email: 'grace@example.com' };
const customer: Caller = { role: 'customer', email: 'Ada@example.com' };

describe('an agent', () => {
  test('sees every ticket', () => {
    expect(requesterInSight(agent)).toBeUndefined();
    expect(() => mustSee(agent, { requesterEmail: 'anybody@example.com' })).not.toThrow();
  });

  test('opens tickets for whom they name, and has to name somebody', () => {
    expect(requesterFor(agent, 'ada@example.com')).toBe('ada@example.com');
    expect(() => requesterFor(agent, undefined)).toThrow(InvalidInput);
  });

  test('writes as themselves, or notes what another has said', () => {
    expect(authorFor(agent, undefined)).toBe('grace@example.com');
    expect(authorFor(agent, 'Ada, on the phone')).toBe('Ada, on the phone');
  });

  test('changes everything', () => {
    expect(() => mustBeAllowedTo(agent, { status: 'closed', priority: 'low', assignee: null })).not.toThrow();
  });
});

describe('a customer', () => {
  test('sees their own tickets, whatever the case of the address, and none whose address resembles it', () => {
    expect(requesterInSight(customer)).toBe('Ada@example.com');
    expect(() => mustSee(customer, { requesterEmail: 'ada@EXAMPLE.com' })).not.toThrow();
    for (const requesterEmail of ['adá@example.com', 'ada@example.com.au', ' ada@example.com', 'ada@example.co', '']) {
      expect(() => mustSee(customer, { requesterEmail })).toThrow(TicketNotFound);
    }
  });

  test('opens tickets for themselves, under the address that was verified', () => {
    expect(requesterFor(customer, undefined)).toBe('Ada@example.com');
    expect(requesterFor(customer, 'ada@example.com')).toBe('Ada@example.com');
    expect(() => requesterFor(customer, 'bob@example.com')).toThrow(NotPermitted);
  });

  test('writes as themselves', () => {
    expect(authorFor(customer, undefined)).toBe('Ada@example.com');
    expect(authorFor(customer, 'ADA@example.com')).toBe('Ada@example.com');
    expect(() => authorFor(customer, 'grace@example.com')).toThrow(NotPermitted);
  });

  test.each([
    [{ priority: 'urgent' }],
    [{ assignee: 'ada' }],
    [{ assignee: null }],
    [{ status: 'open', priority: 'low' }],
  ])('may not change %j', (change) => expect(() => mustBeAllowedTo(customer, change as never)).toThrow(NotPermitted));

  test('may change the status', () => {
    expect(() => mustBeAllowedTo(customer, { status: 'closed' })).not.toThrow();
  });
});

test('addresses differ in more than their case', () => {
  expect(isSameAddress('A@b.example', 'a@B.example')).toBe(true);
  expect(isSameAddress('a@b.example', 'á@b.example')).toBe(false);
});
