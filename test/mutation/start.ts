// Instrumented modules call the switches from the first rule on; until runtime.ts is there, all are off.
Object.assign(globalThis, {
  adjointMutants: { value: (_: string, value: unknown) => value, callee: (_site: string, _name: string, callee: unknown) => callee },
});
