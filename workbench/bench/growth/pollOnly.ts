import type { INodeExecutionData } from 'n8n-workflow';
import type { Contestant, ContestantOptions } from '../contestants';
import { contestantNamed } from '../contestants';
import type { BenchGateway } from '../gateway';

const suspend = contestantNamed('suspend');

/** Veo Poll Until Done by itself, suspending: its items are jobs that were bought before. */
export const pollOnly: Contestant = {
	...suspend,
	nodes: (origin) => suspend.nodes(origin).filter(({ name }) => name === suspend.lastNode),
	links: {},
};

/** The videos are not what is measured. */
export const withoutDownload: ContestantOptions = {
	parameters: { [suspend.lastNode]: { download: false } },
};

/** Jobs that begin now, as items. */
export const boughtNow = (
	gateway: BenchGateway,
	jobs: number,
	seconds: number,
): INodeExecutionData[] =>
	Array.from({ length: jobs }, () => ({
		json: { provider: 'openAiVideos', jobId: gateway.buy(promptOf(seconds)).jobId },
	}));

export const promptOf = (seconds: number) => `A boat [sim seconds=${seconds}]`;
