// [DEF:lib/components/tasks/result.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: The page that shows what a task has made.
// @RELATION DEPENDS_ON -> lib/api/tasks.ts

import { m } from '#i18n/generated/messages.js';
import type { TaskDetail } from '#lib/api/tasks.ts';

export function resultOf(task: TaskDetail): { href: string; label: string } | null {
	if (task.migration !== null && task.migration !== undefined) {
		return { href: `/migrations/${task.migration}`, label: m.tasks_open_migration({ number: task.migration }) };
	}
	if (task.state !== 'succeeded') return null;
	// A plan that is kept for no migration is a comparison
	if (task.plugin === 'migrations' && task.action === 'plan') {
		return { href: `/compare/${task.id}`, label: m.tasks_open_comparison() };
	}
	if (task.plugin === 'catalogue' && task.environment) {
		return { href: `/dashboards?env=${encodeURIComponent(task.environment)}`, label: m.tasks_open_catalogue() };
	}
	return null;
}
