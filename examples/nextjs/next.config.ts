import type { NextConfig } from 'next'

// They are loaded from node_modules as they are: a bundler cannot pack node:sqlite and a native Argon2.
export default { serverExternalPackages: ['curfew', '@curfew/verifier'] } satisfies NextConfig
