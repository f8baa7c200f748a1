// [DEF:lib/components/environments/draft.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: What the form of an environment holds, and the request it becomes.
// @RELATION DEPENDS_ON -> lib/api/environments.ts

import type { AddRequest, EditRequest, EnvironmentDetail } from '#lib/api/environments.ts';

export interface Draft {
	name: string;
	url: string;
	tier: 'dev' | 'test' | 'stage' | 'prod' | 'other';
	isProtected: boolean;
	approvals: number;
	checkQueries: boolean;
	provider: 'db' | 'ldap' | 'token';
	username: string;
	secret: string;
	caBundle: string;
	reason: string;
}

export function draftOf(environment: EnvironmentDetail | undefined): Draft {
	return {
		name: environment?.name ?? '',
		url: environment?.url ?? '',
		tier: (environment?.tier as Draft['tier']) ?? 'dev',
		isProtected: environment?.protected ?? false,
		approvals: environment?.approvals_needed ?? 1,
		checkQueries: environment?.check_queries ?? false,
		provider: (environment?.provider as Draft['provider']) ?? 'db',
		username: environment?.username ?? '',
		secret: '',
		caBundle: environment?.ca_bundle ?? '',
		reason: '',
	};
}

export function toAdd(draft: Draft): AddRequest {
	return {
		name: draft.name,
		url: draft.url,
		tier: draft.tier,
		protected: draft.isProtected,
		approvals_needed: draft.approvals,
		check_queries: draft.checkQueries,
		ca_bundle: draft.caBundle,
		sign_in: signInOf(draft),
	};
}

/** Only what differs: what somebody else changed meanwhile is not set back. Without a secret, the account stays. */
export function toEdit(draft: Draft, environment: EnvironmentDetail): EditRequest {
	const before = draftOf(environment);
	const request: EditRequest = {};
	if (draft.url !== before.url) request.url = draft.url;
	if (draft.tier !== before.tier) request.tier = draft.tier;
	if (draft.isProtected !== before.isProtected) request.protected = draft.isProtected;
	if (draft.approvals !== before.approvals) request.approvals_needed = draft.approvals;
	if (draft.checkQueries !== before.checkQueries) request.check_queries = draft.checkQueries;
	if (draft.caBundle !== before.caBundle) request.ca_bundle = draft.caBundle;
	if (draft.reason) request.reason = draft.reason;
	if (draft.secret) request.sign_in = signInOf(draft);
	return request;
}

function signInOf(draft: Draft) {
	return { provider: draft.provider, username: draft.provider === 'token' ? '' : draft.username, secret: draft.secret };
}
