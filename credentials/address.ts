/**
 * What is wrong with an address a person entered, worded to follow the name of its field; undefined
 * where it can be used. A user name in it would replace the key in the header, and behind a query or a
 * fragment no path can be added.
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
