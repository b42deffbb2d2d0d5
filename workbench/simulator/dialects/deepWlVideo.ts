import type { Job } from '../jobs';
import type { Wording } from '../report';
import { report, stages, videoObject } from '../report';
import type { Simulation } from '../simulation';

const wording: Wording<{ message: string; code: string }> = {
	stages: stages('queued', 'processing', 'completed', 'failed', 'cancelled'),
	failures: {
		safety: {
			message: 'PUBLIC_ERROR_UNSAFE_GENERATION: the prompt was filtered',
			code: 'generation_error',
		},
		busy: { message: 'reCAPTCHA evaluation failed', code: 'upstream_error' },
		otherwise: { message: 'video generation failed', code: 'generation_error' },
	},
};

/** DeepWL, doc.deepwl.cn: videos/aigc/query. Empty strings and zeros where others have null. */
export function describeDeepWlVideo(simulation: Simulation, job: Job) {
	const state = report(simulation, job, wording);
	return {
		...videoObject(job, state),
		completed_at: state.completedAt ?? 0,
		expires_at: state.createdAt + 86_400,
		remixed_from_video_id: job.remixedFrom ?? '',
		error: state.error ?? { message: '', code: '' },
		video_url: state.url ?? '',
	};
}
