import type { ICredentialTestRequest } from 'n8n-workflow';

// The list of models is a short answer that needs no upstream.
export const keyTestTimeoutMs = 15_000;

/** A free call that needs the key: the provider's list of models. Tells a wrong key from a wrong host. */
export function keyTest(label: string): ICredentialTestRequest {
	const wrong = (value: number, message: string) => ({
		type: 'responseCode' as const,
		properties: { value, message },
	});
	const wrongKey = `${label} answered, and refused the API key. Check that it is whole and still valid`;
	const forbidden = `${label}, or a firewall in front of it, refused the request (HTTP 403). Check the API key, and whether calls from this server are allowed`;
	const failed = `${label} answered with an error (success: false). Check the API key first, and then the Base URL`;
	const wrongHost = `This address does not answer as ${label} does. Check the Base URL`;
	const elsewhere = 'This address redirects. Enter the target (https) as Base URL';
	const unavailable = (status: number) =>
		`${label} is temporarily unavailable (HTTP ${status}). Try again later`;
	const inBody = (key: string, value: unknown, message: string) => ({
		type: 'responseSuccessBody' as const,
		properties: { key, value, message },
	});
	return {
		request: {
			// People paste the address with or without "/v1" at its end.
			baseURL: '={{ $credentials.baseUrl.trim().replace(/\\/+$/, "").replace(/\\/v1$/, "") }}',
			url: '/v1/models',
			// n8n would take the key along to wherever a redirect leads.
			disableFollowRedirect: true,
		},
		// The type knows lists of one kind only; n8n reads each rule by its own.
		rules: [
			wrong(401, wrongKey),
			wrong(403, forbidden),
			wrong(404, wrongHost),
			wrong(405, wrongHost),
			...[301, 302, 303, 307, 308].map((code) => wrong(code, elsewhere)),
			wrong(502, unavailable(502)),
			wrong(503, unavailable(503)),
			// A provider's website answers any path with its start page: the first letter of that is "<".
			inBody(
				'0',
				'<',
				`This is the address of a website. Check the Base URL: it must be that of ${label}'s API`,
			),
			// Some providers refuse with HTTP 200. This comes before the missing list, which they share with
			// the answers of other services.
			...[401, '401', 403, '403'].map((code) => inBody('code', code, wrongKey)),
			inBody('success', false, failed),
			...[undefined, null].map((value) => inBody('data', value, wrongHost)),
		] as ICredentialTestRequest['rules'],
	};
}
