/** "1 minute", "2 minutes". For nouns with a regular plural. */
export const countOf = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
