// [DEF:lib/components/shell/look.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Looks that several parts of the shell share.

export const INPUT =
	'h-8 w-full min-w-0 rounded-md bg-surface px-2.5 shadow-[inset_0_0_0_1px_var(--color-line-strong)] placeholder:text-subtle aria-invalid:shadow-[inset_0_0_0_1px_var(--color-removed-solid)] pointer-coarse:h-11';

export const ICON_BUTTON =
	'grid h-7 min-w-7 shrink-0 place-items-center rounded-md text-xs font-medium text-muted hover:bg-hover hover:text-fg pointer-coarse:size-11';
