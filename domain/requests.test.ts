import { expect, test } from '@jest/globals';
import { InvalidInput } from './problems.ts';
import { listRequest, messageWish, searchRequest, ticketChange, ticketWish } from './requests.ts';

const valid = { subject: 'Printer', body: 'It burns', requesterEmail: 'ada@example.com' };

test('a new ticket needs subject and body, may have a requester, and takes nothing else', () => {
  expect(ticketWish(valid)).toEqual(valid);
  expect(ticketWish({ subject: 'Printer', body: 'It burns' })).toEqual({ subject: 'Printer', body: 'It burns' });
  expect(() => ticketWish({ body: 'x' })).toThrow('subject is missing');
  for (const field of Object.keys(valid)) {
    expect(() => ticketWish({ ...valid, [field]: undefined })).toThrow(new RegExp(field));
  }
  expect(() => ticketWish({ ...valid, status: 'closed' })).toThrow('"status" is not a field');
});

test('the limits are 200 characters of subject and 20,000 of body', () => {
  expect(ticketWish({ ...valid, subject: 'x'.repeat(200), body: 'x'.repeat(20_000) })).toBeDefined();
  expect(() => ticketWish({ ...valid, subject: 'x'.repeat(201) })).toThrow('subject must not be longer than 200');
  expect(() => ticketWish({ ...valid, body: 'x'.repeat(20_001) })).toThrow('body must not be longer than 20000');
});

test('a body may have lines, a subject may not', () => {
  expect(ticketWish({ ...valid, body: 'one\r\ntwo' }).body).toBe('one\r\ntwo');
  expect(() => ticketWish({ ...valid, subject: 'one\ntwo' })).toThrow('single line');
});

test('a change has at least one of its three fields; null takes the assignee away', () => {
  expect(ticketChange({ assignee: null })).toEqual({ assignee: null });
  expect(ticketChange({ status: 'closed', priority: 'low' })).toEqual({ status: 'closed', priority: 'low' });
  expect(() => ticketChange({})).toThrow('At least one');
  expect(() => ticketChange({ status: 'gone' })).toThrow('must be one of open, pending, resolved, closed');
  expect(() => ticketChange({ status: null })).toThrow(InvalidInput);
  expect(() => ticketChange({ subject: 'x' })).toThrow(InvalidInput);
});

test('a message has a body and perhaps an author', () => {
  expect(messageWish({ body: 'x', author: 'grace' })).toEqual({ body: 'x', author: 'grace' });
  expect(messageWish({ body: 'x' })).toEqual({ body: 'x' });
  expect(() => messageWish({ author: 'grace' })).toThrow('body is missing');
});

test('a list has 20 tickets unless told otherwise, and 100 at most', () => {
  expect(listRequest({})).toEqual({ filters: {}, limit: 20 });
  expect(listRequest({ status: 'open', limit: '100', cursor: 'x.y' })).toEqual({
    filters: { status: 'open' },
    limit: 100,
    cursor: 'x.y',
  });
  expect(() => listRequest({ limit: '101' })).toThrow('limit must be a whole number from 1 to 100');
  expect(() => listRequest({ state: 'open' })).toThrow('"state" is not a field');
});

test('a search needs a query', () => {
  expect(searchRequest({ q: 'printer' })).toEqual({ q: 'printer', limit: 20 });
  expect(() => searchRequest({})).toThrow('q is missing');
  expect(() => searchRequest({ q: 'x'.repeat(201) })).toThrow(InvalidInput);
});
