// [DEF:lib/components/shell/palette.ts:Module]
// @COMPLEXITY: 3
// @PURPOSE: What the palette offers: pages, actions, and where a found thing is.
// @RELATION DEPENDS_ON -> lib/components/shell/navigation.ts
// @RELATION WRITES_STATE -> lib/stores/shell.svelte.ts
// @RELATION DEPENDS_ON -> lib/api/shell.ts
// @RELATION DEPENDS_ON -> lib/stores/drawer.svelte.ts

import { goto } from '$app/navigation';
import ChartColumn from '@lucide/svelte/icons/chart-column';
import CircleUserRound from '@lucide/svelte/icons/circle-user-round';
import Database from '@lucide/svelte/icons/database';
import GitCompareArrows from '@lucide/svelte/icons/git-compare-arrows';
import Keyboard from '@lucide/svelte/icons/keyboard';
import Languages from '@lucide/svelte/icons/languages';
import LayoutDashboard from '@lucide/svelte/icons/layout-dashboard';
import ListChecks from '@lucide/svelte/icons/list-checks';
import LogOut from '@lucide/svelte/icons/log-out';
import PanelLeft from '@lucide/svelte/icons/panel-left';
import Plus from '@lucide/svelte/icons/plus';
import Server from '@lucide/svelte/icons/server';
import Shield from '@lucide/svelte/icons/shield';
import SunMoon from '@lucide/svelte/icons/sun-moon';
import Table2 from '@lucide/svelte/icons/table-2';
import { m } from '#i18n/generated/messages.js';
import type { Found, FoundType } from '#lib/api/shell.ts';
import { drawer } from '#lib/stores/drawer.svelte.ts';
import { LOCALES } from '#lib/stores/locale.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';
import { shell } from '#lib/stores/shell.svelte.ts';
import { THEMES } from '#lib/stores/theme.svelte.ts';
import { leave } from './leave.ts';
import { choose, LANGUAGES, THEME_NAMES } from './looks.ts';
import { GROUPS, type Icon } from './navigation.ts';

export interface Offer {
	id: string;
	title: string;
	hint: string;
	icon: Icon;
	keys?: string;
	run: () => void;
}

export const ICONS: Record<FoundType, Icon> = {
	dashboard: LayoutDashboard,
	chart: ChartColumn,
	dataset: Table2,
	database: Database,
	migration: GitCompareArrows,
	task: ListChecks,
	environment: Server,
};

export const HEADINGS: Record<FoundType, () => string> = {
	dashboard: m.shell_palette_dashboards,
	chart: m.shell_palette_charts,
	dataset: m.shell_palette_datasets,
	database: m.shell_palette_databases,
	migration: m.shell_palette_migrations,
	task: m.shell_palette_tasks,
	environment: m.shell_palette_environments,
};

export function addressOf({ type, environment, id }: Pick<Found, 'type' | 'environment' | 'id'>): string {
	const [where, what] = [encodeURIComponent(environment ?? ''), encodeURIComponent(id)];
	if (type === 'migration') return `/migrations/${what}`;
	if (type === 'task') return `/tasks/${what}`;
	if (type === 'environment') return `/environments/${what}`;
	return `/assets/${where}/${type}/${what}`;
}

export function pages(): Offer[] {
	const listed = GROUPS.flatMap((each) => each.entries).map(({ href, label, icon }) => page(href, label(), icon));
	return [...listed, page('/profile', m.shell_profile(), CircleUserRound)];
}

export function actions(): Offer[] {
	const act = (id: string, title: string, icon: Icon, run: () => void, keys?: string): Offer => {
		return { id, title, hint: '', icon, run, keys };
	};
	return [
		page('/migrations/new', m.shell_action_new_migration(), Plus),
		page('/environments/new', m.shell_action_add_environment(), Plus),
		act('drawer', m.shell_show_tasks(), ListChecks, () => drawer.open(), 'T'),
		...THEMES.map((theme) => {
			const title = m.shell_action_theme({ theme: THEME_NAMES[theme]() });
			return act(`theme ${theme}`, title, SunMoon, () => void choose({ theme }));
		}),
		...LOCALES.map((language) => {
			const title = m.shell_action_language({ language: LANGUAGES[language] });
			return act(`language ${language}`, title, Languages, () => void choose({ language }));
		}),
		act('sidebar', m.shell_key_sidebar(), PanelLeft, () => shell.collapse(), '['),
		act('keys', m.shell_key_keys(), Keyboard, () => (shell.keys = true), '?'),
		...(session.current?.user.staff ? [act('admin', m.shell_admin(), Shield, () => location.assign('/admin/'))] : []),
		act('leave', m.shell_sign_out(), LogOut, () => void leave()),
	];
}

/** Those whose title has each word of the text. */
export function matching(offers: Offer[], text: string): Offer[] {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	return offers.filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)));
}

export function go(href: string): void {
	// An address that this version does not have is asked of the server
	goto(href).catch(() => location.assign(href));
}

function page(href: string, title: string, icon: Icon): Offer {
	return { id: href, title, hint: '', icon, run: () => go(href) };
}
