import { json } from 'node:stream/consumers';
import type { IBinaryData, IBinaryKeyData, INodeExecutionData } from 'n8n-workflow';
import { runWorkflow, storeBinary } from '../../workbench/engine/engine';
import { startGauge } from './gauge';
import type { Measured, Play } from './measuredRun';

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
	const growth = startGauge({ onlyHeld: imageBytes.length > 0 });
	const run = await runWorkflow(file, { credentials, items: given });
	const { error, runData, lastNodeExecuted = '' } = run.data.resultData;
	const [task] = runData[lastNodeExecuted]?.slice(-1) ?? [];
	const measured: Measured = {
		...growth(),
		error: error && `${error.message} ${error.description ?? ''}`,
		items: task?.data?.main?.[0] ?? [],
		hints: task?.hints?.map(({ message }) => message) ?? [],
	};
	return measured;
}

void json(process.stdin)
	.then(async (play) => await measure(play as Play))
	.then((measured) => process.stdout.write(`MEASURED ${JSON.stringify(measured)}\n`));
