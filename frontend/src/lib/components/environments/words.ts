// [DEF:lib/components/environments/words.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: The facts of an environment in words: tiers, methods of sign-in, names and values of fields.
// @RELATION DEPENDS_ON -> lib/text/format.ts

import { m } from '#i18n/generated/messages.js';
import { number } from '#lib/text/format.ts';

/** The tiers are names; only what is none of them is a word. */
export const tierWord = (tier: string): string => (tier === 'other' ? m.environments_other() : tier);

export function providerWord(provider: string): string {
	const words: Record<string, () => string> = {
		db: m.environments_provider_db,
		ldap: m.environments_provider_ldap,
		token: m.environments_provider_token,
	};
	return words[provider]?.() ?? provider;
}

const OFFERS: Record<string, () => string> = {
	db: m.environments_offer_db,
	ldap: m.environments_offer_ldap,
	oauth: m.environments_offer_oauth,
	proxy: m.environments_offer_proxy,
	api_key: m.environments_offer_api_key,
};

export const offerWords = (kinds: string[]): string[] => kinds.map((kind) => OFFERS[kind]?.() ?? kind);

/** Whether the server said how it signs people in, and that was another way. A token signs in anywhere. */
export function isOfferedOtherwise(provider: string, kinds: string[] | null): boolean {
	const stated = (kinds ?? []).filter((kind) => kind !== 'api_key');
	return provider !== 'token' && stated.length > 0 && !stated.includes(provider);
}

const FIELDS: Record<string, () => string> = {
	name: m.environments_name,
	url: m.environments_url,
	tier: m.environments_tier,
	protected: m.environments_field_protected,
	approvals_needed: m.environments_approvals,
	check_queries: m.environments_check_queries,
	ca_bundle: m.environments_ca,
	username: m.environments_username,
	provider: m.environments_provider,
};

export const fieldWord = (name: string): string => FIELDS[name]?.() ?? name;

export function valueWord(name: string, value: unknown): string {
	if (typeof value === 'boolean') return value ? m.environments_yes() : m.environments_no();
	if (typeof value === 'number') return number(value);
	if (name === 'tier') return tierWord(String(value));
	if (name === 'provider') return providerWord(String(value));
	return String(value ?? '') || m.none();
}
