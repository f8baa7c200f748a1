import { expect, test, vi } from 'vitest';
import { drawer } from '#lib/stores/drawer.svelte.ts';

test('tabs survive a reload, and what is kept by another release is ignored', async () => {
	drawer.open(41);
	drawer.open(42);
	drawer.wide = true;
	vi.resetModules();
	const again = (await import('#lib/stores/drawer.svelte.ts')).drawer;
	expect([again.tabs, again.current, again.isOpen, again.wide]).toEqual([[41, 42], 42, true, true]);
	sessionStorage.setItem('lockstep.drawer', '{"tabs": ["x"]}');
	vi.resetModules();
	expect((await import('#lib/stores/drawer.svelte.ts')).drawer.tabs).toEqual([]);
});
