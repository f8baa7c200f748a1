// Records every `data-state` that a component renders while a test file runs. `lockstep contracts check` reads the record:
// a state that a contract names and no test has rendered is a violation.
//
// Svelte, in development, notes on each element which file it was written in: so a state counts for the component whose
// markup has it, not for the one that a test rendered. The component's checksum tells which version was seen.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cleanup, configure } from '@testing-library/svelte';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

type Written = Element & { __svelte_meta?: { loc: { file: string } } };

// A part that is loaded late takes a while on a busy machine; only a failing test waits that long
configure({ asyncUtilTimeout: 15_000 });

const ATTRIBUTE = 'data-state';
const folder = process.env.LOCKSTEP_STATES ?? resolve(import.meta.dirname, '../.states');
const seen = new Map<string, Set<string>>();

function note(element: Written, state: string | null) {
	const file = element.__svelte_meta?.loc.file;
	if (!file || state === null) return;
	const path = resolve(file);
	seen.set(path, (seen.get(path) ?? new Set()).add(state));
}

function noteAll(node: Node) {
	if (!(node instanceof Element)) return;
	for (const each of [node, ...node.querySelectorAll(`[${ATTRIBUTE}]`)]) note(each, each.getAttribute(ATTRIBUTE));
}

function noteChanges(changes: MutationRecord[]) {
	for (const { type, target, oldValue, addedNodes } of changes) {
		if (type === 'attributes') note(target as Element, oldValue);
		addedNodes.forEach(noteAll);
		noteAll(target);
	}
}

const observer = new MutationObserver(noteChanges);

beforeAll(() => {
	observer.observe(document, { subtree: true, childList: true, attributeFilter: [ATTRIBUTE], attributeOldValue: true });
});

afterEach(() => {
	noteChanges(observer.takeRecords());
	cleanup();
});

afterAll(() => {
	observer.disconnect();
	const test = expect.getState().testPath!;
	const components = [...seen].map(([path, states]) => ({
		path,
		checksum: createHash('sha256').update(readFileSync(path)).digest('hex'),
		states: [...states].sort(),
	}));
	mkdirSync(folder, { recursive: true });
	const name = createHash('sha256').update(test).digest('hex').slice(0, 16);
	writeFileSync(join(folder, `${name}.json`), JSON.stringify({ test, components }, null, '\t'));
});
