import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import type { ContestantOptions } from '../contestants';
import { contestantNamed } from '../contestants';
import { timedRun } from '../timedRun';
import { insideNode, processorMs } from './insideNode';
import type { Place, Work } from './work';
import { inLanes } from './work';

/** What a round of checks of ours does at a time. */
export const checksAtATime = 16;

const never = 10_000_000;

/** Nobody gives up, and nothing is downloaded where that can be chosen. */
export const patient: ContestantOptions = {
	parameters: {
		'Veo Poll Until Done': { timeoutMinutes: never, download: false },
		OpenAI: { options: { waitTime: never * 60 } },
		'Go On?': {
			conditions: {
				combinator: 'and',
				options: { version: 2 },
				conditions: [
					{
						id: 'always',
						leftValue: true,
						rightValue: '',
						operator: { type: 'boolean', operation: 'true', singleValue: true },
					},
				],
			},
		},
	},
};

/** A job that is done at a check, however much time has passed until then. */
export const promptFor = (checks: number) => `A boat, done at check ${checks} [sim seconds=999999]`;

// With one job an execution is short: so many of them make a figure.
const executionsOfOneJob = 10;

// More are measured of no job: for one that is later than any should be, the waits between them grow.
const fewChecks = 2;
const manyChecks = 8;

/** A contestant's whole executions, whose jobs end at an early or at a late check. */
export function checksOf(contestant: string, jobs: number): Work {
	const chosen = contestantNamed(contestant);
	const executions = jobs === 1 ? executionsOfOneJob : 1;
	return {
		id: `${contestant}-${jobs}`,
		label: chosen.label,
		unit: 'check',
		few: fewChecks * jobs * executions,
		many: manyChecks * jobs * executions,
		run: async (checks, place) => {
			const each = promptFor(checks / jobs / executions);
			const prompts = Array.from({ length: jobs }, () => each);
			return await processorMs(async () => {
				for (let execution = 0; execution < executions; execution++) {
					const { error } = await timedRun(chosen, place, prompts, patient);
					if (error !== undefined) throw new Error(`${chosen.label}: ${error}`);
				}
			});
		},
		bare: async (checks, place) => await bareChecks(checks, Math.min(jobs, checksAtATime), place),
	};
}

/** Status requests by n8n's helper alone. */
export async function bareChecks(count: number, lanes: number, place: Place): Promise<number> {
	return await insideNode(place, async (context) => {
		await inLanes(count, lanes, async () => {
			await withKey(context, {
				url: `${place.origin}/v1/videos/none`,
				json: true,
				returnFullResponse: true,
				ignoreHttpStatusErrors: true,
			});
		});
	});
}

/** A call by n8n's helper, which adds the key. */
export const withKey = async (context: IExecuteFunctions, options: IHttpRequestOptions) =>
	(await context.helpers.httpRequestWithAuthentication.call(
		context,
		'veoOpenAiVideosApi',
		options,
	)) as unknown;
