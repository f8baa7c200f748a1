// [DEF:lib/components/migrations/draft.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: A migration that is being put together, as the address of its page holds it.
// @RELATION DEPENDS_ON -> lib/api/migrations.ts

import { type Aspect, ASPECTS } from '#lib/api/migrations.ts';

export interface Draft {
	source: string;
	target: string;
	/** UUIDs of the source; null where the address is too short for them: then the handover has them. */
	dashboards: string[] | null;
	allowMany: boolean;
	/** What a plan refused and somebody acknowledged. */
	acknowledge: string[];
	/** What travels beside the documents. */
	carry: Aspect[];
	/** Whether orphans that nothing uses any more are deleted. */
	prune: boolean;
	/** Databases of the source whose connections are created on the target. */
	connections: string[];
	/** The task that plans it. */
	task: number | null;
}

/** More would make an address that servers refuse. */
export const IN_ADDRESS = 40;

export function draftOf(address: Pick<URLSearchParams, 'get' | 'getAll' | 'has'>): Draft {
	const task = Number(address.get('task'));
	const carried = (address.get('carry') ?? '').split(',');
	const listed = (address.get('dashboards') ?? '').split(',').filter(Boolean);
	return {
		source: address.get('source') ?? '',
		target: address.get('target') ?? '',
		dashboards: address.has('dashboards') ? [...new Set(listed)] : null,
		allowMany: address.has('allow_many'),
		acknowledge: address.getAll('acknowledge'),
		prune: address.has('prune'),
		carry: ASPECTS.filter((each) => carried.includes(each)),
		connections: [...new Set((address.get('create') ?? '').split(',').filter(Boolean))],
		task: Number.isInteger(task) && task > 0 ? task : null,
	};
}

export function addressOf(draft: Draft): string {
	const address = new URLSearchParams();
	if (draft.source) address.set('source', draft.source);
	if (draft.target) address.set('target', draft.target);
	if (draft.dashboards && draft.dashboards.length <= IN_ADDRESS) address.set('dashboards', draft.dashboards.join(','));
	if (draft.allowMany) address.set('allow_many', '1');
	for (const each of draft.acknowledge) address.append('acknowledge', each);
	if (draft.carry.length) address.set('carry', draft.carry.join(','));
	if (draft.prune) address.set('prune', '1');
	if (draft.connections.length) address.set('create', draft.connections.join(','));
	if (draft.task) address.set('task', String(draft.task));
	return `?${address.toString().replaceAll('%2C', ',')}`;
}
