import { packageBuild } from '../../tsup.base.js';

/** A program: nobody imports it, so it has one format and no types. */
export default { ...packageBuild, entry: ['src/main.ts'], format: ['esm'], dts: false, shims: false };
