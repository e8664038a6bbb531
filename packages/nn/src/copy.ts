import { registerCopy } from '@adjoint/core';

/** This copy of the package, with which its classes are marked. */
export const ownCopy = registerCopy('@adjoint/nn');
