import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const OUTSIDE = [
	{
		name: 'fetch',
		message: 'Ask the server through #lib/api: it knows the token, the language and what a failure means.',
	},
	{ name: 'WebSocket', message: 'Use Socket of #lib/api/socket: it reconnects.' },
	{ name: 'EventSource', message: 'Use Socket of #lib/api/socket.' },
	{ name: 'XMLHttpRequest', message: 'Ask the server through #lib/api.' },
];

export default ts.config(
	{
		ignores: [
			'build/',
			'.svelte-kit/',
			'src/i18n/generated/',
			'src/lib/api/schema.d.ts',
			'tests/samples/',
			'test-results/',
		],
	},
	js.configs.recommended,
	...ts.configs.recommended,
	...svelte.configs.recommended,
	{ languageOptions: { globals: { ...globals.browser, ...globals.node } } },
	{ files: ['**/*.svelte', '**/*.svelte.ts'], languageOptions: { parserOptions: { parser: ts.parser } } },
	{
		files: ['src/**'],
		ignores: ['src/lib/api/**'],
		rules: {
			'no-restricted-globals': ['error', ...OUTSIDE],
			'no-restricted-imports': [
				'error',
				{
					paths: [
						{ name: 'svelte/store', message: 'Stores are rune classes in *.svelte.ts.' },
						{ name: '@lucide/svelte', message: 'Import one icon: @lucide/svelte/icons/…' },
					],
				},
			],
		},
	},
	{
		rules: {
			'no-undef': 'off',
			'no-console': ['error', { allow: ['error'] }],
			'svelte/no-at-html-tags': 'error',
			'svelte/no-navigation-without-resolve': 'off',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
		},
	},
	{ files: ['scripts/**'], rules: { 'no-console': 'off' } },
);
