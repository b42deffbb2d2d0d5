import type { ICredentialTestRequest } from 'n8n-workflow';

// The answer is short and needs no upstream call. n8n's default is 300 s.
export const keyTestTimeoutMs = 15_000;

/** A call below the Base URL or another address, which users paste with or without "/v1" at the end. */
export const belowBaseUrl = (
	url: string,
	address = '$credentials.baseUrl',
): ICredentialTestRequest['request'] => ({
	baseURL: `={{ (${address}).trim().replace(/\\/+$/, "").replace(/\\/v1$/, "") }}`,
	url,
});

/**
 * A free call that needs the key: the list of models, or another one. Its rules distinguish a wrong key from
 * a wrong host, whose answers lack `member`.
 */
export function keyTest(
	label: string,
	{
		request = belowBaseUrl('/v1/models'),
		member = 'data',
		key = 'API key',
		keyAdvice = 'Check that it is complete and still valid',
	} = {},
): ICredentialTestRequest {
	const wrong = (value: number, message: string) => ({
		type: 'responseCode' as const,
		properties: { value, message },
	});
	const wrongKey = `${label} rejected the ${key}. ${keyAdvice}`;
	const forbidden = `${label} or its firewall rejected the request (HTTP 403). Check the ${key}, and whether requests from this server are allowed`;
	const failed = `${label} answered with an error (success: false). Check the API key, then the Base URL`;
	const wrongHost = `This address is not the API of ${label}. Check the Base URL`;
	const elsewhere = 'This address redirects. Enter the target (https) as Base URL';
	const unavailable = (status: number) =>
		`${label} is temporarily unavailable (HTTP ${status}). Try again later`;
	const inBody = (key: string, value: unknown, message: string) => ({
		type: 'responseSuccessBody' as const,
		properties: { key, value, message },
	});
	return {
		request: {
			...request,
			// n8n would send the key to the target of a redirect.
			disableFollowRedirect: true,
		},
		// The type allows one kind of rule per list; n8n reads the kind of each rule.
		rules: [
			wrong(401, wrongKey),
			wrong(403, forbidden),
			wrong(404, wrongHost),
			wrong(405, wrongHost),
			...[301, 302, 303, 307, 308].map((code) => wrong(code, elsewhere)),
			wrong(502, unavailable(502)),
			wrong(503, unavailable(503)),
			// A website answers any path with its start page, whose first character is "<".
			inBody(
				'0',
				'<',
				`This is the address of a website. Enter the address of ${label}'s API as Base URL`,
			),
			// Some providers reject with HTTP 200. These rules precede the one for a missing member, which would
			// match such an answer too.
			...[401, '401', 403, '403'].map((code) => inBody('code', code, wrongKey)),
			inBody('success', false, failed),
			...[undefined, null].map((value) => inBody(member, value, wrongHost)),
		] as ICredentialTestRequest['rules'],
	};
}
