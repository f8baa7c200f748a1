// [DEF:lib/components/catalogue/view.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: The rows of a catalogue as the address of the page wants them: environment, filters, order, columns, selection.
// @RELATION DEPENDS_ON -> lib/api/catalogue.ts
// @RELATION DEPENDS_ON -> lib/stores/locale.svelte.ts
// @RELATION READS_STATE -> lib/stores/matrix.svelte.ts
// @RELATION READS_STATE -> lib/stores/selection.svelte.ts
// @RELATION DEPENDS_ON -> lib/components/catalogue/query.ts
// @RELATION DEPENDS_ON -> lib/components/catalogue/survey.ts

import type { Kind } from '#lib/api/catalogue.ts';
import { locale } from '#lib/stores/locale.svelte.ts';
import { environments, matrixOf } from '#lib/stores/matrix.svelte.ts';
import { now } from '#lib/stores/now.svelte.ts';
import { selection } from '#lib/stores/selection.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';
import {
	type Column,
	type Facet,
	keepColumns,
	keptColumns,
	parse,
	print,
	type Query,
	type Search,
	sortedBy,
	unfiltered,
} from './query.ts';
import { inOrder, survey } from './survey.ts';

const PAUSE = 200;

interface Options {
	kind: Kind;
	search: () => Search;
	/** Takes the page to the same address with another search; resolves when it is there. */
	navigate: (search: string) => unknown;
}

export class HubView {
	readonly kind: Kind;
	readonly #options: Options;
	/** What is typed goes into the address with a pause only. */
	#typed = $state<string | null>(null);
	#timer: ReturnType<typeof setTimeout> | undefined;
	#columns = $state.raw<Column[]>([]);

	constructor(options: Options) {
		this.#options = options;
		this.kind = options.kind;
		this.#columns = keptColumns(options.kind);
	}

	readonly address = $derived.by(() => parse(this.#options.search()));
	readonly query: Query = $derived({ ...this.address, text: this.#typed ?? this.address.text });
	/** Of the address, else the preferred one, else the first; empty while that is not known. */
	readonly slug = $derived.by(() => {
		if (this.address.environment) return this.address.environment;
		const list = environments.data;
		const preferred = session.current?.user.preferences?.environment ?? '';
		if (!list) return preferred;
		return list.some(({ slug }) => slug === preferred) ? preferred : (list[0]?.slug ?? '');
	});

	get matrix() {
		return matrixOf(this.kind);
	}

	readonly data = $derived.by(() => (this.matrix.slug === this.slug ? this.matrix.data : undefined));
	readonly others = $derived(this.data?.others ?? []);
	readonly against = $derived.by(() => {
		const wanted = this.address.against;
		return this.others.some(({ slug }) => slug === wanted) ? wanted : (this.others[0]?.slug ?? '');
	});
	readonly rows = $derived(this.data?.rows ?? []);
	readonly survey = $derived(survey(this.rows, this.query, this.against, now.current));
	readonly shown = $derived(inOrder(this.survey.found, this.query, this.against, locale.current));
	readonly order = $derived(this.shown.map(({ uuid }) => uuid));
	readonly columns = $derived(this.query.columns ?? this.#columns);

	readonly place = $derived.by(() => `${this.slug} ${this.kind}`);
	readonly ticked = $derived(selection.of(this.place));
	/** The ticked ones that there still are, whatever the filters show. */
	readonly selected = $derived(this.rows.filter(({ uuid }) => this.ticked.has(uuid)));
	readonly shownTicked = $derived(this.order.reduce((sum, uuid) => sum + (this.ticked.has(uuid) ? 1 : 0), 0));

	type(text: string): void {
		this.#typed = text;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.settle(), PAUSE);
	}

	/** Writes what was typed into the address. */
	async settle(): Promise<void> {
		clearTimeout(this.#timer);
		const typed = this.#typed;
		if (typed === null) return;
		await this.go({ ...this.address, text: typed });
		if (this.#typed === typed) this.#typed = null;
	}

	/** Shows all rows again. */
	clear(): void {
		clearTimeout(this.#timer);
		this.#typed = null;
		void this.go(unfiltered(this.address));
	}

	stop(): void {
		clearTimeout(this.#timer);
	}

	async go(query: Query): Promise<void> {
		await this.#options.navigate(print(query));
	}

	filter(facet: Facet, values: string[]): void {
		void this.go({ ...this.query, facets: { ...this.query.facets, [facet]: values } });
	}

	sort(key: Query['sort']): void {
		void this.go(sortedBy(this.query, key));
	}

	show(columns: Column[]): void {
		this.#columns = columns;
		keepColumns(this.kind, columns);
		void this.go({ ...this.query, columns });
	}

	/** Filters stay; what is compared with does not, it may be the one that was chosen. */
	visit(environment: string): void {
		void this.go({ ...this.query, environment, against: '' });
	}

	compareWith(against: string): void {
		void this.go({ ...this.query, environment: this.slug, against });
	}
}
