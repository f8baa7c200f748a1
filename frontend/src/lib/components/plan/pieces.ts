// [DEF:lib/components/plan/pieces.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Cuts a text into what is marked and what is not, and where it is SQL, its keywords.
// @RELATION DEPENDS_ON -> lib/api/plan.ts

import type { Mark } from '#lib/api/plan.ts';

export interface Piece {
	text: string;
	marked: boolean;
	keyword: boolean;
}

const WORDS =
	'all and as asc between by case cast coalesce create cross date_trunc decimal desc distinct else end except exists ' +
	'false filter for from full group having in inner intersect interval is join lateral left like limit not null offset ' +
	'on or order outer over partition right row_number select then true union using values when where window with';
const KEYWORD = new RegExp(`\\b(?:${WORDS.split(' ').join('|')})\\b`, 'gi');

/** Marks are [start, end) in the units in which strings count. */
export function pieces(text: string, marks: Mark[], language = ''): Piece[] {
	const keywords: Mark[] = [];
	if (language === 'sql') {
		for (const found of text.matchAll(KEYWORD)) keywords.push([found.index, found.index + found[0].length]);
	}
	const edges = new Set([0, text.length, ...marks.flat(), ...keywords.flat()]);
	const cuts = [...edges].filter((each) => each <= text.length).sort((a, b) => a - b);
	return cuts.slice(0, -1).map((start, index) => ({
		text: text.slice(start, cuts[index + 1]),
		marked: within(start, marks),
		keyword: within(start, keywords),
	}));
}

function within(at: number, ranges: Mark[]): boolean {
	return ranges.some(([start, end]) => start <= at && at < end);
}
