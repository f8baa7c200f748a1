import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '#lib/api/problem.ts';
import { INITIAL } from '#lib/components/plan/query.ts';
import { PlanStore } from '#lib/stores/plan.svelte.ts';
import { toasts } from '#lib/stores/toasts.svelte.ts';
import { change, concern, migration, node, NODES, plan, view } from '#tests/mocks/plan.ts';
import { browser, loaded, sourceOf } from './setup.ts';

const names = (store: PlanStore) => store.order.map((each) => each.uuid);
const changed = ['sales', 'revenue', 'country', 'cleaned', 'boys', 'births', 'season'];

beforeEach(browser);
afterEach(() => {
	vi.useRealTimers();
	toasts.list.forEach((each) => toasts.close(each.id));
});

test('at first everything is shown but what stays as it is', async () => {
	const { store } = await loaded(view());
	expect(names(store)).toEqual(changed);
	expect(store.reading).toBe('sales');
});

test('each number filters, several at once', async () => {
	const { store } = await loaded(view());
	store.toggleAction('update');
	expect(names(store)).toEqual(['country', 'season']);
	store.toggleAction('orphan');
	expect(names(store)).toEqual(['country']);
	store.clear();
	expect(names(store)).toEqual(changed);
});

test('a filter tells the address, and the address sets filters without telling it', async () => {
	const { store } = await loaded(view());
	store.onquery = vi.fn();
	store.show({ search: 'BOY' });
	expect(names(store)).toEqual(['boys']);
	expect(store.onquery).toHaveBeenCalledWith(expect.objectContaining({ search: 'BOY' }));
	await store.read({ ...INITIAL, by: 'kind' });
	expect(store.onquery).toHaveBeenCalledOnce();
	expect(names(store)[1]).toBe('revenue');
});

test('unchanged assets are asked for when somebody wants to see them, once', async () => {
	const { store, source } = await loaded(view());
	store.toggleAction('unchanged');
	await vi.waitFor(() => expect(source.overview).toHaveBeenLastCalledWith(true, expect.anything()));
	store.toggleAction('unchanged');
	store.toggleAction('unchanged');
	expect(source.overview).toHaveBeenCalledTimes(2);
	expect(names(store)).toContain('deck');
});

test('a link to an unchanged asset brings it along', async () => {
	const source = sourceOf(view());
	const store = new PlanStore(source);
	await store.read({ ...INITIAL, change: 'elsewhere' });
	await store.load();
	expect(source.overview).toHaveBeenLastCalledWith(true, expect.anything());
});

test('a risk shows what it is about, and again everything', async () => {
	const { store } = await loaded(view());
	const risk = store.view!.plan.risks[2]!;
	store.showConcern(risk);
	expect(names(store)).toEqual(['revenue', 'boys']);
	store.showConcern(risk);
	expect(names(store)).toEqual(changed);
});

test('only what has a risk', async () => {
	const { store } = await loaded(view());
	store.toggleOnly('risk');
	expect(names(store)).toEqual(['births']);
	store.toggleOnly('risk');
	expect(names(store)).toEqual(changed);
});

test('only what is new since the approval', async () => {
	const nodes = NODES.map((each) => (each.uuid === 'boys' ? { ...each, new: true } : each));
	const { store } = await loaded(view({ plan: plan({ nodes }) }));
	store.show({ fresh: true });
	expect(names(store)).toEqual(['boys']);
	expect(store.fresh).toHaveLength(1);
});

test('next and previous follow the order and stop at the ends', async () => {
	const { store } = await loaded(view());
	expect(store.step(1)?.uuid).toBe('revenue');
	expect(store.step(-1)?.uuid).toBe('sales');
	expect(store.step(-1)).toBeUndefined();
	expect(store.reading).toBe('sales');
	store.reading = 'season';
	expect(store.step(1)).toBeUndefined();
	expect(store.position).toBe(6);
});

test('a mark counts at once, folds, and is kept', async () => {
	let answer = (_: { seen: number; total: number }) => {};
	const mark = vi.fn(() => new Promise<{ seen: number; total: number }>((resolve) => (answer = resolve)));
	const { store } = await loaded(view(), { mark });
	const boys = store.byUuid.get('boys')!;
	const sent = store.mark(boys, true);
	expect(store.seen).toBe(2);
	expect(store.isFolded(boys)).toBe(true);
	await Promise.resolve();
	answer({ seen: 2, total: 6 });
	await sent;
	expect(mark).toHaveBeenCalledWith(['print-boys'], true);
	expect(store.byUuid.get('boys')!.seen).toBe(true);
	expect(store.seen).toBe(2);
});

