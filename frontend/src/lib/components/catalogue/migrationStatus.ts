// [DEF:lib/components/catalogue/migrationStatus.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Icon, colour and words for the status of a migration.

import { m } from '#i18n/generated/messages.js';

export interface StatusLook {
	state: 'open' | 'waiting' | 'moving' | 'done' | 'failed' | 'over';
	/** Path of an icon of Lucide: one attribute, where a component each would cost a scrolling grid its time. */
	icon: string;
	tone: string;
	/** As it stands in a sentence. */
	label: () => string;
}

const LIST =
	'M9 2h6v4H9zM9 4H6a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V6a2 2 0 0 0-2-2h-3M12 11h4M12 16h4M8 11h.01M8 16h.01';
const GLASS =
	'M5 22h14M5 2h14M17 22v-4.172a2 2 0 0 0-.586-1.414L12 12l-4.414 4.414A2 2 0 0 0 7 17.828V22M7 2v4.172a2 2 0 0 0 .586 1.414L12 12l4.414-4.414A2 2 0 0 0 17 6.172V2';
const CHECK = 'M20 6 9 17l-5-5';
const CROSS = 'M18 6 6 18M6 6l12 12';
const SLASH = 'M22 12a10 10 0 1 1-20 0 10 10 0 1 1 20 0M9 15l6-6';
const LOADER = 'M21 12a9 9 0 1 1-6.219-8.56';
const ALERT = 'm21.73 18-8-14a2 2 0 0 0-3.48 0l-8 14A2 2 0 0 0 4 21h16a2 2 0 0 0 1.73-3M12 9v4M12 17h.01';
const UNDO = 'M9 14 4 9l5-5M4 9h10.5a5.5 5.5 0 0 1 0 11H11';

const LOOKS: Record<string, StatusLook> = {
	draft: { state: 'open', icon: LIST, tone: 'text-subtle', label: m.catalogue_status_draft },
	planned: { state: 'open', icon: LIST, tone: 'text-update', label: m.catalogue_status_planned },
	submitted: { state: 'waiting', icon: GLASS, tone: 'text-waiting', label: m.catalogue_status_submitted },
	approved: { state: 'open', icon: CHECK, tone: 'text-update', label: m.catalogue_status_approved },
	rejected: { state: 'failed', icon: CROSS, tone: 'text-failed', label: m.catalogue_status_rejected },
	withdrawn: { state: 'over', icon: SLASH, tone: 'text-subtle', label: m.catalogue_status_withdrawn },
	applying: { state: 'moving', icon: LOADER, tone: 'text-running', label: m.catalogue_status_applying },
	succeeded: { state: 'done', icon: CHECK, tone: 'text-succeeded', label: m.catalogue_status_succeeded },
	failed: { state: 'failed', icon: CROSS, tone: 'text-failed', label: m.catalogue_status_failed },
	interrupted: { state: 'failed', icon: ALERT, tone: 'text-failed', label: m.catalogue_status_interrupted },
	'rolling back': { state: 'moving', icon: LOADER, tone: 'text-running', label: m.catalogue_status_rolling_back },
	'rolled back': { state: 'over', icon: UNDO, tone: 'text-subtle', label: m.catalogue_status_rolled_back },
};

export function statusOf(status: string | undefined): StatusLook {
	return LOOKS[status ?? ''] ?? LOOKS.draft!;
}
