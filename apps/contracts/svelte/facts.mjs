// Reads {path: text} from standard input and writes {path: facts} to standard output. The one argument is a folder of the
// front end: Svelte's compiler is taken from the `node_modules` above it.
//
// Facts: imports, bases and calls as {source, name, line} (source null: defined in the file itself), definitions as {name,
// type, first, last}, functions (has it any?), states (values that a `data-state` can take); or fault as {line, text}.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const require = createRequire(join(process.argv[2], 'any.js'));
const { parse } = require('svelte/compiler');

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression', 'SnippetBlock']);

/** Every node below one, with it. */
function* walk(node) {
	if (Array.isArray(node)) {
		for (const each of node) yield* walk(each);
	} else if (node && typeof node === 'object' && typeof node.type === 'string') {
		yield node;
		for (const [key, value] of Object.entries(node)) {
			if (value && typeof value === 'object' && key !== 'parent' && key !== 'loc') yield* walk(value);
		}
	}
}

function factsOf(path, text) {
	// A script is read as the script of a component without markup; its first line stays its first line
	const component = path.endsWith('.svelte');
	const opening = component ? '' : '<script lang="ts">';
	const whole = component ? text : `${opening}${text}</script>`;
	const ends = [];
	for (let at = whole.indexOf('\n'); at >= 0; at = whole.indexOf('\n', at + 1)) ends.push(at);
	const line = (position) => ends.filter((end) => end < position).length + 1;
	let root;
	try {
		root = parse(whole, { modern: true, filename: path });
	} catch (error) {
		return { fault: { line: line(error.position?.[0] ?? 0), text: error.message.split('\n')[0] } };
	}
	const nodes = [...walk([root.instance?.content, root.module?.content, root.fragment].filter(Boolean))];
	const statements = [root.module, root.instance].flatMap((script) => script?.content.body ?? []);
	const names = imported(nodes, statements);
	const meaning = (node) => meaningOf(node, names);
	return {
		imports: nodes.filter((node) => node.type === 'ImportDeclaration').flatMap((node) => importsOf(node, line)),
		bases: nodes
			.filter((node) => node.type === 'ClassDeclaration' && node.superClass)
			.map((node) => ({ ...meaning(node.superClass), line: line(node.start) }))
			.filter((base) => base.name !== undefined),
		calls: nodes
			.filter((node) => node.type === 'CallExpression' || node.type === 'NewExpression' || node.type === 'Component')
			.map((node) => ({ ...meaning(node.type === 'Component' ? named(node.name) : node.callee), line: line(node.start) }))
			.filter((call) => call.name !== undefined),
		definitions: statements.flatMap((statement) => definitionsOf(statement, line)),
		functions: nodes.some((node) => FUNCTIONS.has(node.type)),
		states: [...new Set(states(nodes))],
	};
}

const named = (name) => ({ type: 'Identifier', name: name.split('.')[0] });

function importsOf(node, line) {
	const source = node.source.value;
	const each = node.specifiers.map((specifier) => ({ source, name: remote(specifier), line: line(node.start) }));
	return each.length ? each : [{ source, name: '', line: line(node.start) }];
}

/** What the name is called where it comes from; nothing for a whole module, and for the component that a file is. */
const remote = (specifier) => (specifier.type === 'ImportSpecifier' ? specifier.imported.name : '');

/** What each name of the file stands for. */
function imported(nodes, statements) {
	const names = new Map();
	for (const statement of statements) {
		for (const { name } of definitionsOf(statement, () => 0)) names.set(name, { source: null, name });
	}
	for (const node of nodes.filter((each) => each.type === 'ImportDeclaration')) {
		for (const each of node.specifiers) names.set(each.local.name, { source: node.source.value, name: remote(each) });
	}
	return names;
}

function meaningOf(node, names) {
	const parts = [];
	while (node.type === 'MemberExpression') {
		if (!node.computed) parts.unshift(node.property.name);
		node = node.object;
	}
	const found = node.type === 'Identifier' && names.get(node.name);
	return found ? { source: found.source, name: [found.name, ...parts].filter(Boolean).join('.') } : {};
}

/** Classes and functions at the top of a script, also those that are constants. */
function definitionsOf(statement, line) {
	const node = statement.type.startsWith('Export') ? statement.declaration : statement;
	const place = { first: line(statement.start), last: line(statement.end) };
	if (node?.type === 'ClassDeclaration') return [{ name: node.id.name, type: 'Class', ...place }];
	if (node?.type === 'FunctionDeclaration') return [{ name: node.id.name, type: 'Function', ...place }];
	if (node?.type !== 'VariableDeclaration') return [];
	return node.declarations
		.filter((each) => each.id.type === 'Identifier' && each.init && FUNCTIONS.has(each.init.type))
		.map((each) => ({ name: each.id.name, type: 'Function', ...place }));
}

