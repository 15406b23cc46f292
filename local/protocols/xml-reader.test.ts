import fc from 'fast-check';
import { ProtocolError } from './wire-error.ts';
import { parseXml } from './xml-reader.ts';
import { element, escapeXml } from './xml-writer.ts';

const parse = (xml: string) => parseXml(Buffer.from(xml));

describe('XML', () => {
  it('is read with attributes, entities, CDATA, comments and prefixes', () => {
    const xml =
      '<?xml version="1.0"?><!-- c --><a:Root xmlns:a="urn:x" n=\'1 &gt; 0\'><B>x &amp; &#x41;&#66;</B><B/><![CDATA[<raw>]]></a:Root>';
    expect(parse(xml)).toMatchObject({
      name: 'Root',
      attributes: { n: '1 > 0' },
      text: '<raw>',
      children: [
        { name: 'B', text: 'x & AB' },
        { name: 'B', text: '', children: [] },
      ],
    });
  });

  it.each([
    '',
    'text',
    '<a>',
    '<a></b>',
    '</a>',
    '<a/><b/>',
    '<a>&unknown;</a>',
    '<a',
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
  ])('is refused: %s', (xml) => {
    expect(() => parse(xml)).toThrow(ProtocolError);
  });

  it.each([
    ['a name without end', `<${'a'.repeat(500_000)}`],
    ['blanks where attributes would be', `<a${' '.repeat(500_000)}/>`],
    ['blanks and no attribute', `<a${' '.repeat(500_000)}x/>`],
    ['comments that begin and never end', '<!--'.repeat(100_000)],
    ['elements inside each other', '<a>'.repeat(200_000)],
    ['references', `<a>${'&#65;'.repeat(100_000)}</a>`],
  ])('is read or refused in one pass: %s', (_name, xml) => {
    const from = process.cpuUsage();
    try {
      parse(xml);
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
    }
    // What looks twice at half a million characters takes minutes.
    expect(process.cpuUsage(from).user).toBeLessThan(5_000_000);
  });

  it('gives back any text that was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        // Line ends are the one thing XML does not keep, and control characters what it cannot have.
        const kept = escapeXml(text).includes('\ufffd') ? undefined : text;
        fc.pre(kept !== undefined);
        expect(parse(element('a', escapeXml(text))).text).toBe(kept);
      }),
    );
  });
});
