// [DEF:lib/api/migrations.ts:Module]
// @COMPLEXITY: 3
// @PURPOSE: The list of migrations, how many wait for whom, and the planning of a new one.
// @RELATION DEPENDS_ON -> lib/api/client.ts

import { client, data } from './client.ts';
import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type MigrationRow = Schemas['MigrationRow'];
export type MigrationStatus = Schemas['MigrationStatus'];
export type Planned = Schemas['TaskDetail'];

export type Whose = 'me' | 'mine' | 'decided' | 'all';

export interface MigrationQuery {
	/** Whose: waiting for my decision, mine, decided by me, or all. */
	whose: Whose;
	search: string;
	status: string[];
	target: string;
	author: string;
	/** Not older than so many days. */
	days: number;
	asset: string;
	page: number;
}

export const PAGE = 50;
const DAY = 86_400_000;
const WHOSE = { me: { awaiting_me: true }, mine: { mine: true }, decided: { decided_by_me: true }, all: {} };

export interface MigrationPage {
	count: number;
	results: MigrationRow[];
}

/** Without an order of its own the newest come first, so that a list that is read never moves under the reader. */
export function listMigrations(
	query: Partial<MigrationQuery>,
	signal?: AbortSignal,
	more: { size?: number; ordering?: string } = {},
): Promise<MigrationPage> {
	const { whose = 'all', page = 1, search = '', status = [], target, author, asset, days } = query;
	const asked = {
		...WHOSE[whose],
		...(search.trim() && { search: search.trim().replace(/^#(?=\d+$)/, '') }),
		...(status.length && { status: status as MigrationStatus[] }),
		...(target && { target }),
		...(author && { author }),
		...(asset && { asset }),
		...(days && { created_after: new Date(Date.now() - days * DAY).toISOString() }),
		page,
		page_size: more.size ?? PAGE,
		ordering: more.ordering ?? '-id',
	};
	return data(client.GET('/api/v1/migrations', { params: { query: asked }, signal }));
}

export async function countMigrations(whose: Whose, signal?: AbortSignal): Promise<number> {
	return (await listMigrations({ whose }, signal, { size: 1 })).count;
}

export const ASPECTS = [
	'owners',
	'roles',
	'rules',
	'tags',
	'annotations',
	'themes',
	'embedding',
	'css',
	'queries',
	'reports',
] as const;
export type Aspect = (typeof ASPECTS)[number];

export interface PlanRequest {
	source: string;
	target: string;
	dashboards: string[];
	/** `SOURCE=TARGET`, for this plan only. */
	databases: string[];
	allow_many: boolean;
	acknowledge: string[];
	/** What travels beside the documents. */
	carry: Aspect[];
	prune: boolean;
	/** Databases of the source whose connections are created. */
	connections?: string[];
}

export const planMigration = (body: PlanRequest): Promise<Planned> =>
	data(client.POST('/api/v1/migrations/plan', { body: { connections: [], ...body, everything: false, keep: true } }));

export const getPlanning = (id: number, signal?: AbortSignal): Promise<Planned> =>
	data(client.GET('/api/v1/tasks/{id}', { params: { path: { id } }, signal }));

/** The databases that a dashboard of the source reads; null while that is not known. */
export async function databasesOf(slug: string, uuid: string, signal?: AbortSignal): Promise<string[] | null> {
	const path = { slug, kind: 'dashboard' as const, uuid };
	const { graph, known } = await data(
		client.GET('/api/v1/environments/{slug}/assets/{kind}/{uuid}', { params: { path }, signal }),
	);
	return known ? graph.nodes.filter((each) => each.kind === 'database').map((each) => each.uuid) : null;
}
