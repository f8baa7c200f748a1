// [DEF:lib/components/catalogue/survey.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Which rows of a catalogue match, how many each filter would leave, and their order.
// @RELATION DEPENDS_ON -> lib/components/catalogue/query.ts

import type { DriftState, MatrixRow } from '#lib/api/catalogue.ts';
import { type Facet, FACETS, type Query, type SortKey } from './query.ts';

export interface Survey {
	found: MatrixRow[];
	/** By value: rows that match everything else. */
	counts: Record<Facet, Map<string, number>>;
}

const DAY = 86_400_000;
/** Changed within so many days; `older` is the rest. */
export const AGES = ['1', '7', '30', '90', 'older'] as const;
export const DRIFTS: readonly DriftState[] = ['differs', 'missing', 'same', 'unknown'];

interface Known {
	text: string;
	changed: number;
}

const facts = new WeakMap<MatrixRow, Known>();

/** Read once for each row: a thousand rows are searched with each letter that is typed. */
function known(row: MatrixRow): Known {
	let fact = facts.get(row);
	if (!fact) {
		const changed = row.changed_on ? Date.parse(row.changed_on) : NaN;
		facts.set(row, (fact = { text: `${row.name}\n${row.slug ?? ''}`.toLocaleLowerCase(), changed }));
	}
	return fact;
}

/** A part of a UUID counts where it is long enough to be meant. */
function isUuid(word: string, row: MatrixRow): boolean {
	return word.length >= 8 && row.uuid.includes(word);
}

export function driftOf(row: MatrixRow, against: string): DriftState {
	return row.elsewhere[against]?.state ?? 'unknown';
}

function valuesOf(row: MatrixRow, facet: Facet, against: string, now: number): readonly string[] {
	switch (facet) {
		case 'status':
			return row.status ? [row.status] : [];
		case 'owner':
			return row.owners;
		case 'tag':
			return row.tags;
		case 'drift':
			return [driftOf(row, against)];
		case 'changed': {
			const days = (now - known(row).changed) / DAY;
			const within = AGES.filter((age) => age !== 'older' && days <= Number(age));
			return within.length ? within : ['older'];
		}
	}
}

/** A row that fails one filter only still counts for that filter: the numbers say what another choice would bring. */
export function survey(rows: readonly MatrixRow[], query: Query, against: string, now: number): Survey {
	const words = query.text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
	const counts = Object.fromEntries(FACETS.map((facet) => [facet, new Map<string, number>()])) as Survey['counts'];
	const found: MatrixRow[] = [];
	for (const row of rows) {
		if (!words.every((word) => known(row).text.includes(word) || isUuid(word, row))) continue;
		const values = FACETS.map((facet) => valuesOf(row, facet, against, now));
		const failed = FACETS.filter((facet, at) => {
			const chosen = query.facets[facet];
			return chosen.length > 0 && !values[at]!.some((value) => chosen.includes(value));
		});
		if (failed.length === 0) found.push(row);
		if (failed.length > 1) continue;
		FACETS.forEach((facet, at) => {
			if (failed.length && failed[0] !== facet) return;
			for (const value of values[at]!) counts[facet].set(value, (counts[facet].get(value) ?? 0) + 1);
		});
	}
	return { found, counts };
}

const DRIFT_RANK: Record<DriftState, number> = { unknown: 0, same: 1, missing: 2, differs: 3 };

function keyOf(row: MatrixRow, sort: SortKey, against: string): string | number | null {
	switch (sort) {
		case 'name':
			return row.name;
		case 'status':
			return row.status || null;
		case 'owners':
			return row.owners.join(', ') || null;
		case 'tags':
			return row.tags.join(', ') || null;
		case 'changed':
			return Number.isNaN(known(row).changed) ? null : known(row).changed;
		case 'migration':
			return row.last_migration?.id ?? null;
		case 'against': {
			const there = row.elsewhere[against];
			return there ? DRIFT_RANK[there.state] * 100_000 + there.differs : null;
		}
	}
}

/** Rows that have no value come last in either direction; equals go by name. */
export function inOrder(
	rows: readonly MatrixRow[],
	query: Pick<Query, 'sort' | 'descending'>,
	against: string,
	locale: string,
): MatrixRow[] {
	const collator = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });
	const way = query.descending ? -1 : 1;
	const keyed = rows.map((row) => ({ row, key: keyOf(row, query.sort, against) }));
	keyed.sort((a, b) => {
		if (a.key === null || b.key === null) {
			if (a.key !== b.key) return a.key === null ? 1 : -1;
		} else {
			const order = typeof a.key === 'number' ? a.key - (b.key as number) : collator.compare(a.key, b.key as string);
			if (order) return order * way;
		}
		return collator.compare(a.row.name, b.row.name) || (a.row.uuid < b.row.uuid ? -1 : 1);
	});
	return keyed.map(({ row }) => row);
}
