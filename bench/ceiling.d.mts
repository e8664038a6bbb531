export function makeCeiling(): Promise<() => number>;
