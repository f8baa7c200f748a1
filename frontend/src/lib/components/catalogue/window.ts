// [DEF:lib/components/catalogue/window.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Which rows and columns of the grid are in sight.

import type { Kind } from '#lib/api/catalogue.ts';
import type { Locale } from '#lib/stores/locale.svelte.ts';
import { type Column, COLUMNS_OF } from './query.ts';

export const ROW = 36;
export const HEAD = 32;
/** Rows above and below what is seen: a fast hand meets no blank. */
const SPARE = 8;
const MOST = 110;
/** What the bar of the selection covers. */
const BAR = 128;

/** How many rows are drawn: what is seen, and some around it. */
export function sizeOf(height: number): number {
	return Math.min(MOST, Math.ceil(height / ROW) + 2 * SPARE);
}

/** Rows that come into sight take the elements of those that went: the same key, another row. */
export function keyOf(index: number, height: number): string {
	return `slot-${index % sizeOf(height)}`;
}

/** Row numbers in order; the row that can have the focus is always among them, so that it is never lost. */
export function windowOf(count: number, first: number, height: number, reachable: number): number[] {
	const size = Math.min(count, sizeOf(height));
	const from = Math.max(0, Math.min(first - SPARE, count - size));
	const indexes = Array.from({ length: size }, (_, at) => from + at);
	if (reachable >= count || count === 0) return indexes;
	if (reachable < from) return [reachable, ...indexes];
	return reachable >= from + indexes.length ? [...indexes, reachable] : indexes;
}

export interface Slot {
	key: string;
	index: number;
}

/** Slots as they stand in the document, where they stay while the list moves: an element that moves is laid out anew. */
export function settled(before: readonly string[], slots: Slot[]): Slot[] {
	const places = new Map(before.map((key, at) => [key, at]));
	const placeOf = ({ key }: Slot) => places.get(key) ?? before.length;
	return slots.toSorted((one, other) => placeOf(one) - placeOf(other));
}

/** Where to scroll to, so that a row is seen whole. */
export function reveal(index: number, scrolled: number, height: number, bar: boolean): number {
	const top = index * ROW;
	const room = height - HEAD - ROW - (bar ? BAR : 0);
	return top < scrolled ? top : Math.max(scrolled, top - room);
}

const NARROW: [number, Column[]][] = [
	[1320, ['tags']],
	[900, ['owners', 'changed']],
	[560, ['status', 'migration']],
];

/** The chosen ones that there is room for. */
export function columnsFor(chosen: Column[], kind: Kind, width: number): Column[] {
	const gone = NARROW.flatMap(([limit, columns]) => (width <= limit ? columns : []));
	return COLUMNS_OF[kind].filter((each) => chosen.includes(each) && !gone.includes(each));
}

/** Russian is a third longer. */
const WIDTHS: Record<Locale, Record<Column, number>> = {
	en: { status: 112, owners: 112, tags: 136, against: 136, migration: 204, changed: 120 },
	ru: { status: 150, owners: 112, tags: 136, against: 160, migration: 240, changed: 132 },
};

export function templateOf(columns: Column[], width: number, locale: Locale): string {
	const tick = width > 900 ? 52 : 40;
	return [`${tick}px`, 'minmax(0, 1fr)', ...columns.map((each) => `${WIDTHS[locale][each]}px`)].join(' ');
}
