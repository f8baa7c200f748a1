// Answers of the server for the pages of the catalogue: a thousand dashboards on dev, some of which are on prod, too.

import type {
	AssetDetail,
	DriftState,
	Elsewhere,
	EnvironmentBrief,
	Kind,
	Matrix,
	MatrixRow,
} from '../../src/lib/api/catalogue.ts';
import type { Verdict } from '../../src/lib/api/types.ts';

export const MAY: Verdict = { allowed: true, reason: '', who: [] };
export const NOW = Date.parse('2026-11-29T12:00:00Z');

const NAMES = [
	['Sales Dashboard', 'sales', 'bi_team', ['finance', 'core']],
	['USA Births Names', 'births', 'analytics', ['core']],
	['Video Game Sales', 'video_game', 'analytics', ['demo']],
	['FCC New Coder Survey 2018', 'fcc_2018', 'analytics', ['survey']],
	['World Bank’s Data, rural population and life expectancy', 'world_rural', 'analytics', ['core', 'public']],
	['Slack Dashboard', 'slack', 'bi_team', ['ops']],
	['Misc Charts', 'misc_charts', 'admin', ['demo']],
	['deck.gl Demo', 'deck', 'admin', ['demo', 'geo']],
] as const;
const STATES: DriftState[] = ['differs', 'differs', 'missing', 'same', 'same', 'unknown'];
const STATUSES = ['submitted', 'applying', 'failed', 'succeeded', 'rolled back', 'withdrawn', 'planned'] as const;

export function brief(slug: string, facts: Partial<EnvironmentBrief> = {}): EnvironmentBrief {
	return {
		slug,
		name: slug,
		tier: slug as EnvironmentBrief['tier'],
		protected: slug === 'prod',
		enabled: true,
		state: 'ok',
		release: '6.1.0',
		url: `https://${slug}.superset.test`,
		last_contact: '2026-11-29T11:58:00Z',
		catalogue: {
			finished: '2026-11-29T11:56:00Z',
			counts: { dashboard: 1019, chart: 5210, dataset: 310 },
			error: null,
		},
		writing: null,
		freeze: null,
		...facts,
	};
}

export function elsewhere(state: DriftState, differs = 0): Elsewhere {
	const there = state === 'same' || state === 'differs';
	const reason = state === 'unknown' ? 'Its datasets were not hashed yet.' : '';
	return { state, differs, reason, uuid: there ? 'there' : null, id: there ? 7 : null, url: there ? '/7' : null };
}

const uuidOf = (at: number) => `04f79081-fb49-7bac-7f14-${at.toString(16).padStart(12, '0')}`;

export function row(at: number, facts: Partial<MatrixRow> = {}): MatrixRow {
	const [name, slug, owner, tags] = NAMES[at % NAMES.length]!;
	const state = STATES[at % STATES.length]!;
	const round = Math.floor(at / NAMES.length);
	const usual = STATUSES[at % STATUSES.length]!;
	const status = usual === 'applying' && at > 9 ? 'succeeded' : usual;
	return {
		uuid: uuidOf(at),
		id: at + 1,
		kind: 'dashboard',
		name: round ? `${name}, ${round}` : name,
		slug: round ? `${slug}_${round}` : slug,
		status: at % 9 === 8 ? 'draft' : 'published',
		owners: [owner],
		tags: [...tags],
		changed_on: new Date(NOW - (12 + at * 97) * 60_000).toISOString(),
		url: `https://dev.superset.test/superset/dashboard/${at + 1}/`,
		elsewhere: { stage: elsewhere('same'), prod: elsewhere(state, state === 'differs' ? (at % 13) + 1 : 0) },
		last_migration: at % 7 === 6 ? null : { id: 12 - (at % 12), target: 'prod', status, at: '2026-11-28T10:00:00Z' },
		busy: at === 3 ? { task: 40, migration: 11, actor: 'ada', since: '2026-11-29T11:57:00Z' } : null,
		...facts,
	};
}

export function matrix(count: number, facts: Partial<Matrix> = {}): Matrix {
	const rows = Array.from({ length: count }, (_, at) => row(at));
	const verdicts = { prod: MAY, stage: MAY };
	return {
		environment: brief('dev'),
		kind: 'dashboard',
		total: count,
		others: [brief('prod'), brief('stage')].map(({ slug, name, tier, protected: guarded }) => ({
			slug,
			name,
			tier,
			protected: guarded,
		})),
		rows,
		allowed_actions: { migrate: verdicts, compare: verdicts, sync: MAY },
		...facts,
	};
}

/** One page of it, as the server gives it. */
export function pageOf(whole: Matrix, kind: Kind, offset: number, limit = 1000): Matrix {
	return { ...whole, kind, rows: whole.rows.slice(offset, offset + limit) };
}

export function detail(facts: Partial<AssetDetail> = {}): AssetDetail {
	const asset = row(0);
	const charts = Array.from({ length: 11 }, (_, at) => ({
		uuid: `chart-${at}`,
		kind: 'chart' as const,
		name: ['Total Revenue (USD)', 'Quarterly Revenue', 'Revenue by Country', 'Items Sold'][at] ?? `Chart ${at}`,
		id: at + 100,
		url: `/chart/${at}`,
		state: (at < 3 ? 'differs' : at === 3 ? 'missing' : 'same') as DriftState,
	}));
	const dataset = { uuid: 'dataset-1', kind: 'dataset' as const, name: 'cleaned_sales_data', id: 3, url: '/dataset/3' };
	const database = { uuid: 'database-1', kind: 'database' as const, name: 'examples', id: 1, url: null };
	const { uuid, kind, name, id, url } = asset;
	return {
		asset,
		environment: brief('dev'),
		graph: {
			nodes: [
				{ uuid, kind, name, id, url, state: 'differs' },
				...charts,
				{ ...dataset, state: 'differs' },
				{ ...database, state: null },
			],
			edges: [
				...charts.flatMap((chart): [string, string][] => [
					[uuid, chart.uuid],
					[chart.uuid, dataset.uuid],
				]),
				[dataset.uuid, database.uuid],
			],
		},
		used_by: [{ uuid: 'report-1', kind: 'dashboard', name: 'Sales Dashboard, EMEA', url: '/d/9', via: 'chart' }],
		elsewhere: [
			{ environment: 'prod', tier: 'prod', name: 'Sales Dashboard (prod)', ...elsewhere('differs', 9) },
			{ environment: 'stage', tier: 'stage', name: 'Sales Dashboard', ...elsewhere('same') },
		],
		history: [
			{
				migration: 12,
				title: 'Sales',
				source: 'dev',
				target: 'prod',
				status: 'submitted',
				at: '2026-11-29T11:46:00Z',
				action: 'update',
				actor: 'admin',
			},
			{
				migration: 1,
				title: 'First',
				source: 'dev',
				target: 'prod',
				status: 'succeeded',
				at: '2026-11-01T15:08:00Z',
				action: 'create',
				actor: 'ada',
			},
		],
		known: true,
		allowed_actions: { migrate: { prod: MAY, stage: MAY }, compare: { prod: MAY, stage: MAY }, sync: MAY },
		...facts,
	};
}
