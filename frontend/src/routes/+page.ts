import { redirect } from '@sveltejs/kit';

/** The dashboards are the home of the application. */
export function load() {
	redirect(307, '/dashboards');
}
