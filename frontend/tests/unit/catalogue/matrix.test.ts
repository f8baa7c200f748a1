import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as api from '#lib/api/catalogue.ts';
import { noAnswer } from '#lib/api/problem.ts';
import { MatrixStore } from '#lib/stores/matrix.svelte.ts';
import { brief, matrix, pageOf } from '#tests/mocks/catalogue.ts';
import { environment } from '#tests/mocks/environments.ts';

vi.mock('#lib/api/catalogue.ts', async (original) => ({
	...(await original<typeof api>()),
	getMatrix: vi.fn(),
	listEnvironments: vi.fn(),
	startSync: vi.fn(),
	getTask: vi.fn(),
}));

const whole = matrix(2100);

beforeEach(() => {
	vi.mocked(api.listEnvironments).mockResolvedValue([environment({ ...brief('dev') })]);
	vi.mocked(api.getMatrix).mockImplementation(async (_, kind, offset) => pageOf(whole, kind, offset));
});
afterEach(() => vi.useRealTimers());

test('the first thousand are shown while the others are read', async () => {
	const store = new MatrixStore('dashboard');
	const sizes: number[] = [];
	vi.mocked(api.getMatrix).mockImplementation(async (_, kind, offset) => {
		sizes.push(store.data?.rows.length ?? 0);
		return pageOf(whole, kind, offset);
	});
	await store.open('dev');
	expect(sizes).toEqual([0, 1000, 2000]);
	expect(store.data?.rows).toHaveLength(2100);
	expect(store.partial).toBe(false);
});

test('rows that were shown stay whole while they are read again', async () => {
	const store = new MatrixStore('dashboard');
	await store.open('dev');
	const seen: number[] = [];
	vi.mocked(api.getMatrix).mockImplementation(async (_, kind, offset) => {
		seen.push(store.data!.rows.length);
		return pageOf(whole, kind, offset);
	});
	await store.reload();
	expect(seen).toEqual([2100, 2100, 2100]);
});

test('the late answer for an environment that was left is dropped', async () => {
	const store = new MatrixStore('dashboard');
	let arrive = (_: api.Matrix) => {};
	vi.mocked(api.getMatrix).mockImplementationOnce(() => new Promise((resolve) => (arrive = resolve)));
	const left = store.open('dev');
	await store.open('prod');
	const shown = store.data;
	arrive(matrix(3));
	await left;
	expect(store.slug).toBe('prod');
	expect(store.data).toBe(shown);
});

test('an environment that was seen before is there at once', async () => {
	const store = new MatrixStore('dashboard');
	await store.open('dev');
	await store.open('prod');
	void store.open('dev');
	expect(store.data?.rows).toHaveLength(2100);
});

test('without an answer what was shown stays, with the reason', async () => {
	const store = new MatrixStore('dashboard');
	await store.open('dev');
	vi.mocked(api.getMatrix).mockRejectedValue(noAnswer());
	await store.reload();
	expect(store.data?.rows).toHaveLength(2100);
	expect(store.problem?.offline).toBe(true);
});

test('a server that promises more rows than it has does not keep us asking', async () => {
	const store = new MatrixStore('dashboard');
	vi.mocked(api.getMatrix).mockImplementation(async (_, kind, offset) => ({
		...pageOf(matrix(10), kind, offset),
		total: 11,
	}));
	await store.open('dev');
	expect(store.data?.rows).toHaveLength(10);
	expect(store.loading).toBe(false);
});

test('when a sync has ended, the rows are read again', async () => {
	vi.useFakeTimers();
	const store = new MatrixStore('dashboard');
	await store.open('dev');
	vi.mocked(api.startSync).mockResolvedValue({ id: 7, state: 'queued', finished: null });
	vi.mocked(api.getTask)
		.mockResolvedValueOnce({ id: 7, state: 'running', finished: null })
		.mockRejectedValueOnce(noAnswer())
		.mockResolvedValueOnce({ id: 7, state: 'succeeded', finished: '2026-11-29T12:00:00Z' });
	expect(await store.sync('dev')).toBe(7);
	expect(store.syncing).toEqual(['dev']);
	vi.mocked(api.getMatrix).mockClear();
	await vi.advanceTimersByTimeAsync(4000);
	expect(store.syncing).toEqual(['dev']);
	await vi.advanceTimersByTimeAsync(2000);
	expect(store.syncing).toEqual([]);
	expect(api.getMatrix).toHaveBeenCalled();
});
