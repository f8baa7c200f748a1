// [DEF:lib/components/catalogue/query.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: What is shown of a catalogue, as the address of the page says it.

import type { Kind } from '#lib/api/catalogue.ts';

export const FACETS = ['status', 'owner', 'tag', 'changed', 'drift'] as const;
export type Facet = (typeof FACETS)[number];

export const COLUMNS = ['status', 'owners', 'tags', 'against', 'migration', 'changed'] as const;
export type Column = (typeof COLUMNS)[number];
export type SortKey = Column | 'name';

export interface Query {
	environment: string;
	against: string;
	text: string;
	facets: Record<Facet, string[]>;
	sort: SortKey;
	descending: boolean;
	/** null: as kept on this computer. */
	columns: Column[] | null;
}

/** What there is to know of each kind. */
export const COLUMNS_OF: Record<Kind, Column[]> = {
	dashboard: [...COLUMNS],
	chart: ['owners', 'tags', 'against', 'migration', 'changed'],
	dataset: ['owners', 'against', 'migration', 'changed'],
};

const SORT_KEYS: readonly string[] = ['name', ...COLUMNS];
const DEFAULT_SORT = '-changed';

/** What can be read of an address; Kit's is read-only. */
export type Search = Pick<URLSearchParams, 'get' | 'getAll'>;

export function parse(search: Search): Query {
	const sort = search.get('sort') ?? DEFAULT_SORT;
	const key = sort.replace(/^-/, '');
	const known = SORT_KEYS.includes(key);
	const columns = search.get('columns');
	return {
		environment: search.get('env') ?? '',
		against: search.get('against') ?? '',
		text: search.get('q') ?? '',
		facets: Object.fromEntries(FACETS.map((facet) => [facet, search.getAll(facet)])) as Query['facets'],
		sort: known ? (key as SortKey) : 'changed',
		descending: known ? sort.startsWith('-') : true,
		columns: columns === null ? null : COLUMNS.filter((each) => columns.split(',').includes(each)),
	};
}

/** The address without what is as usual. */
export function print(query: Query): string {
	const search = new URLSearchParams();
	if (query.environment) search.set('env', query.environment);
	if (query.against) search.set('against', query.against);
	if (query.text) search.set('q', query.text);
	for (const facet of FACETS) for (const value of query.facets[facet]) search.append(facet, value);
	const sort = `${query.descending ? '-' : ''}${query.sort}`;
	if (sort !== DEFAULT_SORT) search.set('sort', sort);
	if (query.columns) search.set('columns', query.columns.join(','));
	return search.toString();
}

/** A second press turns the order round; what is a date or a number begins with the greatest. */
export function sortedBy(query: Query, key: SortKey): Query {
	const greatestFirst = key === 'changed' || key === 'migration' || key === 'against';
	return { ...query, sort: key, descending: query.sort === key ? !query.descending : greatestFirst };
}

export function isFiltered(query: Query): boolean {
	return query.text !== '' || FACETS.some((facet) => query.facets[facet].length > 0);
}

export function unfiltered(query: Query): Query {
	return { ...query, text: '', facets: { status: [], owner: [], tag: [], changed: [], drift: [] } };
}

const kept = (kind: Kind) => `lockstep.columns.${kind}`;

export function keptColumns(kind: Kind): Column[] {
	const names = localStorage.getItem(kept(kind));
	if (names === null) return COLUMNS_OF[kind];
	return COLUMNS_OF[kind].filter((each) => names.split(',').includes(each));
}

export function keepColumns(kind: Kind, columns: Column[]): void {
	localStorage.setItem(kept(kind), columns.join(','));
}
