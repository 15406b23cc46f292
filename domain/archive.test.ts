import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { entriesOf, UnreadableArchive } from './archive.ts';
import { stored, zip } from './testing.ts';

const of = (content: Buffer) => entriesOf(stored(content, 'application/zip'));

test('the directory names every file and its size, whatever the comment behind it says', async () => {
  const file = fc.record({ name: fc.stringMatching(/^[a-z/.]{1,20}$/), content: fc.stringMatching(/^[ -~]{0,50}$/) });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(file, { selector: ({ name }) => name, maxLength: 10 }),
      fc.constantFrom('', 'a comment', 'PK\x05\x06 is what an end looks like'),
      async (files, comment) => {
        const archive = zip(Object.fromEntries(files.map(({ name, content }) => [name, content])), comment);
        expect(await of(archive)).toEqual(files.map(({ name, content }) => ({ name, unpackedBytes: content.length })));
      },
    ),
  );
});

test('a directory that is not in the last bytes is read by itself', async () => {
  const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`folder/file-${index}`, 'x']));
  expect(await of(zip(many))).toHaveLength(3_000);
});

test('what is broken is said to be, and nothing is read that is not there', async () => {
  const archive = zip({ 'a.txt': 'abc' });
  const end = archive.length - 22;
  const changed = (at: number, value: number) => {
    const copy = Buffer.from(archive);
    copy.writeUInt32LE(value, at);
    return of(copy);
  };
  await expect(of(archive.subarray(0, 30))).rejects.toThrow(UnreadableArchive);
  await expect(changed(end + 12, 0xffff_ffff)).rejects.toThrow('too large');
  await expect(changed(end + 16, 0x7fff_ffff)).rejects.toThrow('not where it says');
  await expect(changed(end + 16, 0)).rejects.toThrow('broken');
  // As many files as two bytes can say, in the directory of one.
  await expect(changed(end + 8, 0xffff_ffff)).rejects.toThrow('broken');
});
