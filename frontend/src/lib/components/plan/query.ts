// [DEF:lib/components/plan/query.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: What is shown of a plan, as the address says it; anybody with the address sees the same.
// @RELATION DEPENDS_ON -> lib/api/plan.ts

import type { Action, Concern } from '#lib/api/plan.ts';

export const ACTIONS: Action[] = ['create', 'update', 'unchanged', 'orphan', 'remove'];
const AT_FIRST: Action[] = ACTIONS.filter((each) => each !== 'unchanged');

export interface PlanQuery {
	actions: Action[];
	/** Only what has a risk, only what loses something. */
	only: ('risk' | 'loss')[];
	/** Only what this risk is about: its `concernKey`. */
	about: string;
	search: string;
	unseen: boolean;
	fresh: boolean;
	by: 'dashboard' | 'kind';
	raw: boolean;
	/** UUID of the change that is read. */
	change: string;
}

export const INITIAL: PlanQuery = {
	actions: AT_FIRST,
	only: [],
	about: '',
	search: '',
	unseen: false,
	fresh: false,
	by: 'dashboard',
	raw: false,
	change: '',
};

export function queryOf(url: URL): PlanQuery {
	const params = url.searchParams;
	const list = (name: string) => (params.get(name) ?? '').split(',').filter(Boolean);
	return {
		actions: params.has('show') ? ACTIONS.filter((each) => list('show').includes(each)) : AT_FIRST,
		only: (['risk', 'loss'] as const).filter((each) => list('only').includes(each)),
		about: params.get('about') ?? '',
		search: params.get('q') ?? '',
		unseen: params.has('unseen'),
		fresh: params.has('new'),
		by: params.get('by') === 'kind' ? 'kind' : 'dashboard',
		raw: params.get('view') === 'yaml',
		change: params.get('change') ?? url.hash.slice(1),
	};
}

/** The address with this query; what is as at first is left out. */
export function addressOf(url: URL, query: PlanQuery): URL {
	const to = new URL(url);
	const set = (name: string, value: string, plain = '') => {
		if (value === plain) to.searchParams.delete(name);
		else to.searchParams.set(name, value);
	};
	set('show', query.actions.join(','), AT_FIRST.join(','));
	if (!query.actions.length) to.searchParams.set('show', 'none');
	set('only', query.only.join(','));
	set('about', query.about);
	set('q', query.search);
	set('unseen', query.unseen ? '1' : '');
	set('new', query.fresh ? '1' : '');
	set('by', query.by, 'dashboard');
	set('view', query.raw ? 'yaml' : '');
	set('change', query.change);
	// What it asked to do is done once
	to.searchParams.delete('do');
	to.hash = '';
	return to;
}

/** Names a risk in an address: the same after a new plan, as long as it is still there. */
export function concernKey(concern: Concern, all: Concern[]): string {
	const alike = all.filter((each) => each.code === concern.code);
	return alike.length > 1 ? `${concern.code}.${alike.indexOf(concern) + 1}` : concern.code;
}

export function isFiltered(query: PlanQuery): boolean {
	return !!(query.only.length || query.about || query.search || query.unseen || query.fresh);
}
