import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import Basket from './Basket.svelte';

test('an order that is sent counts', async () => {
	let arrived = () => {};
	render(Basket, { send: () => new Promise<void>((resolve) => (arrived = resolve)) });
	await fireEvent.click(screen.getByRole('button'));
	expect(screen.getByRole('button')).toHaveProperty('disabled', true);
	arrived();
	expect(await screen.findByText('1')).toBeTruthy();
});

test('an order that fails can be sent again', async () => {
	render(Basket, { send: () => Promise.reject(new Error('closed')) });
	await fireEvent.click(screen.getByRole('button'));
	await expect.poll(() => document.querySelector('[data-state=failed]')).toBeTruthy();
});
