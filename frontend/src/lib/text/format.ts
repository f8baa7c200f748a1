// [DEF:lib/text/format.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Times, numbers and sizes as the reader's language and time zone write them.
// @RELATION DEPENDS_ON -> lib/stores/locale.svelte.ts
// @RELATION READS_STATE -> lib/stores/session.svelte.ts

import { locale } from '#lib/stores/locale.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
	['year', 31_536_000],
	['month', 2_592_000],
	['day', 86_400],
	['hour', 3600],
	['minute', 60],
	['second', 1],
];

const formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function kept<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(
	name: string,
	make: () => T,
): T {
	const key = `${locale.current} ${name}`;
	if (!formats.has(key)) formats.set(key, make());
	return formats.get(key) as T;
}

export function number(value: number): string {
	return kept('number', () => new Intl.NumberFormat(locale.current)).format(value);
}

/** “4 min. ago”, “yesterday”. */
export function ago(time: string | Date, now = Date.now()): string {
	const seconds = (new Date(time).getTime() - now) / 1000;
	const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
	const format = () => new Intl.RelativeTimeFormat(locale.current, { numeric: 'auto', style: 'short' });
	return kept('relative', format).format(Math.trunc(seconds / size), unit);
}

/** A moment in the time zone of the profile; in the browser's, where none is chosen or the browser does not know it. */
function moment(
	name: string,
	time: string | Date,
	options: Intl.DateTimeFormatOptions,
	zone = preferredZone(),
): string {
	const make = () => {
		try {
			return new Intl.DateTimeFormat(locale.current, { ...options, timeZone: zone || undefined });
		} catch {
			return new Intl.DateTimeFormat(locale.current, options);
		}
	};
	return kept(`${name} ${zone}`, make).format(new Date(time));
}

const preferredZone = () => session.current?.user.preferences?.time_zone ?? '';

/** The day and the second, with the time zone: “29 Nov 2026, 22:17:20 UTC”. */
export function exact(time: string | Date, zone?: string): string {
	const options: Intl.DateTimeFormatOptions = {
		day: 'numeric',
		month: 'short',
		year: 'numeric',
		hour: '2-digit',
		minute: '2-digit',
		second: '2-digit',
		timeZoneName: 'short',
	};
	return moment('exact', time, options, zone);
}

/** A moment that ends something: the day and the minute, with the name of the time zone. */
export function until(time: string | Date, zone?: string): string {
	const options: Intl.DateTimeFormatOptions = {
		day: 'numeric',
		month: 'short',
		year: 'numeric',
		hour: '2-digit',
		minute: '2-digit',
		hourCycle: 'h23',
		timeZone: zone || undefined,
		timeZoneName: 'short',
	};
	return kept(`until ${zone}`, () => new Intl.DateTimeFormat(locale.current, options)).format(new Date(time));
}

/** “26 Nov”, with the year where it is another one. */
export function day(time: string | Date): string {
	const when = new Date(time);
	const year = when.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
	return kept(
		`day ${year}`,
		() => new Intl.DateTimeFormat(locale.current, { day: 'numeric', month: 'short', year }),
	).format(when);
}

/** “22:17:20”. */
export function clock(time: string | Date): string {
	const options: Intl.DateTimeFormatOptions = {
		hour: '2-digit',
		minute: '2-digit',
		second: '2-digit',
		hourCycle: 'h23',
	};
	return moment('clock', time, options);
}

/** “0.4 s”, “1 min 20 s”. */
export function seconds(value: number): string {
	const unit = (name: string, digits = 0) =>
		kept(`unit ${name} ${digits}`, () => {
			return new Intl.NumberFormat(locale.current, { style: 'unit', unit: name, maximumFractionDigits: digits });
		});
	if (value < 60) return unit('second', value < 10 ? 1 : 0).format(value);
	if (value < 3600)
		return `${unit('minute').format(Math.floor(value / 60))} ${unit('second').format(Math.floor(value % 60))}`;
	return `${unit('hour').format(Math.floor(value / 3600))} ${unit('minute').format(Math.floor((value % 3600) / 60))}`;
}
