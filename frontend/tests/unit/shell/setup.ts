// What jsdom lacks and bits-ui asks for, and Kit's state as a test wants it.

import { configure } from '@testing-library/svelte';
import { vi } from 'vitest';

// Menus and dialogs are loaded when they are wanted; a busy machine takes its time
configure({ asyncUtilTimeout: 8000 });
vi.setConfig({ testTimeout: 20_000 });

export const kit = {
	page: { url: new URL('http://localhost/dashboards'), status: 200 },
	updated: { current: false },
	goto: vi.fn((_url: string) => Promise.resolve()),
};

export function fillJsdom(): void {
	vi.stubGlobal(
		'ResizeObserver',
		class {
			observe() {}
			unobserve() {}
			disconnect() {}
		},
	);
	Element.prototype.scrollIntoView = () => {};
	Element.prototype.animate ??= () => ({ finished: Promise.resolve(), cancel() {} }) as unknown as Animation;
	Element.prototype.getAnimations ??= () => [];
	Element.prototype.hasPointerCapture ??= () => false;
}
