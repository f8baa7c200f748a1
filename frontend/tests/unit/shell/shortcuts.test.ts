import { afterEach, expect, test, vi } from 'vitest';
import { shortcuts } from '#lib/stores/shortcuts.svelte.ts';

const label = () => '';
addEventListener('keydown', shortcuts.handle);

afterEach(() => {
	shortcuts.list = [];
	document.body.replaceChildren();
});

function press(key: string, more: KeyboardEventInit = {}, target: EventTarget = document.body): KeyboardEvent {
	const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });
	target.dispatchEvent(event);
	return event;
}

function field(html: string): Element {
	document.body.innerHTML = html;
	return document.body.firstElementChild!;
}

test('the newest key goes first, and gives way when it is taken back', () => {
	const [old, newer] = [vi.fn(), vi.fn()];
	shortcuts.register({ keys: 'j', label, run: old });
	const back = shortcuts.register({ keys: 'j', label, run: newer });
	press('j');
	back();
	press('j');
	expect([old.mock.calls.length, newer.mock.calls.length]).toEqual([1, 1]);
});

test('who types is left alone, but for what is always there', () => {
	const [letter, palette] = [vi.fn(), vi.fn()];
	shortcuts.register({ keys: 'x', label, run: letter }, { keys: 'Ctrl+k', label, run: palette, always: true });
	for (const html of ['<input>', '<textarea></textarea>', '<select></select>', '<div role="menu"></div>']) {
		press('x', {}, field(html));
	}
	expect(letter).not.toHaveBeenCalled();
	press('k', { ctrlKey: true }, field('<input>'));
	expect(palette).toHaveBeenCalledOnce();
	press('x', {}, field('<input type="checkbox">'));
	expect(letter).toHaveBeenCalledOnce();
});

test('Ctrl, Alt and Shift belong to the key', () => {
	const run = vi.fn();
	shortcuts.register({ keys: 'k', label, run });
	press('k', { ctrlKey: true });
	press('k', { altKey: true });
	press('K', { shiftKey: true });
	expect(run).not.toHaveBeenCalled();
});

test('a question mark needs Shift on most keyboards', () => {
	const run = vi.fn();
	shortcuts.register({ keys: '?', label, run });
	press('?', { shiftKey: true });
	expect(run).toHaveBeenCalledOnce();
});

test('on a Russian keyboard the same places do the same', () => {
	const [letter, bracket, palette] = [vi.fn(), vi.fn(), vi.fn()];
	shortcuts.register(
		{ keys: 't', label, run: letter },
		{ keys: '[', label, run: bracket },
		{ keys: 'Ctrl+k', label, run: palette },
	);
	press('е', { code: 'KeyT' });
	press('х', { code: 'BracketLeft' });
	press('л', { code: 'KeyK', ctrlKey: true });
	expect([letter, bracket, palette].map((each) => each.mock.calls.length)).toEqual([1, 1, 1]);
});

test('a key that does nothing now is left to others', () => {
	const run = vi.fn();
	shortcuts.register({ keys: 'Escape', label, run, when: () => false });
	expect(press('Escape').defaultPrevented).toBe(false);
	expect(run).not.toHaveBeenCalled();
});

test('while the focus is in the drawer only its keys and those of the application run', () => {
	const [page, own, app] = [vi.fn(), vi.fn(), vi.fn()];
	shortcuts.register(
		{ keys: 'Escape', label, group: 'drawer', run: own },
		{ keys: 't', label, group: 'app', run: app },
	);
	shortcuts.register({ keys: 'Escape', label, run: page }, { keys: 'x', label, run: page });
	const inside = field('<aside data-drawer><button></button></aside>').querySelector('button')!;
	press('Escape', {}, inside);
	press('t', {}, inside);
	expect(press('x', {}, inside).defaultPrevented).toBe(false);
	expect([page, own, app].map((each) => each.mock.calls.length)).toEqual([0, 1, 1]);
});

test('where nothing has the focus the page goes first, then the drawer; in the page the drawer has no keys', () => {
	let selected = true;
	const [page, own] = [vi.fn(() => (selected = false)), vi.fn()];
	shortcuts.register({ keys: 'Escape', label, run: page, when: () => selected });
	shortcuts.register({ keys: 'Escape', label, group: 'drawer', run: own });
	press('Escape');
	expect([page, own].map((each) => each.mock.calls.length)).toEqual([1, 0]);
	press('Escape');
	expect([page, own].map((each) => each.mock.calls.length)).toEqual([1, 1]);
	press('Escape', {}, field('<button></button>'));
	expect(own).toHaveBeenCalledOnce();
});

test('a dialog has keys of its own', () => {
	const run = vi.fn();
	shortcuts.register({ keys: 'x', label, run });
	press('x', {}, field('<div role="dialog"><input type="checkbox"></div>').querySelector('input')!);
	expect(run).not.toHaveBeenCalled();
});
