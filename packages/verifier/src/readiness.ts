import type { FollowProblem } from './ledger-copy/follower.ts'
import { type Logger, VerifierSetupError } from './settings.ts'
import { stayAlive, type World } from './world.ts'

/** Whether a verifier can work, and who waits for that. */
export interface Readiness {
  /** What following came to: undefined is an answer that was worked in. */
  report(problem: FollowProblem | undefined, hasLease: boolean): void
  wait(patience?: number): Promise<void>
  problem(): string | undefined
  close(): void
}

const consoleLogger: Logger = {
  info: (_, message) => console.info(message),
  warn: (_, message) => console.warn(message),
  error: (_, message) => console.error(message),
}

/** Makes what keeps book of it. Each change is logged once, not each attempt. */
export function makeReadiness(needs: { world: World; name: string; issuer: string; logger?: Logger | undefined }): Readiness {
  const { world, name, issuer, logger = consoleLogger } = needs
  let isReady = false
  let problem: FollowProblem | undefined
  let isClosed = false
  const waiting = new Set<(error?: Error) => void>()

  const settle = (error?: Error) => {
    for (const each of [...waiting]) each(error)
  }
  const sentence = (message: string) => `${name}: ${message}`

  return {
    report(next, hasLease) {
      isReady = hasLease
      if (next === undefined) {
        if (problem !== undefined) logger.info({ issuer }, sentence('follows the ledger again'))
        problem = undefined
        if (hasLease) settle()
        return
      }
      if (next.message !== problem?.message) {
        logger[next.definitive ? 'error' : 'warn']({ issuer, definitive: next.definitive }, sentence(next.message))
      }
      problem = next
      if (next.definitive) settle(new VerifierSetupError(sentence(next.message)))
    },
    wait(patience = 10_000) {
      if (isClosed) return Promise.reject(new VerifierSetupError(sentence('this verifier was closed')))
      if (isReady) return Promise.resolve()
      if (problem?.definitive) return Promise.reject(new VerifierSetupError(sentence(problem.message)))
      return new Promise((resolve, reject) => {
        const done = (error?: Error) => {
          waiting.delete(done)
          cancel()
          rest()
          if (error === undefined) resolve()
          else reject(error)
        }
        const late = () => {
          const why = problem === undefined ? `the issuer at ${issuer} has given no lease` : problem.message
          done(new VerifierSetupError(sentence(`not ready after ${patience} ms: ${why}`)))
        }
        const cancel = world.after(patience, late)
        const rest = stayAlive()
        waiting.add(done)
      })
    },
    problem: () => problem?.message,
    close() {
      isClosed = true
      isReady = false
      settle(new VerifierSetupError(sentence('this verifier was closed')))
    },
  }
}
