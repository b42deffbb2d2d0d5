import fc from 'fast-check';
import { uniqueFileNames, videoFileName } from '../../../nodes/transport/download/fileName';

test.each([
	['a plain name', 'spring-campaign', 'spring-campaign.mp4'],
	['with its extension', 'Spring.MP4', 'Spring.mp4'],
	['other letters', '春の花 – Frühling', '春の花 _ Frühling.mp4'],
	['letters that are put together', 'नमस्ते', 'नमस्ते.mp4'],
	['one letter written as two', 'Fru\u0308hling', 'Fr\u00fchling.mp4'],
	['a path', '../../etc/passwd', '_.._etc_passwd.mp4'],
	['a path of Windows', 'C:\\Windows\\win.ini', 'C_Windows_win.ini.mp4'],
	['a device', 'CON', 'video-CON.mp4'],
	['a device in small letters', 'lpt1', 'video-lpt1.mp4'],
	['a device with an extension', 'aux.final.mp4', 'video-aux.final.mp4'],
	['a device with spaces', 'nul  .x', 'video-nul  .x.mp4'],
	['a device with a raised number', 'com¹', 'video-com¹.mp4'],
	['almost a device', 'console', 'console.mp4'],
	['dots at the end', 'final...', 'final.mp4'],
	['dots and spaces around', ' . final . ', 'final.mp4'],
	['an option of a command', '--delete -rf', 'delete -rf.mp4'],
	['a hidden file', '.bashrc', 'bashrc.mp4'],
	['nothing', '', 'video.mp4'],
	['only dots', '..', 'video.mp4'],
	['a line break', 'one\r\ntwo', 'one_two.mp4'],
	['a zero byte', 'video.exe\0', 'video.exe_.mp4'],
	['a change of the direction of writing', 'invoice\u202e4pm.exe', 'invoice_4pm.exe.mp4'],
	['half a letter', 'a\ud800b', 'a_b.mp4'],
	['an emoji', 'party 🎉', 'party _.mp4'],
	['a link', 'https://cdn.example.com/a/b.mp4?Signature=secret', 'video.mp4'],
])('%s', (_title, given, expected) => {
	expect(videoFileName(given)).toBe(expected);
});

test('a long name is cut between letters, and in bytes', () => {
	expect(videoFileName('a'.repeat(500))).toBe(`${'a'.repeat(200)}.mp4`);
	expect(videoFileName('春'.repeat(500))).toBe(`${'春'.repeat(66)}.mp4`);
	expect(videoFileName(`${'a'.repeat(199)}. ${'b'.repeat(20)}`)).toBe(`${'a'.repeat(199)}.mp4`);
});

const device = /^(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])[ .]*(?:\.|$)/i;

/** What Windows, Linux or macOS refuse, or a person would stumble over. */
function faultsOf(name: string): string[] {
	return [
		...(/[\p{C}<>:"/\\|?*]/u.test(name) ? ['a character that is not allowed'] : []),
		...(device.test(name) ? ['a device'] : []),
		...(/^[-. ]|[. ]$/.test(name) ? ['a dot, space or dash where none may be'] : []),
		...(Buffer.byteLength(name) > 255 ? ['too long'] : []),
		...(/^[^.].*\.mp4$/u.test(name) ? [] : ['no name of a video']),
	];
}

test('no name breaks a rule of any system', () => {
	const pieces = fc.constantFrom(
		...'con|nul|com1|..|.|/|\\|-| |\u202e|\0|é|e\u0301|🎉|.mp4'.split('|'),
	);
	const names = fc.oneof(
		fc.string({ unit: 'binary', maxLength: 400 }),
		fc.string({ unit: 'grapheme', maxLength: 400 }),
		fc.array(pieces, { maxLength: 12 }).map((list) => list.join('')),
	);
	fc.assert(
		fc.property(names, (name) => {
			expect(faultsOf(videoFileName(name))).toEqual([]);
			// A name that is safe stays as it is.
			expect(videoFileName(videoFileName(name))).toBe(videoFileName(name));
		}),
		{ numRuns: 5_000 },
	);
});

test('the rules detect wrong names', () => {
	for (const wrong of [
		'a/b.mp4',
		'nul.mp4',
		'-a.mp4',
		'a.mp4.',
		`${'春'.repeat(100)}.mp4`,
		'a\0.mp4',
	])
		expect(faultsOf(wrong)).not.toEqual([]);
});

test('the name of another owner gets a number, whatever the case of its letters', () => {
	const nameOf = uniqueFileNames();
	expect(nameOf('a.mp4', 'one')).toBe('a.mp4');
	expect(nameOf('A-2.mp4', 'two')).toBe('A-2.mp4');
	expect(nameOf('a.mp4', 'three')).toBe('a-3.mp4');
	expect(nameOf('b.mp4', 'three')).toBe('b.mp4');
});

test('the same name and owner get the same result', () => {
	const nameOf = uniqueFileNames();
	const asked = ['one', 'two', 'one', 'three', 'two'].map((owner) => nameOf('a.mp4', owner));
	expect(asked).toEqual(['a.mp4', 'a-2.mp4', 'a.mp4', 'a-3.mp4', 'a-2.mp4']);
});

test('many owners of one name cost little', () => {
	const nameOf = uniqueFileNames();
	const before = process.cpuUsage();
	const names = Array.from({ length: 20_000 }, (_, index) => nameOf('a.mp4', String(index)));
	// Where each tries all numbers before its own, it takes half a minute.
	expect(process.cpuUsage(before).user / 1000).toBeLessThan(3_000);
	expect(new Set(names).size).toBe(20_000);
});
