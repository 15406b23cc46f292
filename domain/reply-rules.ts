/**
 * What a drafted reply may not have, whatever the model was talked into: links, addresses and numbers that are not the
 * ticket's own, markup that a browser would act on, the marks of the prompt or its instructions. These are guarantees:
 * they hold for a model that obeys every injection. That the reply is true or polite is none of them.
 */
/** What a reply may draw on. */
export interface Grounds {
  readonly boundary: string;
  readonly system: string;
  readonly requesterEmail: string;
  /** Texts of messages, by who wrote them. Attachments are no ground for anything. */
  readonly ofAgents: readonly string[];
  readonly ofCustomer: readonly string[];
}

/** Endings of names that are read as addresses of the web even without a scheme. */
const DOMAINS =
  'com|org|net|info|biz|io|co|dev|app|ai|me|tv|gg|ly|gl|to|sh|xyz|top|site|online|shop|store|link|click|live|club|page|cloud|tech|zip|mov|eu|de|uk|fr|it|es|nl|pl|ch|at|be|se|us|ca|au|in|cn|ru|jp|kr|br|test|example|invalid|local|onion';

const LINK = new RegExp(
  [
    // A scheme with an address, or one that a browser acts on without.
    String.raw`[a-z][a-z0-9+.-]{1,30}:\/\/[^\s<>"'“”()[\]]*`,
    String.raw`(?:javascript|data|vbscript|mailto|tel|sms|file):[^\s<>"'“”()[\]]+`,
    String.raw`\/\/[\p{L}\p{N}-]+\.[^\s<>"'“”()[\]]+`,
    String.raw`(?<![@\p{L}\p{N}.-])(?:[\p{L}\p{N}-]{1,63}\.)+(?:${DOMAINS}|xn--[a-z0-9-]+)(?![\p{L}\p{N}-])(?:[/?#:][^\s<>"'“”()[\]]*)?`,
    String.raw`(?<![@\p{L}\p{N}.-])(?:[\p{L}\p{N}-]{1,63}\.)+\p{L}{2,24}\/[^\s<>"'“”()[\]]+`,
    String.raw`(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])(?:[/:?#][^\s<>"'“”()[\]]*)?`,
  ].join('|'),
  'giu',
);
const EMAIL = /[\p{L}\p{N}._%+'-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63})*/gu;
/** Seven digits or more, with what people put between them. */
const NUMBER = /\p{Nd}(?:[\s()./\-–—·*_]{0,3}\p{Nd}){6,}/gu;
/** HTML, images and links of Markdown. */
const MARKUP = /<\s*[a-z!/?]|!\[|\]\s*\(|\]\s*:\s*\S|&(?:#\d+|#x[\da-f]+|[a-z]{2,8});/i;
/** Of the instructions, so many words in a row are a quotation. */
const QUOTED_WORDS = 8;

/** What is wrong with a reply; also with one that is not complete yet, as long as it ends between words. */
export type ReplyRules = (reply: string) => string[];

export function replyRules({ boundary, system, requesterEmail, ofAgents, ofCustomer }: Grounds): ReplyRules {
  const byAgents = normal(ofAgents.join('\n'));
  const links = new Set(linksIn(byAgents));
  const emails = new Set([...emailsIn(byAgents), normal(requesterEmail).toLowerCase()]);
  const numbers = numbersIn(`${byAgents}\n${normal(ofCustomer.join('\n'))}`);
  const quotations = quotationsOf(normal(system));

  return (reply) => {
    const plain = normal(reply);
    const problems: string[] = [];
    const forbid = (isThere: boolean, problem: string): void => {
      if (isThere) problems.push(problem);
    };
    forbid(
      linksIn(plain).some((link) => !links.has(link)),
      'it has a link that no agent has written',
    );
    forbid(
      emailsIn(plain).some((address) => !emails.has(address)),
      'it has an e-mail address of somebody else',
    );
    forbid(
      numbersIn(plain).some((number) => !numbers.some((known) => known.includes(number))),
      'it has a number that the ticket does not have',
    );
    forbid(MARKUP.test(plain), 'it has markup');
    forbid(hasMarks(plain, boundary), 'it has the marks of the prompt');
    forbid(quotes(plain, quotations), 'it quotes its instructions');
    forbid(UNSEEN.test(reply), 'it has characters that nobody sees');
    return problems;
  };
}

const UNSEEN = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/u;

/** Full-width letters, ligatures and the like are what they look like. */
function normal(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/[\u00ad\u200b-\u200f\u2060-\u206f\ufeff]/g, '')
    .replaceAll('。', '.');
}

function linksIn(text: string): string[] {
  return (text.match(LINK) ?? []).map((link) => link.toLowerCase().replace(/[.,;:!?…]+$/u, ''));
}

function emailsIn(text: string): string[] {
  return (text.match(EMAIL) ?? []).map((address) => address.toLowerCase().replace(/[.'-]+$/u, ''));
}

function numbersIn(text: string): string[] {
  return (text.match(NUMBER) ?? []).map((number) => number.replace(/\P{Nd}/gu, ''));
}

function hasMarks(text: string, boundary: string): boolean {
  // Spelled out with something between the letters it would be the boundary still.
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '')
      .includes(boundary) || /<\/?\s*data-/i.test(text)
  );
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Every row of so many words. */
function quotationsOf(system: string): ReadonlySet<string> {
  const words = wordsOf(system);
  return new Set(words.slice(QUOTED_WORDS - 1).map((_, at) => words.slice(at, at + QUOTED_WORDS).join(' ')));
}

function quotes(text: string, quotations: ReadonlySet<string>): boolean {
  const words = wordsOf(text);
  return words.some((_, at) => quotations.has(words.slice(at, at + QUOTED_WORDS).join(' ')));
}
