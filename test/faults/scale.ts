/** Whether everything is played (`npm run test:faults`), or a part that stands for it (`npm test`). */
export const isWhole = process.env.VEO_FAULTS === 'whole';

/** How many cells of the matrix are played at the same time in one process. */
export const inParallel = 16;
