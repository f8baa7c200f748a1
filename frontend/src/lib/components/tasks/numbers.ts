// [DEF:lib/components/tasks/numbers.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Sizes of files as people read them.
// @RELATION DEPENDS_ON -> lib/stores/locale.svelte.ts

import { locale } from '#lib/stores/locale.svelte.ts';

export { number } from '#lib/text/format.ts';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

export function bytes(size: number): string {
	const power = Math.min(UNITS.length - 1, size > 0 ? Math.floor(Math.log10(size) / 3) : 0);
	const options = {
		style: 'unit',
		unit: UNITS[power],
		unitDisplay: power ? 'short' : 'long',
		maximumFractionDigits: 1,
	} as const;
	return new Intl.NumberFormat(locale.current, options).format(size / 1000 ** power);
}
