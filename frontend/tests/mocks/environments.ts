import type { EnvironmentDetail } from '#lib/api/environments.ts';

const YES = { allowed: true, reason: '', who: [] };

export function environment(facts: Partial<EnvironmentDetail> = {}): EnvironmentDetail {
	return {
		id: 3,
		name: 'prod',
		slug: 'prod',
		url: 'https://superset.example.com',
		tier: 'prod',
		protected: true,
		approvals_needed: 1,
		check_queries: false,
		enabled: true,
		username: 'lockstep',
		provider: 'db',
		ca_bundle: '',
		state: 'ok',
		release: '6.1.0',
		last_contact: '2026-11-24T22:00:05Z',
		last_error: null,
		sign_in_kinds: ['db'],
		created: '2026-11-20T08:00:00Z',
		catalogue: { finished: '2026-11-24T22:00:05Z', counts: { dashboard: 3, chart: 28 }, error: null },
		writing: null,
		freeze: null,
		protection_request: null,
		allowed_actions: { edit: YES, check: YES, sync: YES, enable: YES, disable: YES, remove: YES },
		...facts,
	};
}
