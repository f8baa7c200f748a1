import { fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { expect, test, vi } from 'vitest';
import Button from '#lib/components/ui/Button.svelte';

const children = createRawSnippet(() => ({ render: () => '<span>Apply</span>' }));

test('a press does what it says', async () => {
	const onclick = vi.fn();
	render(Button, { onclick, children });
	await fireEvent.click(screen.getByRole('button', { name: 'Apply' }));
	expect(onclick).toHaveBeenCalledOnce();
});

test('what is not possible keeps the focus, says why, and does nothing', async () => {
	const onclick = vi.fn();
	render(Button, { onclick, refused: 'prod is being written by migration 11.', children });
	const button = screen.getByRole('button');
	button.focus();
	await fireEvent.click(button);
	expect(onclick).not.toHaveBeenCalled();
	expect(document.activeElement).toBe(button);
	expect(document.getElementById(button.getAttribute('aria-describedby')!)!.textContent).toContain('migration 11');
});

test('while it is at work, a second press does nothing', async () => {
	const onclick = vi.fn();
	render(Button, { onclick, busy: true, children });
	await fireEvent.click(screen.getByRole('button'));
	expect(onclick).not.toHaveBeenCalled();
	expect(screen.getByRole('button').getAttribute('aria-busy')).toBe('true');
});
