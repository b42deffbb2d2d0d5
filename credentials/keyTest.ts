import type { ICredentialTestRequest } from 'n8n-workflow';

/** A free call that needs the key: the gateway's list of models. Tells a wrong key from a wrong host. */
export function keyTest(label: string): ICredentialTestRequest {
	const wrong = (value: number, message: string) => ({
		type: 'responseCode' as const,
		properties: { value, message },
	});
	const wrongKey = `${label} answered, and refused the API key. Check that it is whole and still valid`;
	const wrongHost = `This address does not answer as ${label} does. Check the Base URL`;
	const elsewhere =
		'This address leads to another one, where the key does not go. Enter that one as Base URL, and mind https';
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
			wrong(403, wrongKey),
			wrong(404, wrongHost),
			wrong(405, wrongHost),
			...[301, 302, 303, 307, 308].map((code) => wrong(code, elsewhere)),
			wrong(502, `${label} is out of order at the moment (HTTP 502). Try again later`),
			wrong(503, `${label} is out of order at the moment (HTTP 503). Try again later`),
			// A gateway's website answers any path with its start page: the first letter of that is "<".
			{
				type: 'responseSuccessBody',
				properties: {
					key: '0',
					value: '<',
					message: `This is the address of a website. Check the Base URL: it must be that of ${label}'s API`,
				},
			},
			// An answer of another service says 200 as well.
			...[undefined, null].map((value) => ({
				type: 'responseSuccessBody' as const,
				properties: { key: 'data', value, message: wrongHost },
			})),
		] as ICredentialTestRequest['rules'],
	};
}
