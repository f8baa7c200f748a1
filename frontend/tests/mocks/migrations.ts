// Migrations, mappings and environments as the server answers, for tests of their pages.

import type { Mapping, Pairing, Suggestion } from '#lib/api/mappings.ts';
import type { MigrationRow, Planned } from '#lib/api/migrations.ts';

const yes = { allowed: true, reason: '', who: [] };
const no = (reason: string) => ({ allowed: false, reason, who: [] });

export function migrationRow(id: number, facts: Partial<MigrationRow> = {}): MigrationRow {
	return {
		id,
		title: `Sales ${id}`,
		source: 'dev',
		target: 'prod',
		status: 'submitted',
		state: 'submitted',
		author: 'ben',
		created: '2026-11-29T20:00:00Z',
		task: 41,
		next: { what: 'approve', who: ['ada'], sentence: 'It needs 1 more approval.' },
		counts: { create: 3, update: 41, unchanged: 88, orphan: 2, remove: 0, risks: 2, losses: 1 },
		approvals: { needed: 1, given: 0 },
		changed: '2026-11-29T20:05:00Z',
		dashboards: 8,
		allowed_actions: { approve: yes },
		...facts,
	};
}

export const pageOf = <T>(results: T[], count = results.length) => ({ count, next: null, previous: null, results });

const database = (uuid: string, name: string) => ({ uuid, name, backend: 'postgresql' });

export function suggestion(facts: Partial<Suggestion> = {}): Suggestion {
	const warehouse = database('t-1', 'warehouse');
	return {
		source: database('s-1', 'examples'),
		target: warehouse,
		score: 60,
		reason: 'same engine',
		candidates: [
			{ target: warehouse, score: 60, reason: 'same engine' },
			{ target: database('t-2', 'archive'), score: 20, reason: 'another name' },
		],
		confirmed: null,
		...facts,
	};
}

export function mapping(facts: Partial<Mapping> = {}): Mapping {
	return {
		id: 5,
		source: 'dev',
		target: 'prod',
		source_uuid: 's-1',
		source_name: 'examples',
		target_uuid: 't-1',
		target_name: 'warehouse',
		confirmed_by: 'ben',
		confirmed_at: '2026-11-20T08:00:00Z',
		allowed_actions: { edit: yes, remove: yes },
		...facts,
	};
}

export const lockedMapping = mapping({
	allowed_actions: { edit: no('You may not map.'), remove: no('You may not map.') },
});

export function pairing(facts: Partial<Pairing> = {}): Pairing {
	return {
		...mapping(),
		kind: 'dataset',
		source_name: 'births',
		target_name: 'births_prod',
		reason: 'the same table',
		...facts,
	};
}

export function planned(id: number, state: string, facts: Record<string, unknown> = {}): Planned {
	const started = '2026-11-29T20:00:00Z';
	const stage = { name: 'read', label: 'Read both sides', number: 1, total: 2, started, finished: null };
	return { id, state, started, stages: [stage], result: null, error: null, ...facts } as unknown as Planned;
}
