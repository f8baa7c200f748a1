import './browser.ts';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import * as api from '#lib/api/catalogue.ts';
import { noAnswer, Problem } from '#lib/api/problem.ts';
import AssetPage from '#lib/components/catalogue/AssetPage.svelte';
import AssetUsers from '#lib/components/catalogue/AssetUsers.svelte';
import Drift from '#lib/components/catalogue/Drift.svelte';
import LastMigration from '#lib/components/catalogue/LastMigration.svelte';
import { shell } from '#lib/stores/shell.svelte.ts';
import { detail, elsewhere, MAY, row } from '#tests/mocks/catalogue.ts';

const goto = vi.hoisted(() => vi.fn(async () => {}));
vi.mock('$app/navigation', () => ({ goto }));
vi.mock('#lib/api/catalogue.ts', async (original) => ({
	...(await original<typeof api>()),
	getAsset: vi.fn(),
	startComparison: vi.fn(),
}));

const own = row(0).uuid;

beforeEach(() => {
	goto.mockClear();
	vi.mocked(api.getAsset).mockResolvedValue(detail());
});

async function page(facts: Partial<api.AssetDetail> = {}) {
	vi.mocked(api.getAsset).mockResolvedValue(detail(facts));
	render(AssetPage, { environment: 'dev', kind: 'dashboard', uuid: own });
	await screen.findByRole('heading', { level: 1 });
}

const section = (name: RegExp) => screen.getByRole('region', { name });

test('a skeleton stands while the asset is on its way', () => {
	vi.mocked(api.getAsset).mockReturnValue(new Promise(() => {}));
	render(AssetPage, { environment: 'dev', kind: 'dashboard', uuid: own });
	expect(screen.getByRole('status', { name: 'Loading' })).toBeTruthy();
});

test('an asset that there is not leads back to the list', async () => {
	vi.mocked(api.getAsset).mockRejectedValue(new Problem({ detail: 'No such dashboard.' }, 404));
	render(AssetPage, { environment: 'dev', kind: 'dashboard', uuid: own });
	expect(await screen.findByText('No such dashboard.')).toBeTruthy();
	expect(screen.getByRole('link', { name: 'Dashboards' }).getAttribute('href')).toBe('/dashboards?env=dev');
});

test('without a connection a second try is offered', async () => {
	vi.mocked(api.getAsset).mockRejectedValueOnce(noAnswer());
	render(AssetPage, { environment: 'dev', kind: 'dashboard', uuid: own });
	await fireEvent.click(await screen.findByRole('button', { name: 'Try again' }));
	expect(await screen.findByRole('heading', { level: 1, name: 'Sales Dashboard' })).toBeTruthy();
});

test('it says where the asset exists, under which name, and links there', async () => {
	await page();
	const places = section(/Across environments/);
	expect(shell.page).toEqual({
		title: 'Sales Dashboard',
		crumbs: [
			{ label: 'dev', href: '/environments/dev' },
			{ label: 'Dashboards', href: '/dashboards?env=dev' },
		],
	});
	expect(places.textContent).toContain('9 differ');
	expect(places.textContent).toContain('named Sales Dashboard (prod)');
	expect(within(places).getByRole('link', { name: 'prod' }).getAttribute('href')).toBe('/assets/prod/dashboard/there');
	expect(within(places).getAllByRole('link', { name: /Open in Superset on/ })).toHaveLength(3);
});

test('what it is made of is a graph, folded where it is long, and a table', async () => {
	await page();
	const made = section(/Dependencies/);
	expect(within(made).getByRole('link', { name: 'Quarterly Revenue' }).getAttribute('href')).toBe(
		'/assets/dev/chart/chart-1',
	);
	await fireEvent.click(within(made).getByRole('button', { name: '2 more' }));
	expect(made.querySelector('[data-state=whole]')).toBeTruthy();
	await fireEvent.click(within(made).getByRole('radio', { name: /Table/ }));
	expect(within(made).getAllByRole('row')).toHaveLength(14);
});

test('dependencies that were not read yet are not shown as none', async () => {
	await page({ known: false });
	expect(section(/Dependencies/).textContent).toContain('Sync dev');
});

