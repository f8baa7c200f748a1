// [DEF:lib/api/environments.ts:Module]
// @COMPLEXITY: 3
// @PURPOSE: The Superset environments: read, add, edit, and test their connection.
// @RELATION DEPENDS_ON -> lib/api/client.ts

import { client, data } from './client.ts';
import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type Writing = Schemas['Writing'];
export type EnvironmentRow = Schemas['EnvironmentRow'];
export type EnvironmentDetail = Schemas['EnvironmentDetail'];
export type AddRequest = Schemas['EnvironmentAddRequest'];
export type EditRequest = Schemas['PatchedEnvironmentEditRequest'];
export type Credentials = Schemas['CredentialsRequest'];
type Task = Schemas['TaskDetail'];

const ALL = 200;
const at = (slug: string) => ({ params: { path: { slug } } });

export async function listEnvironments(signal?: AbortSignal): Promise<EnvironmentRow[]> {
	const query = { page_size: ALL };
	const page = await data(client.GET('/api/v1/environments', { params: { query }, signal }));
	return page.results;
}

export const getEnvironment = (slug: string, signal?: AbortSignal): Promise<EnvironmentDetail> =>
	data(client.GET('/api/v1/environments/{slug}', { ...at(slug), signal }));
export const addEnvironment = (body: AddRequest): Promise<EnvironmentDetail> =>
	data(client.POST('/api/v1/environments', { body }));
export const editEnvironment = (slug: string, body: EditRequest): Promise<EnvironmentDetail> =>
	data(client.PATCH('/api/v1/environments/{slug}', { ...at(slug), body }));
export const setCredentials = (slug: string, body: Credentials): Promise<EnvironmentDetail> =>
	data(client.PUT('/api/v1/environments/{slug}/credentials', { ...at(slug), body }));
/** Undefined once it is gone. */
export const removeEnvironment = (slug: string): Promise<EnvironmentDetail | undefined> =>
	data<EnvironmentDetail | undefined>(client.DELETE('/api/v1/environments/{slug}', at(slug)));
export const switchEnvironment = (slug: string, on: boolean): Promise<EnvironmentDetail> =>
	on
		? data(client.POST('/api/v1/environments/{slug}/enable', at(slug)))
		: data(client.POST('/api/v1/environments/{slug}/disable', at(slug)));
/** Undefined if the confirmed change was its removal. */
export const decideProtection = (slug: string, verb: 'confirm' | 'decline'): Promise<EnvironmentDetail | undefined> =>
	verb === 'confirm'
		? data<EnvironmentDetail | undefined>(client.POST('/api/v1/environments/{slug}/confirm', at(slug)))
		: data(client.POST('/api/v1/environments/{slug}/decline', at(slug)));
export const startCheck = (slug: string): Promise<Task> =>
	data(client.POST('/api/v1/environments/{slug}/check', at(slug)));
export const startSync = (slug: string): Promise<Task> =>
	data(client.POST('/api/v1/environments/{slug}/sync', { ...at(slug), body: { everything: false } }));
export const getTask = (id: number, signal?: AbortSignal): Promise<Task> =>
	data(client.GET('/api/v1/tasks/{id}', { params: { path: { id } }, signal }));
