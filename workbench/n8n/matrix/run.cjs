/*
 * Runs workflows on one version of n8n's engine and prints what they did, as one line of JSON. It is a
 * process of its own because each engine wants its own Node, and plain JavaScript because an old
 * engine's types are not those of the repository.
 */
const { mkdtempSync, rmSync } = require('node:fs');
const { createRequire } = require('node:module');
const { tmpdir } = require('node:os');
const path = require('node:path');

const { folder, ours, credential, startedAt, timesFaster } = JSON.parse(process.argv[2]);

// Time runs as fast as the simulator's, which the parent process has started.
const realNow = Date.now.bind(Date);
const realSetTimeout = globalThis.setTimeout;
Date.now = () => Math.round(startedAt + (realNow() - startedAt) * timesFaster);
const realSteady = performance.now.bind(performance);
performance.now = () => realSteady() * timesFaster;
globalThis.setTimeout = Object.assign(
	(handler, milliseconds = 0, ...rest) =>
		realSetTimeout(handler, milliseconds / timesFaster, ...rest),
	realSetTimeout,
);

// Read by n8n-core while it loads.
const userFolder = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-'));
process.on('exit', () => rmSync(userFolder, { recursive: true, force: true }));
Object.assign(process.env, {
	N8N_ENCRYPTION_KEY: 'workbench-encryption-key',
	N8N_USER_FOLDER: userFolder,
	N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem',
	N8N_LOG_LEVEL: 'silent',
});

const requireThere = createRequire(path.join(folder, 'package.json'));
requireThere('reflect-metadata');
const { Container } = requireThere('@n8n/di');
const { BinaryDataService, ExecutionLifecycleHooks, PackageDirectoryLoader, WorkflowExecute } =
	requireThere('n8n-core');
const { ICredentialsHelper, NodeHelpers, Workflow } = requireThere('n8n-workflow');
const { parse, stringify } = requireThere('flatted');

const pollName = 'Veo Poll Until Done';
const credentialType = 'veoDeepWlApi';

// Loaded as n8n loads an installed package.
const loader = new PackageDirectoryLoader(ours);

const described = (name, outputs = ['main']) => ({
	displayName: name,
	name,
	group: ['transform'],
	version: 1,
	description: name,
	defaults: { name },
	inputs: ['main'],
	outputs,
	properties: [],
});

const trigger = {
	description: { ...described('trigger'), group: ['trigger'], inputs: [] },
	async execute() {
		return [this.getInputData()];
	},
};

/** Gives for each item what its expressions read. */
const reader = {
	description: {
		...described('reader'),
		properties: [{ displayName: 'Values', name: 'values', type: 'json', default: '{}' }],
	},
	async execute() {
		return [
			this.getInputData().map((_item, index) => ({
				json: this.getNodeParameter('values', index),
				pairedItem: { item: index },
			})),
		];
	},
};

/** Loop Over Items with batches of one: the turns at the second output, what came back at the first. */
const loop = {
	description: described('loop', ['main', 'main']),
	async execute() {
		const context = this.getContext('node');
		if (context.waiting === undefined) {
			Object.assign(context, { waiting: [...this.getInputData()], done: [] });
		} else {
			context.done.push(...this.getInputData());
		}
		const turn = context.waiting.splice(0, 1);
		return turn.length > 0 ? [[], turn] : [context.done, []];
	},
};

const ownNodes = { trigger, reader, loop };

/** A node type by its name: one of these, or one that the loader found. */
const nodeNamed = (type) => ownNodes[type] ?? loader.getNode(type.split('.')[1]).type;

const nodeTypes = {
	getByName: nodeNamed,
	getByNameAndVersion: (type, version) =>
		NodeHelpers.getVersionedNodeType(nodeNamed(type), version),
	getKnownTypes: () => ({}),
};

class Credentials extends ICredentialsHelper {
	getParentTypes() {
		return [];
	}

	isCredentialUsableByNode() {
		return true;
	}

	async authenticate(credentials, typeName, requestOptions) {
		return await loader.getCredential(typeName).type.authenticate(credentials, requestOptions);
	}

	async preAuthentication() {}

	async runPreAuthentication() {}

	async getDecrypted() {
		return { ...credential };
	}

	async updateCredentials() {}

	async updateCredentialsOauthTokenData() {}

	getCredentialsProperties(type) {
		return loader.getCredential(type).type.properties;
	}
}

const nodeOf = (type, name, parameters = {}) => ({
	id: name,
	name,
	type,
	typeVersion: 1,
	position: [0, 0],
	parameters,
	credentials: { [credentialType]: { id: '1', name: credentialType } },
});

const create = () =>
	nodeOf('n8n-nodes-veo.veoCreate', 'Veo Create', {
		provider: 'deepWl',
		prompt: '={{ $json.prompt }}',
	});

const poll = (waiting) =>
	nodeOf('n8n-nodes-veo.veoPollUntilDone', pollName, { provider: 'deepWl', waiting });

/** Reads what earlier nodes gave, as people do; the label comes from the node that fed Veo Create. */
const read = (feeder) =>
	nodeOf('reader', 'Read', {
		values: {
			now: '={{ $json.jobId }}',
			first: `={{ $('${pollName}').first().json.jobId }}`,
			own: `={{ $('${pollName}').item.json.jobId }}`,
			created: `={{ $('Veo Create').item.json.jobId }}`,
			label: `={{ $('${feeder}').item.json.label }}`,
		},
	});

const to = (name) => [{ node: name, type: 'main', index: 0 }];

function inARow(...row) {
	const connections = row
		.slice(1)
		.map(({ name }, index) => [row[index].name, { main: [to(name)] }]);
	return { nodes: row, connections: Object.fromEntries(connections) };
}

