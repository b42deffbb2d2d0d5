/**
 * The problem with an address, as text that follows the name of its field; undefined if it is valid. A
 * user name would replace the API key in the header, and no path can follow a query or a fragment.
 */
export function addressProblem(entered: string): string | undefined {
	const address = entered.trim();
	if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
		return 'is not an address that begins with https:// or http://';
	}
	if (/^https?:[\\/]+[^\\/?#]*@/i.test(address))
		return 'contains a user name or password (before "@")';
	if (address.includes('?')) return 'contains a query (after "?")';
	return address.includes('#') ? 'contains a fragment (after "#")' : undefined;
}
