import { ClientRequest } from 'node:http';
import { afterAll } from '@jest/globals';

/*
 * Fast time does not reach the time-outs of sockets, which Node keeps in timers of its own. A test file
 * that imports this lets them run out so many times sooner, through the same code of n8n's helper.
 */
// Little enough that a busy machine answers in time: a check has 1.5 seconds then.
const timesSooner = 20;

const { setTimeout: realSetTimeout } = ClientRequest.prototype;

ClientRequest.prototype.setTimeout = function (milliseconds, ...rest) {
	return realSetTimeout.call(this, Math.ceil(milliseconds / timesSooner), ...rest);
};
afterAll(() => {
	ClientRequest.prototype.setTimeout = realSetTimeout;
});
