import { sleep } from 'n8n-workflow';

/** A body as it comes: what n8n's helper gives for a stream. */
export type Body = AsyncIterable<Uint8Array> & {
	destroy(error?: Error): void;
	readonly destroyed: boolean;
	/** Set where a body ended before its time. */
	brokenOff?: boolean;
};

// Status answers are a few kilobytes. What is larger than this is none, and is not kept in memory.
const longestAnswerBytes = 8 * 1024 * 1024;
const longestSilenceMs = 60_000;

export interface Text {
	soFar: string;
	/** Why there is no more of it, where it did not end by itself. */
	brokenOff?: string;
}

/**
 * The text of a body, up to where it is enough or breaks off. Ends by itself when nothing comes any
 * more. The secret is taken out of it: some gateways repeat the key, and no text with it may go on.
 */
export async function readText(
	body: Body,
	secret: string,
	isEnough?: (textSoFar: string) => boolean,
): Promise<Text> {
	const text = await readRawText(body, isEnough);
	return secret === '' ? text : { ...text, soFar: text.soFar.replaceAll(secret, '***') };
}

async function readRawText(body: Body, isEnough?: (textSoFar: string) => boolean): Promise<Text> {
	const decoder = new TextDecoder();
	const watch = watchForSilence(body);
	let soFar = '';
	let bytes = 0;
	try {
		for await (const chunk of body) {
			watch.heard();
			bytes += chunk.length;
			if (bytes > longestAnswerBytes)
				return { soFar: '', brokenOff: 'an answer of more than 8 MB' };
			soFar += decoder.decode(chunk, { stream: true });
			if (isEnough?.(soFar)) return { soFar };
		}
		return { soFar: soFar + decoder.decode() };
	} catch {
		return { soFar, brokenOff: 'the connection broke off' };
	} finally {
		watch.end();
		body.destroy();
	}
}

/** Ends a body that goes silent: the time-out of n8n's helper covers only the time until the headers. */
export function watchForSilence(body: Body) {
	let last = Date.now();
	let over = false;
	const look = async () => {
		while (!over && !body.destroyed) {
			await sleep(1000);
			if (!over && Date.now() - last > longestSilenceMs)
				body.destroy(new Error('Silent for too long'));
		}
	};
	void look();
	return {
		heard: () => {
			last = Date.now();
		},
		end: () => {
			over = true;
		},
	};
}

/** The JSON in a text, or the text itself where it is none. */
export function parseJson(text: string): unknown {
	const json = text.replace(/^\uFEFF/, '').trim();
	if (json === '') return '';
	try {
		return JSON.parse(json) as unknown;
	} catch {
		return text;
	}
}
