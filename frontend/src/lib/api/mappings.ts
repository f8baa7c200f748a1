// [DEF:lib/api/mappings.ts:Module]
// @COMPLEXITY: 3
// @PURPOSE: Which database of the source is which of the target, and which assets are paired by hand.
// @RELATION DEPENDS_ON -> lib/api/client.ts

import { client, data } from './client.ts';
import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type Suggestion = Schemas['Suggestion'];
export type Database = Suggestion['source'];
export type Candidate = Schemas['Candidate'];
export type Mapping = Schemas['Mapping'];
export type Pairing = Schemas['Pairing'];

export interface Pair {
	source: string;
	target: string;
}

const ALL = 200;

export const suggestMappings = (pair: Pair, signal?: AbortSignal): Promise<Suggestion[]> =>
	data(client.GET('/api/v1/mappings/suggestions', { params: { query: { ...pair } }, signal }));

export async function listMappings(pair: Pair, signal?: AbortSignal): Promise<Mapping[]> {
	const query = { ...pair, page_size: ALL };
	return (await data(client.GET('/api/v1/mappings', { params: { query }, signal }))).results;
}

export const setMappings = (pair: Pair, pairs: { source_uuid: string; target_uuid: string }[]): Promise<Mapping[]> =>
	data(client.POST('/api/v1/mappings', { body: { ...pair, pairs } }));

/** The same database of the source goes to another one of the target. */
export const changeMapping = (id: number, target_uuid: string): Promise<Mapping> =>
	data(client.PATCH('/api/v1/mappings/{id}', { params: { path: { id } }, body: { target_uuid } }));

export const removeMapping = (id: number) => data(client.DELETE('/api/v1/mappings/{id}', { params: { path: { id } } }));

export async function listPairings(pair: Pair, signal?: AbortSignal): Promise<Pairing[]> {
	const query = { ...pair, page_size: ALL };
	return (await data(client.GET('/api/v1/pairings', { params: { query }, signal }))).results;
}

export const removePairing = (id: number) => data(client.DELETE('/api/v1/pairings/{id}', { params: { path: { id } } }));

/** Sets a pairing again that was removed. */
export const setPairing = ({ source, target, kind, source_uuid, target_uuid, reason }: Pairing): Promise<Pairing[]> =>
	data(
		client.POST('/api/v1/pairings', {
			body: { source, target, kind, pairs: [{ source_uuid, target_uuid }], reason },
		}),
	);
