// [DEF:lib/stores/theme.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: Light, dark, or what the system says.

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

class ThemeStore {
	current = $state<Theme>(kept());

	set(theme: Theme): void {
		this.current = theme;
		localStorage.setItem('lockstep.theme', theme);
		show(theme);
	}
}

function kept(): Theme {
	const theme = localStorage.getItem('lockstep.theme') as Theme | null;
	return theme && THEMES.includes(theme) ? theme : 'system';
}

function show(theme: Theme): void {
	if (theme === 'system') delete document.documentElement.dataset.theme;
	else document.documentElement.dataset.theme = theme;
}

export const theme = new ThemeStore();
show(theme.current);
