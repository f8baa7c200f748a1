// [DEF:lib/components/migrations/query.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: What the list of migrations is asked for, read from its address and written into it.
// @RELATION DEPENDS_ON -> lib/api/migrations.ts

import type { MigrationQuery } from '#lib/api/migrations.ts';

const WHOSE = ['me', 'mine', 'all'] as const;
export const DAYS = [1, 7, 30] as const;

export const EVERYTHING: MigrationQuery = {
	whose: 'all',
	search: '',
	status: [],
	target: '',
	author: '',
	days: 0,
	asset: '',
	page: 1,
};

export function queryOf(address: Pick<URLSearchParams, 'get' | 'getAll'>): MigrationQuery {
	const whose = address.get('whose');
	const page = Number(address.get('page'));
	const days = Number(address.get('days'));
	return {
		whose: WHOSE.find((each) => each === whose) ?? 'all',
		search: address.get('search') ?? '',
		status: address.getAll('status'),
		target: address.get('target') ?? '',
		author: address.get('author') ?? '',
		days: DAYS.find((each) => each === days) ?? 0,
		asset: address.get('asset') ?? '',
		page: Number.isInteger(page) && page > 1 ? page : 1,
	};
}

/** Without what is as usual, so that the address stays short. */
export function addressOf(query: MigrationQuery): string {
	const address = new URLSearchParams();
	if (query.whose !== 'all') address.set('whose', query.whose);
	if (query.search) address.set('search', query.search);
	for (const each of query.status) address.append('status', each);
	if (query.target) address.set('target', query.target);
	if (query.author) address.set('author', query.author);
	if (query.days) address.set('days', String(query.days));
	if (query.asset) address.set('asset', query.asset);
	if (query.page > 1) address.set('page', String(query.page));
	return address.size ? `?${address}` : '?';
}

export function isFiltered(query: MigrationQuery): boolean {
	return addressOf({ ...query, page: 1 }) !== '?';
}
