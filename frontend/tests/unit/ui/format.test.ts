import { afterEach, expect, test } from 'vitest';
import { locale } from '#lib/stores/locale.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';
import { clock, exact } from '#lib/text/format.ts';

const AT = '2026-11-29T22:17:20Z';
const zone = (time_zone: string) => (session.current = { user: { preferences: { time_zone } } } as never);

afterEach(() => {
	session.current = null;
	locale.set('en');
});

test('times are those of the time zone that the profile names', () => {
	zone('Asia/Tokyo');
	expect(clock(AT)).toBe('07:17:20');
	zone('UTC');
	expect(clock(AT)).toBe('22:17:20');
});

test('an exact time names its zone', () => {
	zone('Asia/Tokyo');
	expect(exact(AT)).toMatch(/30.*2026.*(07|7):17:20.*GMT\+9/);
	zone('UTC');
	expect(exact(AT)).toMatch(/29.*10:17:20.*UTC/);
	locale.set('ru');
	expect(exact(AT)).toMatch(/29 нояб.*22:17:20 UTC/);
});

test('a zone that the browser does not know is that of the browser', () => {
	zone('Mars/Olympus');
	expect(clock(AT)).toMatch(/:17:20$/);
});
