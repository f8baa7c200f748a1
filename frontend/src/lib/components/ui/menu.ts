// [DEF:lib/components/ui/menu.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: What a menu is made of.

import type { Component } from 'svelte';

export interface MenuItem {
	label: string;
	/** A link, or what happens. */
	href?: string;
	run?: () => void;
	icon?: Component<{ class?: string }>;
	/** Of a choice: whether it is the present one. */
	chosen?: boolean;
	/** Why it is not possible. */
	refused?: string;
	danger?: boolean;
	/** A line above it. */
	apart?: boolean;
}
