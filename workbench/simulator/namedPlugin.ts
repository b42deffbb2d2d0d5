import type { FastifyPluginAsync } from 'fastify';

const displayName = Symbol.for('fastify.display-name');

/**
 * Names a plugin. Fastify looks for one without a name among all loaded modules, twice each time it is
 * registered; beside n8n's thousands of modules this took nine tenths of the start of a simulator.
 */
export function namedPlugin(name: string, plugin: FastifyPluginAsync): FastifyPluginAsync {
	return Object.assign(plugin, { [displayName]: name });
}
