import { judge } from '../../workbench/verify/judge';
import { findLeaks } from '../../workbench/verify/leaks';
import { readRecordings } from '../../workbench/verify/recorded';

test('the recordings of real providers fit the mappings, and have no secret', () => {
	for (const recording of readRecordings()) {
		const { rows } = judge(recording);
		expect(rows.filter(({ seen }) => seen === 'otherwise')).toEqual([]);
		expect(findLeaks(JSON.stringify(recording), [])).toEqual([]);
		// Those of the simulator prove nothing.
		expect(JSON.stringify(recording)).not.toContain('http://127.0.0.1');
	}
});