test('a mark that is not kept is taken back, and said', async () => {
	const mark = vi.fn(() => Promise.reject(new Problem({ detail: 'No.' }, 500)));
	const { store } = await loaded(view(), { mark });
	await store.mark(store.byUuid.get('boys')!, true);
	expect(store.seen).toBe(1);
	expect(store.isSeen(store.byUuid.get('boys')!)).toBe(false);
	expect(toasts.list.map((each) => each.text)).toEqual(['No.']);
});

test('marks arrive in the order in which they were made', async () => {
	const sent: boolean[] = [];
	const mark = vi.fn(async (_: string[], seen: boolean) => {
		sent.push(seen);
		return { seen: seen ? 2 : 1, total: 6 };
	});
	const { store } = await loaded(view(), { mark });
	const boys = store.byUuid.get('boys')!;
	await Promise.all([store.mark(boys, true), store.mark(boys, false)]);
	expect(sent).toEqual([true, false]);
	expect(store.seen).toBe(1);
});

test('while only unseen ones are shown, the next is read after a mark', async () => {
	const { store } = await loaded(view());
	store.show({ unseen: true });
	expect(names(store)).not.toContain('revenue');
	await store.mark(store.current!, true);
	expect(names(store)).not.toContain('sales');
	expect(store.reading).toBe('country');
});

test('differences are asked for together and kept', async () => {
	const { store, source } = await loaded(view());
	store.want('sales');
	store.want('boys');
	store.want('sales');
	expect(store.views.get('sales')).toBe('loading');
	await vi.waitFor(() => expect(store.views.get('boys')).toEqual(change('boys')));
	expect(source.changes).toHaveBeenCalledExactlyOnceWith(['sales', 'boys']);
	store.want('sales');
	expect(source.changes).toHaveBeenCalledOnce();
});

test('many differences come in several requests', async () => {
	const { store, source } = await loaded(view());
	for (let index = 0; index < 45; index++) store.want(`n${index}`);
	await vi.waitFor(() => expect(store.views.get('n44')).not.toBe('loading'));
	expect(source.changes.mock.calls.map(([uuids]) => uuids.length)).toEqual([20, 20, 5]);
});

test('differences that did not come can be asked for again', async () => {
	const changes = vi.fn<(uuids: string[]) => Promise<never[]>>().mockRejectedValueOnce(new Problem({}, 500));
	const { store } = await loaded(view(), { changes });
	store.want('boys');
	await vi.waitFor(() => expect(store.views.get('boys')).toBeInstanceOf(Problem));
	changes.mockResolvedValueOnce([]);
	store.again('boys');
	await vi.waitFor(() => expect(store.views.get('boys')).toMatchObject({ sections: [] }));
});

test('a new plan keeps the differences that are the same, and asks for the others', async () => {
	const first = view();
	const { store, source } = await loaded(first);
	['sales', 'boys'].forEach((uuid) => store.want(uuid));
	await vi.waitFor(() => expect(store.views.get('boys')).toMatchObject({ uuid: 'boys' }));
	const nodes = NODES.map((each) => (each.uuid === 'boys' ? { ...each, fingerprint: 'other' } : each));
	source.overview.mockResolvedValue(view({ plan: plan({ nodes, checksum: 'new' }) }));
	store.replanning = { checksum: first.plan.checksum, task: 3 };
	await store.overview.reload();
	expect(store.views.has('sales')).toBe(true);
	expect(store.views.has('boys')).toBe(false);
	expect(store.replanning).toBeNull();
});

test('it moves while a run writes or a plan is made', async () => {
	expect((await loaded(view({ migration: migration('applying') }))).store.moving).toBe(true);
	const { store } = await loaded(view());
	expect(store.moving).toBe(false);
	store.replanning = { checksum: 'x', task: 1 };
	flushSync();
	expect(store.moving).toBe(true);
});

test('folds are kept', async () => {
	const { store } = await loaded(view());
	store.toggleFold('sales');
	expect(store.tree.rows.map((row) => row.key).slice(0, 2)).toEqual(['sales', 'usa']);
	expect(names(store)).toEqual(changed);
	store.toggleFold('sales');
	expect(store.tree.rows[1]!.key).toBe('revenue');
});

test('risks of the same code have addresses of their own', async () => {
	const risks = [concern({ assets: ['boys'] }), concern({ assets: ['births'] })];
	const { store } = await loaded(view({ plan: plan({ risks }) }));
	store.showConcern(risks[1]!);
	expect(store.query.about).toBe('used_though_removed.2');
	expect(names(store)).toEqual(['births']);
});

test('a change opened by hand stays open, though it was seen', async () => {
	const { store } = await loaded(view({ plan: plan({ nodes: [node('a', 'chart', 'update', { seen: true })] }) }));
	const a = store.byUuid.get('a')!;
	expect(store.isFolded(a)).toBe(true);
	store.cards.set('a', false);
	expect(store.isFolded(a)).toBe(false);
});
