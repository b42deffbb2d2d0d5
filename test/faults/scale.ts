/** Whether everything is played (`npm run test:faults`), or a part that stands for it (`npm test`). */
export const isWhole = process.env.VEO_FAULTS === 'whole';

/** How many cells of the matrix are played at the same time in one process. */
export const inParallel = 16;

// Printed, so that a failure anywhere can be played again here: VEO_SEED=… npx jest test/faults/readers
export const seed = Number(process.env.VEO_SEED ?? Date.now() % 2 ** 31);