function inALoop(waiting) {
	const row = inARow(
		nodeOf('trigger', 'Trigger'),
		nodeOf('loop', 'Loop'),
		create(),
		poll(waiting),
		read('Loop'),
	);
	const done = nodeOf('reader', 'Done', {
		values: Object.fromEntries(
			['now', 'first', 'own', 'created', 'label'].map((name) => [name, `={{ $json.${name} }}`]),
		),
	});
	return {
		nodes: [...row.nodes, done],
		connections: {
			...row.connections,
			Loop: { main: [to('Done'), to('Veo Create')] },
			Read: { main: [to('Loop')] },
		},
	};
}

/** A job that takes so many seconds of the simulator's time. */
const item = (label, seconds) => ({
	json: { label, prompt: `A boat [sim seconds=${seconds}]` },
});

/** A failed job leaves by the error output, with all that is known of it. */
function withErrorOutput() {
	const failed = nodeOf('reader', 'Failed', {
		values: {
			failed: '={{ $json.details.jobId }}',
			code: '={{ $json.details.failure.code }}',
			created: `={{ $('Veo Create').item.json.jobId }}`,
		},
	});
	const waiting = { ...poll('hold'), onError: 'continueErrorOutput' };
	const { nodes, connections } = inARow(nodeOf('trigger', 'Trigger'), create(), waiting);
	return {
		nodes: [...nodes, failed],
		connections: { ...connections, [pollName]: { main: [[], to('Failed')] } },
	};
}

const row = (waiting) =>
	inARow(nodeOf('trigger', 'Trigger'), create(), poll(waiting), read('Trigger'));

const cases = {
	suspend: { file: row('suspend'), items: [item('long', 400), item('short', 20)], last: 'Read' },
	// Long enough for two suspensions in each turn: only from then on the engine loses the source.
	loop: { file: inALoop('suspend'), items: [item('one', 250), item('two', 250)], last: 'Done' },
	failed: {
		file: withErrorOutput(),
		items: [item('good', 20), item('bad', '20 ending=safety')],
		last: 'Failed',
	},
	hold: { file: row('hold'), items: [item('long', 100), item('short', 20)], last: 'Read' },
};

const workflowOf = (id, { nodes: given, connections }) =>
	new Workflow({
		id,
		name: id,
		...structuredClone({ nodes: given, connections }),
		active: false,
		nodeTypes,
		settings: { executionOrder: 'v1' },
	});

async function runOnce(id, file, data, isResumed) {
	const hooks = new ExecutionLifecycleHooks('trigger', id, { ...file, id, name: id });
	// Base URLs must be valid, or no expression is resolved. Nothing is ever sent to them.
	const url = 'http://localhost:5678/';
	const urlNames = [
		'restApiUrl',
		'instanceBaseUrl',
		'formWaitingBaseUrl',
		'formTestBaseUrl',
		'formBaseUrl',
		'webhookBaseUrl',
		'webhookWaitingBaseUrl',
		'webhookTestBaseUrl',
	];
	const additionalData = {
		...Object.fromEntries(urlNames.map((name) => [name, url])),
		credentialsHelper: new Credentials(),
		executionId: id,
		hooks,
		currentNodeExecutionIndex: 0,
		variables: {},
		setExecutionStatus() {},
		logAiEvent() {},
		...(isResumed && { restartExecutionId: id }),
	};
	const engine = new WorkflowExecute(additionalData, 'trigger', data);
	return await engine.processRunExecutionData(workflowOf(id, file));
}

/** Runs a workflow to its end; where it suspends it is stored, read back and resumed as n8n does it. */
async function runCase(id, { file, items, last }) {
	// Spelt out, because the older versions have no function that makes it.
	let data = {
		startData: {},
		resultData: { runData: {} },
		executionData: {
			contextData: {},
			nodeExecutionStack: [{ node: file.nodes[0], data: { main: [items] }, source: null }],
			metadata: {},
			waitingExecution: {},
			waitingExecutionSource: {},
		},
	};
	const suspendedMs = [];
	let run = await runOnce(id, file, data, false);
	while (run.waitTill) {
		const wakeTime = new Date(run.waitTill);
		const restMs = wakeTime.getTime() - Date.now();
		suspendedMs.push(restMs);
		// The form in which n8n's database holds an execution: it keeps shared objects shared.
		const stored = stringify(run.data);
		await new Promise((resolve) => setTimeout(resolve, Math.max(0, restMs)));
		data = parse(stored);
		data.waitTill = wakeTime;
		run = await runOnce(id, file, data, true);
	}
	const { runData, error } = run.data.resultData;
	const itemsOf = (name) => runData[name]?.at(-1)?.data?.main?.[0] ?? [];
	return {
		status: run.status,
		error: error && `${error.message} ${error.description ?? ''}`,
		suspendedMs,
		jobs: itemsOf(pollName).map(({ json }) => json),
		read: itemsOf(last).map(({ json }) => json),
		hints: (runData[pollName] ?? []).flatMap(({ hints = [] }) =>
			hints.map(({ message }) => message),
		),
		videos: itemsOf(pollName).filter(({ binary }) => binary?.video).length,
	};
}

async function main() {
	await Container.get(BinaryDataService).init();
	await loader.loadAll();
	const results = await Promise.all(
		Object.entries(cases).map(async ([name, each]) => [name, await runCase(name, each)]),
	);
	const { version: core } = requireThere('n8n-core/package.json');
	const { nodes, credentials } = loader.types;
	const namesOf = (types) => types.map(({ name }) => name);
	const line = {
		core,
		node: process.version,
		loaded: { nodes: namesOf(nodes), credentials: namesOf(credentials) },
		cases: Object.fromEntries(results),
	};
	process.stdout.write(`${JSON.stringify(line)}\n`, () => process.exit(0));
}

void main();
