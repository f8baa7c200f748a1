// [DEF:lib/api/shell.ts:Module]
// @COMPLEXITY: 3
// @PURPOSE: What the shell asks of the server: activity, search, one's own sessions and tokens.
// @RELATION DEPENDS_ON -> lib/api/client.ts

import { client, data } from './client.ts';
import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type Sign = Schemas['Sign'];
export type Health = Schemas['Health'];
export type TaskState = Schemas['TaskState'];
export type Token = Schemas['Token'];
export type MadeToken = Schemas['TokenMade'];

export type ActivityTask = Schemas['Task'];
export type Activity = Schemas['Activity'];

/** What `/ws/activity/` sends. */
export interface ActivityMessage {
	type: string;
	counts?: Partial<Record<TaskState, number>>;
	tasks?: (Partial<ActivityTask> & { id: number; state: TaskState })[];
}

export type Found = Schemas['SearchResult'];
export type FoundType = Found['type'];
export type NewToken = Schemas['NewTokenRequest'];

export const getActivity = (signal?: AbortSignal): Promise<Activity> =>
	data(client.GET('/api/v1/activity', { signal }));

export async function search(text: string, signal?: AbortSignal): Promise<Found[]> {
	return (await data(client.GET('/api/v1/search', { params: { query: { q: text } }, signal }))).results;
}

/** Signs out everywhere, here too. */
export const endSessions = () => data(client.DELETE('/api/v1/sessions'));

const MOST_TOKENS = 200;

export async function listTokens(signal?: AbortSignal): Promise<Token[]> {
	const query = { state: 'valid' as const, page_size: MOST_TOKENS };
	return (await data(client.GET('/api/v1/tokens', { params: { query }, signal }))).results;
}

export const makeToken = (body: NewToken): Promise<MadeToken> => data(client.POST('/api/v1/tokens', { body }));

export const revokeToken = (id: number) => data(client.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } }));
