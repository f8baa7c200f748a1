// [DEF:lib/components/shell/focus.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: After a navigation the focus goes to the title of the new page, as soon as there is one.

const PATIENCE = 3000;

/** Returns how to give up. Somebody who has put the focus elsewhere keeps it there. */
export function focusTitle(main: HTMLElement, patience = PATIENCE): () => void {
	const begun = document.activeElement;
	if (take(main)) return () => {};
	const observer = new MutationObserver(() => {
		if (document.activeElement !== begun || take(main)) stop();
	});
	const timer = setTimeout(stop, patience);
	observer.observe(main, { childList: true, subtree: true });
	function stop() {
		observer.disconnect();
		clearTimeout(timer);
	}
	return stop;
}

function take(main: HTMLElement): boolean {
	const title = main.querySelector<HTMLElement>('h1:not([data-stand-in])');
	if (!title) return false;
	title.tabIndex = -1;
	title.style.outline = 'none';
	title.focus({ preventScroll: true });
	return true;
}
