// [DEF:lib/components/shell/navigation.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: The pages that the sidebar and the palette lead to, in their groups.
// @RELATION READS_STATE -> lib/stores/activity.svelte.ts

import ChartColumn from '@lucide/svelte/icons/chart-column';
import GitCompareArrows from '@lucide/svelte/icons/git-compare-arrows';
import LayoutDashboard from '@lucide/svelte/icons/layout-dashboard';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Replace from '@lucide/svelte/icons/replace';
import Server from '@lucide/svelte/icons/server';
import Stamp from '@lucide/svelte/icons/stamp';
import Table2 from '@lucide/svelte/icons/table-2';
import type { Component } from 'svelte';
import { m } from '#i18n/generated/messages.js';
import { activity } from '#lib/stores/activity.svelte.ts';

export type Icon = Component<{ class?: string }>;

export interface Count {
	number: number;
	/** In words. */
	text: string;
	/** Somebody waits for me. */
	hot: boolean;
}

export interface Entry {
	href: string;
	label: () => string;
	icon: Icon;
	/** What stands beside it, if there is something. */
	count?: () => Count | null;
}

export interface Group {
	label?: () => string;
	entries: Entry[];
}

export const HOME = '/dashboards';

export const GROUPS: Group[] = [
	{
		entries: [
			{ href: HOME, label: m.shell_dashboards, icon: LayoutDashboard },
			{ href: '/charts', label: m.shell_charts, icon: ChartColumn },
			{ href: '/datasets', label: m.shell_datasets, icon: Table2 },
		],
	},
	{
		label: m.shell_group_changes,
		entries: [
			{ href: '/migrations', label: m.shell_migrations, icon: GitCompareArrows },
			{ href: '/approvals', label: m.shell_approvals, icon: Stamp, count: decisions },
		],
	},
	{
		label: m.shell_group_operations,
		entries: [{ href: '/tasks', label: m.shell_tasks, icon: ListChecks, count: tasks }],
	},
	{
		label: m.shell_group_setup,
		entries: [
			{ href: '/environments', label: m.shell_environments, icon: Server },
			{ href: '/mappings', label: m.shell_mappings, icon: Replace },
		],
	},
];

/** The entry that a page belongs to. */
export function entryOf(path: string): Entry | undefined {
	return GROUPS.flatMap((each) => each.entries).find(({ href }) => path === href || path.startsWith(`${href}/`));
}

function decisions(): Count | null {
	const { decisions: number } = activity;
	return number ? { number, text: m.shell_waiting_for_you({ count: number }), hot: true } : null;
}

function tasks(): Count | null {
	const { running, queued, waiting } = activity;
	const number = running + queued + waiting;
	if (!number) return null;
	const text = waiting ? m.shell_need_answer({ count: waiting }) : m.shell_running({ count: number });
	return { number, text, hot: waiting > 0 };
}
