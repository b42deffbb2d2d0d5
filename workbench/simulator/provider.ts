import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ProviderName } from '../../nodes/providers';
import { requireText } from './bodies';
import type { Caller } from './callbacks';
import type { RouteName } from './faults/fault';
import type { Job } from './jobs';
import type { CreateRequest } from './ledger';
import { acceptJob, findJob } from './ledger';
import type { Refusal } from './refusal';
import type { Simulation } from './simulation';

/** One format of one host: its routes, and data. */
export interface SimulatedProvider {
	/** The path of its host. The formats of a host share it, and the key. */
	prefix: `/${string}`;
	/** The one key it accepts. */
	key: string;
	/** The word before the key. Bearer if absent. */
	keyScheme?: 'Key';
	/** How a host that takes more than one fixed key is called, and how it checks that. */
	ownKey?: {
		/** The header that its clients send at a time. `key` is a part of it. */
		authorization(now: number): string;
		/** Throws a Refusal unless the headers hold a valid key. */
		check(headers: IncomingHttpHeaders, now: number): void;
		/** Texts beside `key` that no one else may see. */
		secrets: readonly string[];
	};
	/** The fields of its credential beside key, Base URL and Task Data URL. */
	settings?(baseUrl: string): Record<string, string>;
	/** Its documented Veo ids, and some of other models. */
	models: readonly string[];
	/** Whether the key may come without the word Bearer. */
	acceptsBareKey?: true;
	/** Whether the task-data host shows its jobs. */
	speaksChat?: true;
	/** Whether its routes find the jobs of the host's other formats too. */
	findsJobsOfHost?: true;
	/** The body of its refusals. */
	errorBody(refusal: Refusal): unknown;
	/** How it calls the address of a job. */
	caller?: Caller;
	/** Its list of models and its test of the key, in place of New API's `GET /v1/models`. */
	ownLists?: (server: FastifyInstance) => void;
	routes: readonly Route[];
}

export interface RouteContext {
	simulation: Simulation;
	name: ProviderName;
	/** The providers whose jobs the routes find. */
	finds: readonly ProviderName[];
}

/** Adds a route to the server of a provider. */
export type Route = (server: FastifyInstance, context: RouteContext) => void;

export type SentCreate = Omit<CreateRequest, 'provider' | 'operation'> &
	Partial<Pick<CreateRequest, 'provider' | 'operation'>>;

/** Starts a paid job and answers with what `describe` makes of it. */
export function createRoute(
	path: string,
	readCreate: (request: FastifyRequest) => SentCreate | Promise<SentCreate>,
	describe: (simulation: Simulation, job: Job, reply: FastifyReply) => unknown,
	accept = acceptJob,
	route: RouteName = 'create',
): Route {
	return (server, { simulation, name }) => {
		server.post(path, { config: { route } }, async (request, reply) => {
			const defaults = { provider: name, operation: 'create' as const };
			return describe(
				simulation,
				accept(simulation, { ...defaults, ...(await readCreate(request)) }),
				reply,
			);
		});
	};
}

/** Answers with the state of the job whose id is in the path or, if the path has none, in the query. */
export function statusRoute(
	path: string,
	describe: (simulation: Simulation, job: Job) => unknown,
	refuseUnknown: (id: string) => Refusal,
): Route {
	return (server, { simulation, finds }) => {
		server.get<{ Params: { id?: string }; Querystring: { id?: string } }>(
			path,
			{ config: { route: 'status' } },
			({ params, query }) => {
				const id = params.id ?? requireText(query.id, 'id');
				const job = findJob(simulation, finds, id);
				if (job === undefined) throw refuseUnknown(id);
				return describe(simulation, job);
			},
		);
	};
}
