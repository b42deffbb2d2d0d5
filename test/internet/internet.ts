import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import fastify from 'fastify';

/** A simulated service that n8n calls by its real address. */
export interface Service {
	hosts: readonly string[];
	addRoutes(server: FastifyInstance): void;
}

export interface Internet {
	/** What n8n is started with, so that its HTTPS requests come here as they would to a company's proxy. */
	environment: Record<string, string>;
	/** The hosts that were called and are none of the services. */
	unknownHosts: string[];
	close(): Promise<void>;
}

/** Starts services with their own host names, behind a proxy and a certificate that n8n trusts. */
export async function startInternet(services: readonly Service[]): Promise<Internet> {
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-internet-'));
	const https = createCertificate(
		folder,
		services.flatMap(({ hosts }) => hosts),
	);
	const ports = new Map<string, number>();
	const servers = await Promise.all(
		services.map(async ({ hosts, addRoutes }) => {
			const server = fastify({ https, bodyLimit: 128 * 1024 * 1024 });
			addRoutes(server as unknown as FastifyInstance);
			await server.listen({ host: '127.0.0.1', port: 0 });
			for (const host of hosts) ports.set(host, (server.server.address() as AddressInfo).port);
			return server;
		}),
	);
	const unknownHosts: string[] = [];
	const proxy = createServer((_request, response) => response.writeHead(405).end());
	proxy.on('connect', ({ url = '' }, client, head) => {
		const host = url.split(':')[0] ?? '';
		const port = ports.get(host);
		client.on('error', () => client.destroy());
		if (port === undefined) {
			unknownHosts.push(host);
			client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
			return;
		}
		const upstream = connect(port, '127.0.0.1', () => {
			client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
			upstream.write(head);
			upstream.pipe(client).pipe(upstream);
		});
		upstream.on('error', () => client.destroy());
		client.on('close', () => upstream.destroy());
	});
	await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
	return {
		environment: {
			HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
			NO_PROXY: '127.0.0.1,localhost',
			NODE_EXTRA_CA_CERTS: path.join(folder, 'certificate.pem'),
		},
		unknownHosts,
		close: async () => {
			proxy.close();
			proxy.closeAllConnections();
			await Promise.all(servers.map(async (server) => await server.close()));
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

/** A certificate for the hosts that is its own authority. */
function createCertificate(folder: string, hosts: readonly string[]) {
	const [key, certificate] = ['key.pem', 'certificate.pem'].map((file) => path.join(folder, file));
	const names = hosts.map((host) => `DNS:${host}`).join(',');
	execFileSync(
		'openssl',
		[
			...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'],
			...['-subj', '/CN=Simulated services', '-addext', `subjectAltName=${names}`],
			...['-keyout', key ?? '', '-out', certificate ?? ''],
		],
		{ stdio: 'ignore' },
	);
	return { key: readFileSync(key ?? ''), cert: readFileSync(certificate ?? '') };
}
