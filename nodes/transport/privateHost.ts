type Groups = readonly number[];

// Address and prefix length, from IANA's registries of special-purpose addresses, and multicast.
const privateIpv4: ReadonlyArray<readonly [Groups, number]> = [
	[[0, 0, 0, 0], 8],
	[[10, 0, 0, 0], 8],
	[[100, 64, 0, 0], 10],
	[[127, 0, 0, 0], 8],
	[[169, 254, 0, 0], 16],
	[[172, 16, 0, 0], 12],
	[[192, 0, 0, 0], 24],
	[[192, 168, 0, 0], 16],
	[[198, 18, 0, 0], 15],
	[[224, 0, 0, 0], 3],
];
const privateIpv6: ReadonlyArray<readonly [Groups, number]> = [
	// Unspecified and loopback. The other addresses of ::/96 embed an IPv4 address.
	[[0, 0, 0, 0, 0, 0, 0, 0], 127],
	[[0xfc00, 0, 0, 0, 0, 0, 0, 0], 7],
	[[0xfe80, 0, 0, 0, 0, 0, 0, 0], 10],
	[[0xfec0, 0, 0, 0, 0, 0, 0, 0], 10],
	[[0xff00, 0, 0, 0, 0, 0, 0, 0], 8],
];
// Address, prefix length and the group of the embedded IPv4 address: compatible, mapped, translated, NAT64
// (also local) and 6to4.
const embeddingIpv4: ReadonlyArray<readonly [Groups, number, number]> = [
	[[0, 0, 0, 0, 0, 0, 0, 0], 96, 6],
	[[0, 0, 0, 0, 0, 0xffff, 0, 0], 96, 6],
	[[0, 0, 0, 0, 0xffff, 0, 0, 0], 96, 6],
	[[0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, 6],
	[[0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, 6],
	[[0x2002, 0, 0, 0, 0, 0, 0, 0], 16, 1],
];

/**
 * Whether the host of a parsed URL is a literal address that is not public: private, loopback,
 * link-local, unspecified, multicast or reserved; or a name of this machine. Other names are not
 * resolved: n8n's own protection checks their addresses.
 */
export function isPrivateHost(hostname: string): boolean {
	const name = hostname.toLowerCase().replace(/\.$/, '');
	if (name === 'localhost' || name.endsWith('.localhost')) return true;
	// The URL parser normalizes every form of an IPv4 address to four decimal numbers.
	if (/^\d+(?:\.\d+){3}$/.test(name)) return isPrivateIpv4(name.split('.').map(Number));
	return name.startsWith('[') && isPrivateIpv6(parseIpv6(name.slice(1, -1)));
}

const isPrivateIpv4 = (bytes: Groups) =>
	privateIpv4.some(([start, bits]) => sharesPrefix(bytes, start, bits, 8));

function isPrivateIpv6(groups: Groups): boolean {
	if (privateIpv6.some(([start, bits]) => sharesPrefix(groups, start, bits, 16))) return true;
	const embedding = embeddingIpv4.find(([start, bits]) => sharesPrefix(groups, start, bits, 16));
	if (embedding === undefined) return false;
	const [, , at] = embedding;
	return isPrivateIpv4(groups.slice(at, at + 2).flatMap((group) => [group >> 8, group & 0xff]));
}

/** Whether the host of a parsed URL is the machine that asks. */
export function isThisMachine(hostname: string): boolean {
	const name = hostname.toLowerCase().replace(/\.$/, '');
	const isName = name === 'localhost' || name.endsWith('.localhost');
	return isName || /^(?:127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:7f[\da-f]{2}:.*)$/.test(name);
}

/** The eight groups of an address as the URL parser writes it: lower case, `::` at most once, no dots. */
function parseIpv6(address: string): number[] {
	const [before = '', after] = address.split('::');
	const parseGroups = (text: string) =>
		text === '' ? [] : text.split(':').map((group) => parseInt(group, 16));
	if (after === undefined) return parseGroups(before);
	const [head, tail] = [parseGroups(before), parseGroups(after)];
	return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** Whether two addresses have the same first `bits`. A group has `size` of them. */
function sharesPrefix(address: Groups, start: Groups, bits: number, size: number): boolean {
	return start.every((group, index) => {
		const counted = Math.min(size, Math.max(0, bits - index * size));
		return (address[index] ?? 0) >> (size - counted) === group >> (size - counted);
	});
}
