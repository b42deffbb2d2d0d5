import type { FastifyPluginAsync } from 'fastify';
import { providerNames } from '../../nodes/providers';
import { taskData } from './dialects/taskData';
import { interceptFaults } from './faults/intercept';
import { simulatedProviders } from './providers';
import { findJob, findProviderOfJob } from './ledger';
import { namedPlugin } from './namedPlugin';
import type { Simulation } from './simulation';

/** The task-data host: needs no key, and must never receive one. */
export function taskDataHost(simulation: Simulation): FastifyPluginAsync {
	const finds = providerNames.filter((name) => simulatedProviders[name].speaksChat);
	return namedPlugin('taskData', async (server) => {
		interceptFaults(
			server,
			simulation,
			({ message }) => ({ error: message }),
			(request) => findProviderOfJob(simulation, request),
		);
		server.get<{ Params: { id: string } }>(
			'/source/:id',
			{ config: { route: 'taskData' } },
			(request, reply) => {
				const job = findJob(simulation, finds, request.params.id);
				if (job === undefined) return reply.code(404).send({ error: 'task not found' });
				// This host escapes the slashes in its JSON.
				const json = JSON.stringify(taskData(simulation, job)).replaceAll('/', '\\/');
				return reply.type('application/json').send(json);
			},
		);
	});
}
