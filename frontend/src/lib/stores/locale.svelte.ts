// [DEF:lib/stores/locale.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: The language of the application; it changes at once, without a reload.

import { overwriteGetLocale } from '#i18n/generated/runtime.js';

export const LOCALES = ['en', 'ru'] as const;
export type Locale = (typeof LOCALES)[number];

class LocaleStore {
	current = $state<Locale>(preferred());

	set(locale: Locale): void {
		this.current = locale;
		document.documentElement.lang = locale;
		localStorage.setItem('lockstep.language', locale);
	}
}

/** What was chosen on this computer, else the first of the browser's languages that we speak. */
function preferred(): Locale {
	const kept = localStorage.getItem('lockstep.language');
	const wanted = [kept, ...navigator.languages.map((each) => each.slice(0, 2))];
	return wanted.find((each): each is Locale => LOCALES.includes(each as Locale)) ?? 'en';
}

export const locale = new LocaleStore();
overwriteGetLocale(() => locale.current);
