// [DEF:lib/components/catalogue/words.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Words that several parts of the catalogue use.

import ChartColumn from '@lucide/svelte/icons/chart-column';
import Database from '@lucide/svelte/icons/database';
import LayoutDashboard from '@lucide/svelte/icons/layout-dashboard';
import Table2 from '@lucide/svelte/icons/table-2';
import { m } from '#i18n/generated/messages.js';
import type { AssetKind, Kind, Writing } from '#lib/api/catalogue.ts';
import type { Verdict } from '#lib/api/types.ts';
import { type Column, COLUMNS_OF, type Facet } from './query.ts';

export const titleOf: Record<AssetKind, () => string> = {
	dashboard: m.catalogue_dashboards,
	chart: m.catalogue_charts,
	dataset: m.catalogue_datasets,
	database: m.catalogue_databases,
};

export const kindOf: Record<AssetKind, () => string> = {
	dashboard: m.kind_dashboard,
	chart: m.kind_chart,
	dataset: m.kind_dataset,
	database: m.kind_database,
};

export const iconOf = { dashboard: LayoutDashboard, chart: ChartColumn, dataset: Table2, database: Database };

/** The page with all of a kind; databases have none. */
export const pathOf: Record<AssetKind, string> = {
	dashboard: '/dashboards',
	chart: '/charts',
	dataset: '/datasets',
	database: '/mappings',
};

export function columnTitle(column: Column | 'name', kind: Kind, against: string): string {
	const titles: Record<Column | 'name', () => string> = {
		name: kindOf[kind],
		status: m.catalogue_column_status,
		owners: m.catalogue_column_owner,
		tags: m.catalogue_column_tags,
		against: () => (against ? m.catalogue_column_against({ target: against }) : m.catalogue_drift()),
		migration: m.catalogue_column_migration,
		changed: m.catalogue_column_changed,
	};
	return titles[column]();
}

export const facetTitle: Record<Facet, () => string> = {
	status: m.catalogue_column_status,
	owner: m.catalogue_column_owner,
	tag: m.catalogue_tag,
	changed: m.catalogue_column_changed,
	drift: m.catalogue_drift,
};

/** The filters of a kind: those that it has columns for. */
export function facetsOf(kind: Kind): Facet[] {
	const columns = COLUMNS_OF[kind];
	const needs: Record<Facet, Column> = {
		status: 'status',
		owner: 'owners',
		tag: 'tags',
		changed: 'changed',
		drift: 'against',
	};
	return (Object.keys(needs) as Facet[]).filter((facet) => columns.includes(needs[facet]));
}

/** What a value of a filter is called. */
export function valueTitle(facet: Facet, value: string, against: string): string {
	if (facet === 'status') return value === 'published' ? m.catalogue_published() : m.catalogue_draft();
	if (facet === 'changed') return value === 'older' ? m.catalogue_older() : m.catalogue_days({ count: Number(value) });
	if (facet !== 'drift') return value;
	if (value === 'same') return m.catalogue_in_sync();
	if (value === 'differs') return m.catalogue_differs();
	return value === 'missing' ? m.catalogue_not_on({ target: against }) : m.change_unknown();
}

export function writtenBy(writing: Writing): string {
	return writing.migration === null ? m.catalogue_written() : m.catalogue_written_by({ id: writing.migration });
}

/** The reason of a refusal with who can, as one text; empty where it is allowed. */
export function why(verdict: Verdict | undefined): string {
	if (!verdict || verdict.allowed) return '';
	return [verdict.reason, verdict.who?.length ? m.who_can({ who: verdict.who.join(', ') }) : ''].join(' ').trim();
}
