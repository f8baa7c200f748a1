// [DEF:lib/components/plan/clipboard.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Copies a text, also where the browser knows no clipboard (a page without HTTPS).

/** The text may still be on its way: browsers allow the copy only close to the click. False if nothing worked. */
export async function copyText(text: string | Promise<string>): Promise<boolean> {
	const ready = Promise.resolve(text);
	try {
		if (typeof ClipboardItem !== 'undefined' && navigator.clipboard?.write) {
			const blob = ready.then((words) => new Blob([words], { type: 'text/plain' }));
			await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
			return true;
		}
		if (navigator.clipboard?.writeText) {
			await navigator.clipboard.writeText(await ready);
			return true;
		}
	} catch {
		// Refused: the older way may still be allowed
	}
	return copyOldWay(await ready);
}

function copyOldWay(text: string): boolean {
	const focused = document.activeElement as HTMLElement | null;
	const field = document.createElement('textarea');
	field.value = text;
	field.setAttribute('readonly', '');
	field.className = 'sr-only';
	document.body.append(field);
	field.select();
	try {
		return document.execCommand('copy');
	} catch {
		return false;
	} finally {
		field.remove();
		focused?.focus();
	}
}
