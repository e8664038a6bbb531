/*
 * Importing the operations makes `wasm` the default backend, so that nobody computes on the slow reference backend by
 * accident. No operation knows of it: they run on whatever backend holds their inputs.
 */
import '@adjoint/wasm';
