import { createServer } from 'node:net';

/** The first of these ports on this machine that another program uses. */
export async function findUsedPort(ports: readonly number[]): Promise<number | undefined> {
	for (const port of ports) if (!(await isFree(port))) return port;
	return undefined;
}

async function isFree(port: number): Promise<boolean> {
	return await new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
	});
}
