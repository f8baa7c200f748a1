// What jsdom lacks and the catalogue asks for.

class Resizes {
	observe() {}
	unobserve() {}
	disconnect() {}
}

globalThis.ResizeObserver ??= Resizes as unknown as typeof ResizeObserver;
window.matchMedia ??= (() => ({
	matches: false,
	addEventListener() {},
	removeEventListener() {},
})) as unknown as typeof window.matchMedia;