/** The values of every `data-state`: texts in place, and those that the names in it can have. */
function* states(nodes) {
	const attributes = nodes.filter((node) => node.type === 'Attribute' && node.name === 'data-state');
	for (const { value } of attributes) {
		for (const part of Array.isArray(value) ? value : [value]) {
			if (part.type === 'Text') yield part.data;
			else if (part.expression) yield* texts(part.expression, nodes, new Set());
		}
	}
}

/** The texts that an expression can come to. The test of a choice and what is compared are not among them. */
function* texts(node, nodes, seen) {
	switch (node?.type) {
		case 'Literal':
			if (typeof node.value === 'string') yield node.value;
			break;
		case 'TemplateLiteral':
			if (node.quasis.length === 1) yield node.quasis[0].value.cooked;
			break;
		case 'ConditionalExpression':
			yield* texts(node.consequent, nodes, seen);
			yield* texts(node.alternate, nodes, seen);
			break;
		case 'LogicalExpression':
			yield* texts(node.left, nodes, seen);
			yield* texts(node.right, nodes, seen);
			break;
		case 'TSAsExpression':
		case 'TSSatisfiesExpression':
		case 'TSNonNullExpression':
			yield* texts(node.expression, nodes, seen);
			break;
		case 'ArrowFunctionExpression':
		case 'FunctionExpression':
		case 'FunctionDeclaration':
			yield* node.body.type === 'BlockStatement' ? returned(node.body, nodes, seen) : texts(node.body, nodes, seen);
			break;
		case 'CallExpression':
			// A rune ($state, $derived, $derived.by), or a function of the file
			if (isRune(node.callee)) for (const each of node.arguments) yield* texts(each, nodes, seen);
			else yield* texts(node.callee, nodes, seen);
			break;
		case 'Identifier':
			if (!seen.has(node.name)) yield* valuesOf(node.name, nodes, new Set([...seen, node.name]));
	}
}

const isRune = (callee) => /^\$(state|derived|bindable)/.test(callee.name ?? callee.object?.name ?? '');

function* returned(body, nodes, seen) {
	for (const node of walk(body)) if (node.type === 'ReturnStatement') yield* texts(node.argument, nodes, seen);
}

/** What a name of the file can be: its first value, what is assigned to it, and the literals of its type as a property. */
function* valuesOf(name, nodes, seen) {
	for (const node of nodes) {
		if (node.type === 'VariableDeclarator' && node.id.name === name) {
			yield* texts(node.init, nodes, seen);
		} else if (node.type === 'VariableDeclarator' && node.id.type === 'ObjectPattern') {
			yield* ofProperty(name, node.id, nodes, seen);
		} else if (node.type === 'AssignmentExpression' && node.left.name === name) {
			yield* texts(node.right, nodes, seen);
		} else if (node.type === 'FunctionDeclaration' && node.id?.name === name) {
			yield* texts(node, nodes, seen);
		}
	}
}

function* ofProperty(name, pattern, nodes, seen) {
	for (const { value, key } of pattern.properties) {
		const local = value?.type === 'AssignmentPattern' ? value.left : value;
		if (local?.name !== name) continue;
		if (value.type === 'AssignmentPattern') yield* texts(value.right, nodes, seen);
		for (const type of typesOf(pattern.typeAnnotation, nodes)) {
			const member = type.members?.find((each) => each.key?.name === key.name);
			for (const each of walk(member?.typeAnnotation)) if (each.type === 'Literal') yield String(each.value);
		}
	}
}

/** The type literal behind an annotation, also by the name of an interface or type of the file. */
function* typesOf(annotation, nodes) {
	for (const each of walk(annotation)) {
		if (each.type === 'TSTypeLiteral') yield each;
		if (each.type !== 'TSTypeReference') continue;
		for (const node of nodes) {
			if (node.id?.name !== each.typeName.name) continue;
			if (node.type === 'TSInterfaceDeclaration') yield { members: node.body.body };
			if (node.type === 'TSTypeAliasDeclaration') yield node.typeAnnotation;
		}
	}
}

const files = JSON.parse(readFileSync(0, 'utf8'));
const facts = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, factsOf(path, text)]));
process.stdout.write(JSON.stringify(facts));
