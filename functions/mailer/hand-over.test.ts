import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { mailFrom } from '../../domain/mail.ts';
import { type Handed, handOver } from './hand-over.ts';

test('the mail of the sample event goes out whole, and says whom it is for', async () => {
  const sample = JSON.parse(readFileSync(path.join(process.cwd(), 'events/mailer.json'), 'utf8'));
  const mail = mailFrom(sample.Records[0].body);
  const handed: Handed[] = [];
  await handOver(async (message) => void handed.push(message))(mail);
  expect(handed).toEqual([
    {
      subject: 'Received: The printer is on fire',
      text: `To: ada@example.com\nSubject: Received: The printer is on fire\n\n${mail.text}`,
      attributes: { id: mail.id, kind: 'received', to: 'ada@example.com' },
    },
  ]);
});
