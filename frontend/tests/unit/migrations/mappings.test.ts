import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import MappingsPage from '#lib/components/mappings/MappingsPage.svelte';
import MappingTable from '#lib/components/mappings/MappingTable.svelte';
import PairingTable from '#lib/components/mappings/PairingTable.svelte';
import { MappingStore } from '#lib/stores/mapping.svelte.ts';
import { toasts } from '#lib/stores/toasts.svelte.ts';
import { lockedMapping, mapping, pageOf, pairing, suggestion } from '#tests/mocks/migrations.ts';
import { Refusal, serve } from '#tests/mocks/server.ts';

const PAIR = { source: 'dev', target: 'prod' };
const SUGGESTIONS = 'GET /api/v1/mappings/suggestions';
const MAPPINGS = 'GET /api/v1/mappings';
const PAIRINGS = 'GET /api/v1/pairings';
const ENVIRONMENTS = ['dev', 'prod', 'stage'].map((slug) => ({ slug, name: slug }));

beforeEach(() => {
	sessionStorage.clear();
	toasts.list = [];
});

async function table(routes: Record<string, unknown>, only: ReadonlySet<string> | null = null) {
	const asked = serve({ [SUGGESTIONS]: [suggestion()], [MAPPINGS]: pageOf([]), ...routes });
	const store = new MappingStore(PAIR);
	const view = render(MappingTable, { store, only });
	await store.rows.reload();
	return { asked, store, ...view };
}

const select = () => screen.findByLabelText<HTMLSelectElement>('Target of examples');

test('what is not sure is suggested with its confidence and reason, and not chosen', async () => {
	await table({});
	expect((await select()).value).toBe('');
	expect(screen.getByText('Perhaps warehouse (60 % sure): same engine')).toBeTruthy();
	expect(screen.queryByRole('button', { name: /Confirm/ })).toBeNull();
});

test('what is sure is chosen, and stored once it is confirmed', async () => {
	let stored: unknown[] = [];
	const { asked } = await table({
		[SUGGESTIONS]: [suggestion({ score: 95 })],
		[MAPPINGS]: () => pageOf(stored),
		'POST /api/v1/mappings': () => (stored = [mapping()]),
	});
	expect((await select()).value).toBe('t-1');
	await fireEvent.click(screen.getByRole('button', { name: 'Confirm 1 mapping' }));
	expect(await screen.findByText(/Confirmed by ben/)).toBeTruthy();
	expect(asked.find(({ method }) => method === 'POST')!.body).toEqual({
		...PAIR,
		pairs: [{ source_uuid: 's-1', target_uuid: 't-1' }],
	});
});

test('a stored mapping is changed in place, and a refusal stands below', async () => {
	const { asked } = await table({
		[MAPPINGS]: pageOf([mapping()]),
		'PATCH /api/v1/mappings/5': new Refusal(409, { detail: 'It is used.' }),
	});
	await userEvent.selectOptions(await select(), 't-2');
	await fireEvent.click(screen.getByRole('button', { name: 'Confirm 1 mapping' }));
	expect(await screen.findByText('It is used.')).toBeTruthy();
	expect(asked.find(({ method }) => method === 'PATCH')!.body).toEqual({ target_uuid: 't-2' });
	expect((await select()).value).toBe('t-2');
});

test('what was chosen survives a reload of the page', async () => {
	const { unmount } = await table({});
	await userEvent.selectOptions(await select(), 't-2');
	unmount();
	await table({});
	expect((await select()).value).toBe('t-2');
});

test('a removal can be undone', async () => {
	let stored = [mapping()];
	const { asked } = await table({
		[MAPPINGS]: () => pageOf(stored),
		'DELETE /api/v1/mappings/5': () => ((stored = []), ''),
		'POST /api/v1/mappings': () => (stored = [mapping()]),
	});
	await fireEvent.click(await screen.findByRole('button', { name: 'Remove the mapping of examples' }));
	await waitFor(() => expect(toasts.list[0]?.text).toBe('The mapping of examples was removed.'));
	expect((await select()).value).toBe('');
	toasts.list[0]!.action!.run();
	expect(await screen.findByText(/Confirmed by ben/)).toBeTruthy();
	expect(asked.some(({ method }) => method === 'POST')).toBe(true);
});

test('who may not map reads why', async () => {
	await table({ [MAPPINGS]: pageOf([lockedMapping]) });
	expect((await select()).disabled).toBe(true);
	expect(screen.getByText(/You may not map/, { selector: 'td span span' })).toBeTruthy();
});

test('only the databases that are needed are shown, or that none is', async () => {
	await table({}, new Set(['other']));
	expect(await screen.findByText('The chosen dashboards read no database.')).toBeTruthy();
});

test('without a catalogue the way leads to the environment', async () => {
	await table({ [SUGGESTIONS]: [] });
	expect((await screen.findByRole('link', { name: 'To the environment' })).getAttribute('href')).toBe(
		'/environments/dev',
	);
});

test('a pairing is removed, and paired again', async () => {
	let rows = [pairing()];
	const asked = serve({
		[PAIRINGS]: () => pageOf(rows),
		'DELETE /api/v1/pairings/5': () => ((rows = []), ''),
		'POST /api/v1/pairings': () => (rows = [pairing()]),
	});
	render(PairingTable, { pair: PAIR });
	await fireEvent.click(await screen.findByRole('button', { name: 'Remove the pairing of births' }));
	expect(await screen.findByText('None: all assets are paired by their UUID.')).toBeTruthy();
	await waitFor(() => expect(toasts.list).toHaveLength(1));
	toasts.list[0]!.action!.run();
	expect(await screen.findByText('births_prod')).toBeTruthy();
	expect(asked.find(({ method }) => method === 'POST')!.body).toMatchObject({
		kind: 'dataset',
		reason: 'the same table',
	});
});

test('the environments are chosen, turned round, and never the same twice', async () => {
	serve({ [SUGGESTIONS]: [], [MAPPINGS]: pageOf([]), [PAIRINGS]: pageOf([]) });
	const choose = vi.fn();
	render(MappingsPage, { environments: ENVIRONMENTS, pair: PAIR, choose });
	await fireEvent.click(screen.getByRole('button', { name: 'Turn round' }));
	expect(choose).toHaveBeenLastCalledWith({ source: 'prod', target: 'dev' });
	await userEvent.selectOptions(screen.getByLabelText('Target'), 'stage');
	expect(choose).toHaveBeenLastCalledWith({ source: 'dev', target: 'stage' });
	await userEvent.selectOptions(screen.getByLabelText('Source'), 'prod');
	expect(choose).toHaveBeenLastCalledWith({ source: 'prod', target: 'dev' });
});

test('with one environment the way leads to a second one', () => {
	render(MappingsPage, { environments: ENVIRONMENTS.slice(0, 1), pair: null, choose: vi.fn() });
	expect(screen.getByRole('link', { name: 'Add environment' })).toBeTruthy();
});