test('an asset that stands alone says so everywhere', async () => {
	const { graph } = detail();
	await page({ graph: { nodes: graph.nodes.slice(0, 1), edges: [] }, used_by: [], history: [], elsewhere: [] });
	expect(section(/Dependencies/).dataset.state).toBe('alone');
	expect(section(/Used by/).dataset.state).toBe('none');
	expect(section(/History/).dataset.state).toBe('none');
	expect(section(/Across/).dataset.state).toBe('here');
	const migrate = screen.getByRole('button', { name: 'Migrate' });
	expect(document.getElementById(migrate.getAttribute('aria-describedby')!)!.textContent).toContain('no other');
});

test('a migration begins with this one asset and the chosen target', async () => {
	await page();
	await fireEvent.click(screen.getByRole('button', { name: 'Migrate' }));
	expect(goto).toHaveBeenCalledWith(`/migrations/new?source=dev&target=prod&dashboards=${own}`);
});

test('a comparison with prod opens its page', async () => {
	vi.mocked(api.startComparison).mockResolvedValue({ id: 5, state: 'queued', finished: null });
	await page();
	await fireEvent.click(screen.getByRole('button', { name: 'Compare' }));
	await waitFor(() => expect(goto).toHaveBeenCalledWith('/compare/5'));
});

test('while a migration writes it, it cannot be migrated, and says by which', async () => {
	await page({ asset: row(3) });
	const migrate = screen.getByRole('button', { name: 'Migrate' });
	expect(document.getElementById(migrate.getAttribute('aria-describedby')!)!.textContent).toContain('migration 11');
	await fireEvent.click(migrate);
	expect(goto).not.toHaveBeenCalled();
});

test('a chart has no migration of its own', async () => {
	await page({
		asset: row(0, { kind: 'chart', status: '' }),
		allowed_actions: { migrate: {}, compare: {}, sync: MAY },
	});
	expect(screen.queryByRole('button', { name: 'Migrate' })).toBeNull();
	expect(screen.getByRole('button', { name: /Sync/ })).toBeTruthy();
});

test('its history leads to the migrations', async () => {
	await page();
	const history = section(/History/);
	expect(within(history).getByRole('link', { name: 'Migration 12' }).getAttribute('href')).toBe('/migrations/12');
	expect(within(history).getByRole('link', { name: 'All migrations' }).getAttribute('href')).toBe(
		`/migrations?asset=${own}`,
	);
});

test('many users are folded', async () => {
	const users = Array.from({ length: 30 }, (_, at) => ({ ...detail().used_by[0]!, uuid: `${at}`, name: `User ${at}` }));
	render(AssetUsers, { users, environment: 'dev', own: 'dataset' });
	expect(screen.getAllByRole('listitem')).toHaveLength(20);
	await fireEvent.click(screen.getByRole('button', { name: 'Show all 30' }));
	expect(screen.getAllByRole('listitem')).toHaveLength(30);
});

test.each([
	['same', 0, 'in sync'],
	['differs', 1, '1 differs'],
	['differs', 0, 'differs'],
	['missing', 0, 'not on prod'],
	['unknown', 0, 'unknown'],
] as const)('drift “%s” (%i) is told as “%s”', (state, differs, words) => {
	const { container } = render(Drift, { props: { ...elsewhere(state, differs), target: 'prod' } });
	expect(container.textContent).toContain(words);
	expect(container.querySelector('[title]') !== null).toBe(state === 'unknown');
});

test.each([
	['planned', 'planned'],
	['submitted', 'in approval'],
	['applying', 'being applied'],
	['succeeded', 'done'],
	['interrupted', 'interrupted'],
	['rolled back', 'rolled back'],
] as const)('the last migration is “%s”: “%s”', (status, words) => {
	const { container } = render(LastMigration, { migration: { id: 4, target: 'prod', status, at: '' } });
	expect(container.textContent).toContain(`prod, ${words}`);
});

test('what was never migrated says so', () => {
	render(LastMigration, { migration: null });
	expect(screen.getByText('never').dataset.state).toBe('never');
});
