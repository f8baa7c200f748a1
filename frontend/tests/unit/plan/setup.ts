// What jsdom lacks: elements come near at once, unless a test says otherwise.

import { configure } from '@testing-library/svelte';
import { vi } from 'vitest';
import type { PlanSource, PlanView } from '#lib/api/plan.ts';
import { PlanStore } from '#lib/stores/plan.svelte.ts';
import { change } from '#tests/mocks/plan.ts';

type Entry = Pick<IntersectionObserverEntry, 'target' | 'isIntersecting' | 'boundingClientRect'>;

/** Those who watch, so that a test can say what is near. */
export const observers: FakeObserver[] = [];
export const screen_ = { near: true };

class FakeObserver {
	targets = new Set<Element>();
	#told: (entries: Entry[]) => void;
	constructor(told: (entries: Entry[]) => void) {
		this.#told = told;
		observers.push(this);
	}
	observe(target: Element) {
		this.targets.add(target);
		queueMicrotask(() => this.targets.has(target) && this.tell(target, screen_.near));
	}
	tell(target: Element, isIntersecting: boolean, bottom = 500) {
		this.#told([{ target, isIntersecting, boundingClientRect: { height: 300, bottom } as DOMRect }]);
	}
	/** It went out at the top. */
	leave(target: Element) {
		this.tell(target, false, 0);
	}
	unobserve(target: Element) {
		this.targets.delete(target);
	}
	disconnect() {
		this.targets.clear();
	}
}

/** Dialogs are loaded when they are asked for. */
const PATIENCE = 10_000;

export function browser() {
	configure({ asyncUtilTimeout: PATIENCE });
	vi.setConfig({ testTimeout: 3 * PATIENCE });
	vi.stubGlobal('IntersectionObserver', FakeObserver);
	vi.stubGlobal(
		'ResizeObserver',
		class {
			observe() {}
			unobserve() {}
			disconnect() {}
		},
	);
	Element.prototype.scrollIntoView = vi.fn();
	Element.prototype.scrollTo = vi.fn() as never;
	window.scrollTo = vi.fn();
	observers.length = 0;
	screen_.near = true;
}

export function sourceOf(view: PlanView, more: Partial<PlanSource> = {}) {
	const source = {
		migration: view.migration?.id ?? null,
		overview: vi.fn(async (_unchanged: boolean) => view),
		changes: vi.fn(async (uuids: string[]) => uuids.map((uuid) => change(uuid))),
		raw: vi.fn(async () => ({ before: 'a: 1\nb: 2\n', after: 'a: 1\nb: 3\n' })),
		markdown: vi.fn(async () => '# Plan'),
		mark: vi.fn(async (_prints: string[], _seen: boolean) => ({ seen: 2, total: 6 })),
	};
	return Object.assign(source, more) as typeof source;
}

export async function loaded(view: PlanView, more: Partial<PlanSource> = {}) {
	const source = sourceOf(view, more);
	const store = new PlanStore(source);
	await store.load();
	return { store, source };
}
