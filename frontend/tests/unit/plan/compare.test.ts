import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { keep } from '#lib/api/plan.ts';
import ComparePage from '#lib/components/plan/ComparePage.svelte';
import { activity } from '#lib/stores/activity.svelte.ts';
import { drawer } from '#lib/stores/drawer.svelte.ts';
import { PlanStore } from '#lib/stores/plan.svelte.ts';
import { no, view } from '#tests/mocks/plan.ts';
import { Refusal, serve } from '#tests/mocks/server.ts';
import { anActivity, aTask } from '#tests/mocks/shell.ts';
import { browser, sourceOf } from './setup.ts';

const TASK = 'GET /api/v1/tasks/9';
const MATRIX = 'GET /api/v1/environments/dev/matrix';
const migrate = { prod: no('You may not plan for prod.', 'lin') };
const matrix = { allowed_actions: { migrate, compare: {}, sync: {} } };
const finished = '2026-11-29T20:00:00Z';
const params = { source: 'dev', target: 'prod', dashboards: ['1'], everything: false, migration: null, keep: false };
const planning = { ...aTask(9), action: 'plan', title: 'Compare dev with prod', error: null, params };

beforeEach(() => {
	browser();
	activity.data = anActivity();
	vi.spyOn(drawer, 'open').mockImplementation(() => {});
});

function open(pace = 60_000) {
	const source = sourceOf(view({ migration: null, allowed_actions: {} }), { mark: undefined });
	const url = new URL('https://lockstep.example/compare/9');
	render(ComparePage, { store: new PlanStore(source), task: 9, url, navigate: vi.fn(), pace });
	return source;
}

test('while the task runs its state is shown; the plan comes when it has ended', async () => {
	let task: object = planning;
	serve({ [TASK]: () => task, [MATRIX]: matrix });
	const source = open();
	expect(document.querySelector('[data-state=loading]')).toBeTruthy();
	expect(await screen.findByText(/The plan is being made/)).toBeTruthy();
	expect(source.overview).not.toHaveBeenCalled();
	await fireEvent.click(screen.getByRole('button', { name: 'Show the task' }));
	expect(drawer.open).toHaveBeenCalledWith(9);
	task = { ...planning, state: 'succeeded', finished };
	activity.hear({ type: 'activity', tasks: [{ id: 9, state: 'succeeded' }] });
	expect(await screen.findByText(/will be written/)).toBeTruthy();
	expect(await screen.findByText('Who can: lin.')).toBeTruthy();
});

test('without news the task is asked for again; one that asks something says so', async () => {
	let task: object = { ...planning, state: 'awaiting_input' };
	serve({ [TASK]: () => task, [MATRIX]: matrix });
	open(20);
	expect(await screen.findByText(/waits for an answer/)).toBeTruthy();
	task = { ...planning, state: 'failed', finished, error: { kind: 'x', sentence: 'dev does not answer.' } };
	expect(await screen.findByText('dev does not answer.')).toBeTruthy();
	expect(screen.getByRole('link', { name: 'Open the page of the task' }).getAttribute('href')).toBe('/tasks/9');
});

test('a task that nobody may see is no endless waiting', async () => {
	const asked = serve({ [TASK]: new Refusal(404, { detail: 'There is no such task.' }) });
	open();
	expect(await screen.findByText('There is no such task.')).toBeTruthy();
	await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
	await waitFor(() => expect(asked).toHaveLength(2));
});

test('what was compared is planned again with the same choices, and without what only the task knows', async () => {
	const asked = serve({ [TASK]: planning, 'POST /api/v1/migrations/plan': { id: 10, state: 'queued' } });
	await keep(9);
	const body = {
		source: 'dev',
		target: 'prod',
		dashboards: ['1'],
		everything: false,
		allow_many: false,
		carry: [],
		connections: [],
		prune: false,
		keep: true,
	};
	expect(asked.at(-1)!.body).toEqual(body);
});
