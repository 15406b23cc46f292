/** XML → typed values. A small reader: elements, attributes, text, CDATA; no DTD, no entities of one's own. */
import type { ListShape, MapShape, Member, Shape, StructureShape } from './shape.ts';
import { decodeText } from './text-codec.ts';
import { ProtocolError } from './wire-error.ts';

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

/** What S3 calls it; the other restXml services follow. */
const MALFORMED = 'MalformedXML';

/** Anchored where the last one ended, and with no two ways to match: no text makes it look twice. */
const ATTRIBUTE = /\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;
const ENTITY = /&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The root element, in time that grows with the text. Throws ProtocolError `MalformedXML`. */
export function parseXml(bytes: Uint8Array): XmlElement {
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  const top: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  for (let at = 0; at < text.length; ) at = read(text, at, open);
  if (open.length !== 1 || top.children.length !== 1) throw malformed();
  return top.children[0]!;
}

/** One piece of the text: characters, CDATA, a comment, an instruction or a tag. Returns where the next begins. */
function read(text: string, at: number, open: XmlElement[]): number {
  const current = open.at(-1)!;
  if (text[at] !== '<') {
    const end = text.indexOf('<', at);
    const characters = text.slice(at, end < 0 ? text.length : end);
    current.text += decodeEntities(characters);
    return at + characters.length;
  }
  if (text.startsWith('<![CDATA[', at)) {
    const end = endOf(text, ']]>', at + 9);
    current.text += text.slice(at + 9, end);
    return end + 3;
  }
  if (text.startsWith('<!--', at)) return endOf(text, '-->', at + 4) + 3;
  if (text.startsWith('<?', at)) return endOf(text, '?>', at + 2) + 2;
  const end = endOf(text, '>', at + 1);
  step(open, text.slice(at + 1, end));
  return end + 1;
}

function endOf(text: string, terminator: string, from: number): number {
  const end = text.indexOf(terminator, from);
  if (end < 0) throw malformed();
  return end;
}

/** @param tag what stands between its brackets */
function step(open: XmlElement[], tag: string): void {
  const closing = tag.startsWith('/');
  const selfClosing = tag.endsWith('/');
  const inner = tag.slice(closing ? 1 : 0, selfClosing ? -1 : undefined);
  const blank = inner.search(/\s/);
  const written = blank < 0 ? inner : inner.slice(0, blank);
  if (!/^[^<>/!?]+$/.test(written) || inner.includes('<')) throw malformed();
  const name = local(written);
  if (closing) {
    if (open.length < 2 || open.pop()!.name !== name) throw malformed();
    return;
  }
  const attributes = blank < 0 ? {} : parseAttributes(inner.slice(blank).trimEnd());
  const child: XmlElement = { name, attributes, children: [], text: '' };
  open.at(-1)!.children.push(child);
  if (!selfClosing) open.push(child);
}

function parseAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  ATTRIBUTE.lastIndex = 0;
  while (ATTRIBUTE.lastIndex < text.length) {
    const match = ATTRIBUTE.exec(text);
    if (!match) throw malformed();
    attributes[match[1]!] = decodeEntities(match[2] ?? match[3] ?? '');
  }
  return attributes;
}

function decodeEntities(text: string): string {
  return text.replace(ENTITY, (_, hexadecimal, decimal, name) => {
    if (name !== undefined) {
      const character = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
      if (character === undefined) throw malformed();
      return character;
    }
    const point = hexadecimal ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    if (point > 0x10ffff) throw malformed();
    return String.fromCodePoint(point);
  });
}

/** Reads an element as the model says. */
export function decodeXml(shape: Shape, element: XmlElement): unknown {
  return decodeValue({ name: element.name, traits: {}, required: false, shape }, [element]);
}

/** `elements`: all that bear the member's name; more than one only for flattened collections. */
function decodeValue(member: Member, elements: readonly XmlElement[]): unknown {
  const { shape } = member;
  const first = elements[0]!;
  switch (shape.kind) {
    case 'structure':
      return decodeStructure(shape, first);
    case 'list':
      return decodeList(member, shape, elements);
    case 'map':
      return decodeMap(member, shape, elements);
    default:
      return decodeText(member, shape.kind === 'string' ? first.text : first.text.trim(), 'date-time', MALFORMED);
  }
}

function decodeStructure(shape: StructureShape, element: XmlElement): Record<string, unknown> {
  const decoded: Record<string, unknown> = {};
  for (const member of shape.members) {
    const name = member.traits.xmlName ?? member.name;
    if (member.traits.xmlAttribute) {
      const text = element.attributes[name];
      if (text !== undefined) decoded[member.name] = decodeText(member, text, 'date-time', MALFORMED);
      continue;
    }
    const elements = element.children.filter((child) => child.name === local(name));
    if (elements.length > 0) decoded[member.name] = decodeValue(member, elements);
  }
  return decoded;
}

function decodeList(member: Member, shape: ListShape, elements: readonly XmlElement[]): unknown[] {
  const itemName = shape.member.traits.xmlName ?? 'member';
  const items = member.traits.xmlFlattened
    ? elements
    : elements[0]!.children.filter((child) => child.name === itemName);
  return items.map((item) => decodeValue(shape.member, [item]));
}

function decodeMap(member: Member, shape: MapShape, elements: readonly XmlElement[]): Record<string, unknown> {
  const entries = member.traits.xmlFlattened ? elements : elements[0]!.children;
  return Object.fromEntries(
    entries.map((entry) => {
      const key = entry.children.find((child) => child.name === (shape.key.traits.xmlName ?? 'key'));
      const value = entry.children.find((child) => child.name === (shape.value.traits.xmlName ?? 'value'));
      if (!key || !value) throw malformed();
      return [key.text, decodeValue(shape.value, [value])];
    }),
  );
}

/** Without the namespace prefix. */
function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function malformed(): ProtocolError {
  return new ProtocolError(
    MALFORMED,
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}
