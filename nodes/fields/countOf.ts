/** A number with its noun, as in "1 minute" and "2 minutes". For nouns that only take an "s". */
export const countOf = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
