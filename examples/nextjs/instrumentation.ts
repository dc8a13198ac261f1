/** A clean stop: no lease is lost, and sign-outs after the next start confirm at once. NEXT_MANUAL_SIG_HANDLE=true (`npm start`) lets it finish. */
export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { close } = await import('./lib/curfew')
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => close().finally(() => process.exit()))
  }
}
