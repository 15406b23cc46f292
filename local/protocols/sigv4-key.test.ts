import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { hmacWith } from './sigv4-key.ts';

it('is the HMAC that Node makes, whatever key and text', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 1_500, maxLength: 6_000 })),
      ),
      (key, texts) => {
        const sign = hmacWith(key);
        for (const text of texts) {
          const wellFormed = text.toWellFormed();
          expect(sign(wellFormed)).toBe(createHmac('sha256', key).update(wellFormed).digest('hex'));
        }
      },
    ),
  );
});
