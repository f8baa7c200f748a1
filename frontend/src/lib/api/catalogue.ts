// [DEF:lib/api/catalogue.ts:Module]
// @COMPLEXITY: 3
// @PURPOSE: What the server knows about the assets of environments: the matrix, one asset, a sync, a comparison.
// @RELATION DEPENDS_ON -> lib/api/client.ts

import { client, data } from './client.ts';
import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type { AssetKind, EnvironmentBrief, Writing } from './types.ts';
export type Kind = Schemas['PairedKind'];
export type DriftState = Schemas['AssetState'];
export type Other = Schemas['OtherEnvironment'];
export type Elsewhere = Schemas['Standing'];
export type LastMigration = Schemas['LastMigration'];
export type MatrixRow = Schemas['MatrixRow'];
export type AssetActions = Schemas['AssetActions'];
export type Matrix = Schemas['Matrix'];
export type GraphNode = Schemas['AssetNode'];
export type Graph = Schemas['Graph'];
export type AssetUser = Schemas['AssetUser'];
export type AssetPlace = Schemas['Place'];
export type AssetEvent = Schemas['History'];
export type AssetDetail = Schemas['AssetDetail'];
export type EnvironmentRow = Schemas['EnvironmentRow'];
export type StartedTask = Pick<Schemas['TaskDetail'], 'id' | 'state' | 'finished'>;

export const PAGE = 1000;
const MOST_ENVIRONMENTS = 200;

export async function listEnvironments(signal?: AbortSignal): Promise<EnvironmentRow[]> {
	const query = { page_size: MOST_ENVIRONMENTS };
	return (await data(client.GET('/api/v1/environments', { params: { query }, signal }))).results;
}

export function getMatrix(slug: string, kind: Kind, offset: number, signal?: AbortSignal): Promise<Matrix> {
	const params = { path: { slug }, query: { kind, limit: PAGE, offset } };
	return data(client.GET('/api/v1/environments/{slug}/matrix', { params, signal }));
}

export function getAsset(slug: string, kind: string, uuid: string, signal?: AbortSignal): Promise<AssetDetail> {
	const params = { path: { slug, kind, uuid } };
	// openapi-fetch types a pair as a list
	return data(
		client.GET('/api/v1/environments/{slug}/assets/{kind}/{uuid}', { params, signal }),
	) as Promise<AssetDetail>;
}

export function startSync(slug: string): Promise<StartedTask> {
	const body = { everything: false };
	return data(client.POST('/api/v1/environments/{slug}/sync', { params: { path: { slug } }, body }));
}

/** A plan that leaves no migration in anybody's list. */
export function startComparison(source: string, target: string, dashboards: string[]): Promise<StartedTask> {
	const body = { source, target, dashboards, everything: false, allow_many: false, prune: false, keep: false };
	return data(client.POST('/api/v1/migrations/plan', { body }));
}

export function getTask(id: number, signal?: AbortSignal): Promise<StartedTask> {
	return data(client.GET('/api/v1/tasks/{id}', { params: { path: { id } }, signal }));
}
