import { json } from 'node:stream/consumers';
import type { IBinaryData, IBinaryKeyData, INodeExecutionData } from 'n8n-workflow';
import { runWorkflow, storeBinary } from '../../workbench/engine/engine';
import type { Measured, Play } from './measuredRun';

const MB = 1024 * 1024;

/** Held before the run and at most during it. */
class Gauge {
	private readonly before: NodeJS.MemoryUsage;
	private readonly peak: NodeJS.MemoryUsage;
	private readonly timer: NodeJS.Timeout;

	/** `onlyHeld`: what nobody holds any more does not count, although it may still be there. */
	constructor(private readonly onlyHeld: boolean) {
		globalThis.gc?.();
		this.before = process.memoryUsage();
		this.peak = { ...this.before };
		this.timer = setInterval(() => this.look(), onlyHeld ? 40 : 10).unref();
	}

	private look(): void {
		if (this.onlyHeld) globalThis.gc?.();
		const now = process.memoryUsage();
		for (const name of Object.keys(now) as Array<keyof NodeJS.MemoryUsage>) {
			this.peak[name] = Math.max(this.peak[name], now[name]);
		}
	}

	end(): Pick<Measured, 'residentMb' | 'externalMb' | 'heapMb'> {
		this.look();
		clearInterval(this.timer);
		const grown = (name: keyof NodeJS.MemoryUsage) =>
			Math.round((10 * (this.peak[name] - this.before[name])) / MB) / 10;
		return {
			residentMb: grown('rss'),
			externalMb: grown('external'),
			heapMb: grown('heapUsed'),
		};
	}
}

async function imagesOf(sizes: readonly number[]): Promise<IBinaryKeyData> {
	const images: IBinaryKeyData = {};
	for (const [index, size] of sizes.entries()) {
		const bytes = Buffer.alloc(size, `image ${index} `);
		const described: IBinaryData = { mimeType: 'image/png', fileName: `${index}.png`, data: '' };
		images['abc'.charAt(index)] = await storeBinary(bytes, described);
	}
	return images;
}

async function measure({ file, credentials, items, warmUp, imageBytes = [] }: Play) {
	await runWorkflow(file, { credentials, items: warmUp.map((each) => ({ json: each })) });
	const binary = await imagesOf(imageBytes);
	const given = items.map((item): INodeExecutionData => ({ ...item, binary }));
	const gauge = new Gauge(imageBytes.length > 0);
	const run = await runWorkflow(file, { credentials, items: given });
	const { error, runData, lastNodeExecuted = '' } = run.data.resultData;
	const [task] = runData[lastNodeExecuted]?.slice(-1) ?? [];
	const measured: Measured = {
		...gauge.end(),
		error: error && `${error.message} ${error.description ?? ''}`,
		items: task?.data?.main?.[0] ?? [],
		hints: task?.hints?.map(({ message }) => message) ?? [],
	};
	return measured;
}

void json(process.stdin)
	.then(async (play) => await measure(play as Play))
	.then((measured) => process.stdout.write(`MEASURED ${JSON.stringify(measured)}\n`));
