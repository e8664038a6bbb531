export const budget: number;
export function median(values: readonly number[]): number;
export function timeSteps(step: () => unknown, milliseconds?: number): Promise<number>;
export function report(row: string, value: number, unit: string): void;
export function refuse(row: string, note: string): void;
