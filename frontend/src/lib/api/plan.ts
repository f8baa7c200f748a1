// [DEF:lib/api/plan.ts:Module]
// @COMPLEXITY: 3
// @PURPOSE: A plan as its page asks for it: of a migration, or of a task that planned only to compare; and what is decided about it.
// @RELATION DEPENDS_ON -> lib/api/client.ts
// @RELATION DEPENDS_ON -> lib/api/types.ts

import { client, data } from './client.ts';
import type { components } from './schema.ts';
import type { Verdict } from './types.ts';

type Schemas = components['schemas'];

export type Action = Schemas['ChangeAction'];
export type Kind = Schemas['AssetKind'];
export type Mark = [number, number];
export type Place = Schemas['Reference'];
export type PlanNode = Schemas['PlanNode'];
export type Concern = Schemas['Risk'];
export type Beside = Schemas['Beside'];
export type Counts = Schemas['Counts'];
export type PlanDocument = Schemas['ReviewedPlan'];
export type Status = Schemas['MigrationStatus'];
export type Migration = Schemas['MigrationHead'];
export type Outcome = Schemas['Outcome'];
export type PlanView = Schemas['PlanView'];
export type Box = Schemas['Box'];
export type LayoutSection = Schemas['LayoutSection'];
export type FieldRow = Schemas['FieldRow'];
export type FieldsSection = Schemas['FieldsSection'];
export type Line = Schemas['DiffLine'];
export type LineSide = NonNullable<Line['before']>;
export type Hunk = Schemas['DiffHunk'];
export type TextSection = Schemas['TextSection'];
/** Raw documents are compared in the browser, and are YAML. */
export type TextDocument = Omit<TextSection, 'language'> & { language: TextSection['language'] | 'yaml' };
export type Section = Schemas['ChangeSection'];
export type ChangeView = Schemas['ChangeView'];
export type Raw = Schemas['RawChange'];
export type Undo = Schemas['Preview'];
/** Started by an action: a task to follow. */
export type Started = Pick<Schemas['TaskDetail'], 'id' | 'state'>;

/** Where a plan comes from. */
export interface PlanSource {
	migration: number | null;
	overview(unchanged: boolean, signal?: AbortSignal): Promise<PlanView>;
	changes(uuids: string[]): Promise<ChangeView[]>;
	raw(uuid: string): Promise<Raw>;
	markdown(): Promise<string>;
	/** Marks belong to migrations. */
	mark?(fingerprints: string[], seen: boolean): Promise<{ seen: number; total: number }>;
}

const at = (id: number) => ({ params: { path: { id } } });
const wanted = (id: number, unchanged: boolean) => ({
	path: { id },
	query: unchanged ? { include: 'unchanged' as const } : {},
});
const TEXT = { parseAs: 'text' } as const;

export function ofMigration(id: number): PlanSource {
	return {
		migration: id,
		overview: (unchanged, signal) =>
			data(client.GET('/api/v1/migrations/{id}/overview', { params: wanted(id, unchanged), signal })),
		changes: async (uuid) =>
			(await data(client.GET('/api/v1/migrations/{id}/changes', { params: { path: { id }, query: { uuid } } })))
				.results,
		raw: (uuid) => data(client.GET('/api/v1/migrations/{id}/changes/{uuid}/raw', { params: { path: { id, uuid } } })),
		markdown: () => data(client.GET('/api/v1/migrations/{id}/plan.md', { ...at(id), ...TEXT })),
		mark: (fingerprints, seen) =>
			data(client.PUT('/api/v1/migrations/{id}/seen', { ...at(id), body: { fingerprints, seen } })),
	};
}

/** A plan that was made only to compare: nobody can apply it. */
export function ofTask(id: number): PlanSource {
	return {
		migration: null,
		overview: (unchanged, signal) =>
			data(client.GET('/api/v1/tasks/{id}/plan', { params: wanted(id, unchanged), signal })),
		changes: async (uuid) =>
			(await data(client.GET('/api/v1/tasks/{id}/changes', { params: { path: { id }, query: { uuid } } }))).results,
		raw: (uuid) => data(client.GET('/api/v1/tasks/{id}/changes/{uuid}/raw', { params: { path: { id, uuid } } })),
		markdown: () => data(client.GET('/api/v1/tasks/{id}/plan.md', { ...at(id), ...TEXT })),
	};
}

