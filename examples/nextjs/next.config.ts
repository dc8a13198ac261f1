import type { NextConfig } from 'next'

// Left as they are: they use node:sqlite and a native Argon2, which no bundler can take in.
export default { serverExternalPackages: ['curfew', '@curfew/verifier'] } satisfies NextConfig
