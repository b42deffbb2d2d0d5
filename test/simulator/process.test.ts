import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { formOf, image, send, textAt } from './calls';

test('as a process of its own', async () => {
	const main = join(__dirname, '../../workbench/simulator/main.ts');
	const child = spawn(process.execPath, ['--import', 'tsx', main, '--manual-clock'], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	try {
		const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
		const started: unknown = JSON.parse(line);
		const origin = textAt(started, 'origin');
		const authorization = `Bearer ${textAt(started, 'gateways', 'deerApi', 'key')}`;
		const post = (path: string, json: unknown) => send(origin + path, 'POST', { json });

		await post('/_control/fail', { kind: 'html', route: 'create' });
		const videos = `${textAt(started, 'gateways', 'deerApi', 'baseUrl')}/v1/videos`;
		const form = () => formOf(['prompt', 'A cat'], ['input_reference', image]);
		expect((await send(videos, 'POST', { form: form(), authorization })).httpStatus).toBe(502);
		const created = await send(videos, 'POST', { form: form(), authorization });
		await post('/_control/advance', { milliseconds: 60_000 });
		const url = `${videos}/${textAt(created.json, 'id')}`;
		expect((await send(url, 'GET', { authorization })).json).toMatchObject({ status: 'completed' });

		const ledger = (await send(`${origin}/_control/ledger`)).json;
		expect(ledger).toMatchObject([
			{ fields: { input_reference: { bytes: image.toString('base64') } } },
		]);
		expect((await send(`${origin}/_control/calls`)).json).toHaveLength(3);
		expect((await post('/_control/fail', { kind: 'nothing' })).httpStatus).toBe(400);
		await post('/_control/reset', {});
		expect((await send(`${origin}/_control/ledger`)).json).toEqual([]);
	} finally {
		child.kill('SIGTERM');
	}
	expect(await once(child, 'exit')).toEqual([0, null]);
}, 20_000);
