// [DEF:lib/components/shell/looks.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Language and theme: their names, and how a choice is kept.
// @RELATION WRITES_STATE -> lib/stores/session.svelte.ts

import { m } from '#i18n/generated/messages.js';
import { problemOf } from '#lib/api/problem.ts';
import type { Preferences } from '#lib/api/types.ts';
import type { Locale } from '#lib/stores/locale.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';
import type { Theme } from '#lib/stores/theme.svelte.ts';
import { toasts } from '#lib/stores/toasts.svelte.ts';

/** Each in its own language, so that whoever speaks only that one finds it. */
export const LANGUAGES: Record<Locale, string> = { en: 'English', ru: 'Русский' };

export const THEME_NAMES: Record<Theme, () => string> = {
	system: m.shell_theme_system,
	light: m.shell_theme_light,
	dark: m.shell_theme_dark,
};

/** It shows at once; that it could not be kept in the profile is told. */
export async function choose(choice: Partial<Preferences>): Promise<void> {
	try {
		await session.prefer(choice);
	} catch (error) {
		const problem = problemOf(error);
		if (problem.offline) toasts.note(m.shell_save_failed());
		else toasts.failure(problem);
	}
}
