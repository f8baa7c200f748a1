// [DEF:lib/text/plain.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Text of others as it can be shown: what would hide, or turn the direction of writing, stays visible as an escape.

// As in apps/contracts/plain_text.py, without the line break and the tab
const RANGES: [number, number][] = [
	[0x00, 0x08],
	[0x0b, 0x1f],
	[0x7f, 0x9f],
	[0xad, 0xad],
	[0x34f, 0x34f],
	[0x61c, 0x61c],
	[0x115f, 0x1160],
	[0x17b4, 0x17b5],
	[0x180b, 0x180f],
	[0x200b, 0x200f],
	[0x2028, 0x202e],
	[0x2060, 0x206f],
	[0x3164, 0x3164],
	[0xd800, 0xdfff],
	[0xfdd0, 0xfdef],
	[0xfeff, 0xfeff],
	[0xffa0, 0xffa0],
	[0xfff0, 0xfffb],
	[0xfffe, 0xffff],
	[0x1bca0, 0x1bca3],
	[0x1d173, 0x1d17a],
	[0xe0000, 0xe0fff],
];
const INVISIBLE = new RegExp(`[${RANGES.map((each) => each.map(unicode).join('-')).join('')}]`, 'gu');

function unicode(code: number): string {
	return `\\u{${code.toString(16)}}`;
}

function escaped(character: string): string {
	const code = character.codePointAt(0)!;
	if (character === '\r') return '\\r';
	const digits = code.toString(16);
	return code < 256
		? `\\x${digits.padStart(2, '0')}`
		: code < 65_536
			? `\\u${digits.padStart(4, '0')}`
			: `\\U${digits.padStart(8, '0')}`;
}

export function plain(text: string): string {
	return text.replace(INVISIBLE, escaped);
}

/** The text in parts, those that were searched for marked. */
export function marked(text: string, search: string): { text: string; found: boolean }[] {
	if (!search) return [{ text, found: false }];
	const [within, wanted] = [text.toLowerCase(), search.toLowerCase()];
	// A letter may be of another length in lower case: then nothing can be marked
	if (within.length !== text.length) return [{ text, found: false }];
	const parts: { text: string; found: boolean }[] = [];
	let from = 0;
	for (let at = within.indexOf(wanted); at >= 0; at = within.indexOf(wanted, from)) {
		if (at > from) parts.push({ text: text.slice(from, at), found: false });
		parts.push({ text: text.slice(at, at + wanted.length), found: true });
		from = at + wanted.length;
	}
	if (from < text.length || !parts.length) parts.push({ text: text.slice(from), found: false });
	return parts;
}
