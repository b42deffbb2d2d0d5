import type { IExecuteFunctions } from 'n8n-workflow';
import { saveJobIds } from '../../nodes/execution/savedJobIds';

/** An execution whose highlighted data takes what n8n's takes: ten entries of 512 characters. */
function executionWith(entries: Record<string, string> = {}) {
	const writes: string[] = [];
	const customData = {
		getAll: () => ({ ...entries }),
		set: (key: string, value: string) => {
			writes.push(key);
			if (!(key in entries) && Object.keys(entries).length >= 10) return;
			entries[key] = value.slice(0, 512);
		},
	};
	const context = {
		getWorkflowDataProxy: () => ({ $execution: { customData } }),
		logger: { debug: () => undefined },
	};
	return { context: context as unknown as IExecuteFunctions, entries, writes };
}

const idsOf = (count: number, length = 40) =>
	Array.from({ length: count }, (_, index) => String(index).padStart(length, 'x'));

test('as many ids stand in one entry as fit', () => {
	const { context, entries } = executionWith();
	const ids = idsOf(30);
	saveJobIds(context, ids);
	// Twelve ids of 40 letters, with a comma and a space between two.
	expect(Object.keys(entries)).toEqual(['veo_jobs_1', 'veo_jobs_2', 'veo_jobs_3']);
	expect(Object.values(entries).join(', ').split(', ')).toEqual(ids);
});

test('ids that are there already are not written again, and new ones join them', () => {
	const { context, entries, writes } = executionWith();
	saveJobIds(context, ['a', 'b']);
	saveJobIds(context, ['b', 'a']);
	expect(writes).toHaveLength(1);
	saveJobIds(context, ['b', 'c', 'c']);
	expect(entries).toEqual({ veo_jobs_1: 'a, b, c' });
});

test('an id that is part of another one is one of its own', () => {
	const { context, entries } = executionWith({ veo_jobs_1: 'task_12' });
	saveJobIds(context, ['task_1']);
	expect(entries).toEqual({ veo_jobs_1: 'task_12, task_1' });
});

test('what others wrote is left as it is, and n8n is not asked for an eleventh entry', () => {
	const others = Object.fromEntries(idsOf(8, 3).map((key) => [`entry_${key}`, 'mine']));
	const { context, entries, writes } = executionWith({ ...others });
	const ids = idsOf(40);
	saveJobIds(context, ids);
	expect(entries).toMatchObject(others);
	expect(writes).toEqual(['veo_jobs_1', 'veo_jobs_2']);
	const saved = `${entries.veo_jobs_1}, ${entries.veo_jobs_2}`.split(', ');
	expect(saved).toEqual(ids.slice(0, 24));
});

test('an id that would be cut is left out, and the others are kept', () => {
	const { context, entries } = executionWith();
	saveJobIds(context, ['x'.repeat(513), 'a']);
	expect(entries).toEqual({ veo_jobs_1: 'a' });
});

test.each<[string, () => unknown]>([
	['an n8n without highlighted data', () => ({ $execution: {} })],
	[
		'an n8n that throws',
		() => {
			throw new Error('No data');
		},
	],
])('%s: nothing is thrown', (_name, getWorkflowDataProxy) => {
	const context = { getWorkflowDataProxy, logger: { debug: () => undefined } };
	expect(() => saveJobIds(context as unknown as IExecuteFunctions, ['a'])).not.toThrow();
});