type Moved = Promise<Schemas['MigrationDetail']>;

export const actions = {
	submit: (id: number, note: string): Moved =>
		data(client.POST('/api/v1/migrations/{id}/submit', { ...at(id), body: { note } })),
	approve: (id: number, checksum: string, note: string): Moved =>
		data(client.POST('/api/v1/migrations/{id}/approve', { ...at(id), body: { checksum, note } })),
	reject: (id: number, checksum: string, note: string): Moved =>
		data(client.POST('/api/v1/migrations/{id}/reject', { ...at(id), body: { checksum, note } })),
	withdraw: (id: number, note: string): Moved =>
		data(client.POST('/api/v1/migrations/{id}/withdraw', { ...at(id), body: { note } })),
	comment: (id: number, note: string): Moved =>
		data(client.POST('/api/v1/migrations/{id}/comment', { ...at(id), body: { note } })),
	dismiss: (id: number): Moved => data(client.POST('/api/v1/migrations/{id}/dismiss', at(id))),
	restore: (id: number): Moved => data(client.POST('/api/v1/migrations/{id}/restore', at(id))),
	replan: (id: number, acknowledge: string[] = []): Promise<Started> =>
		data(
			client.POST('/api/v1/migrations/{id}/replan', {
				...at(id),
				body: { acknowledge, allow_many: false, carry: null, connections: [], prune: null },
			}),
		),
	/** `override` is the reason for writing during a freeze. */
	apply: (id: number, checksum: string, override = ''): Promise<Started> =>
		data(client.POST('/api/v1/migrations/{id}/apply', { ...at(id), body: { checksum, override } })),
	rollback: (id: number, choice: { keep_changed?: boolean; force?: string } = {}): Promise<Started> => {
		const body = { keep_changed: false, force: '', ...choice };
		return data(client.POST('/api/v1/migrations/{id}/rollback', { ...at(id), body }));
	},
};

export const undoOf = (id: number): Promise<Undo> =>
	data(client.GET('/api/v1/migrations/{id}/rollback/preview', at(id)));

/** Whether I may migrate from one environment to the other (their short names), and who else may; null where that is not told. */
export async function mayMigrate(source: string, target: string): Promise<Verdict | null> {
	const params = { path: { slug: source }, query: { kind: 'dashboard' as const, limit: 1, offset: 0 } };
	const { allowed_actions } = await data(client.GET('/api/v1/environments/{slug}/matrix', { params }));
	return allowed_actions.migrate[target] ?? null;
}

/** A migration without its plan: enough to see that somebody has decided. */
export const headOf = (id: number): Promise<Pick<Migration, 'status' | 'decisions' | 'approvals' | 'task'>> =>
	data(client.GET('/api/v1/migrations/{id}', { params: { path: { id }, query: { plan: false } } }));

/** Whether a task is over; what planned again is looked for until then. */
export async function taskEnded(id: number): Promise<boolean> {
	return (await data(client.GET('/api/v1/tasks/{id}', at(id)))).finished !== null;
}

type PlanRequest = Schemas['PlanMigrationRequest'];

/** Plans the same again, and keeps it. A task knows more than a plan is asked for with, which the server refuses. */
export async function keep(task: number): Promise<Started> {
	const { params } = await data(client.GET('/api/v1/tasks/{id}', at(task)));
	const { source, target, dashboards, everything, databases, allow_many, acknowledge, carry, connections, prune } =
		params as unknown as PlanRequest;
	const body = {
		source,
		target,
		dashboards,
		databases,
		acknowledge,
		carry: carry ?? [],
		connections: connections ?? [],
		prune: prune ?? false,
		everything: everything ?? false,
		allow_many: allow_many ?? false,
		keep: true,
	};
	return data(client.POST('/api/v1/migrations/plan', { body }));
}
