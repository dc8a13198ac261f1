import type { Statement } from '../../src/store/postgres/driver.ts'
import { runOf } from './known.ts'
import type { LockRequest } from './locks.ts'
import type { SessionNeeds } from './session-needs.ts'
import { type Result, sqlError } from './statement.ts'
import { ONE } from './tables.ts'
import type { Scope, Steps, Transaction } from './transaction.ts'

/** What one message of a client came to, statement by statement. */
export type Outcome = Result | Error

/** One connection, as the server has it. */
export interface Session {
  /** Statements that were sent together; the answer leaves when all are over. */
  take(statements: readonly Statement[], answer: (outcomes: readonly Outcome[]) => void): void
  /** The client is gone: what it sent is carried out, what it left open is undone. */
  end(): void
  /** The server ends: a commit that is under way is done, or not. */
  crash(isCommitted: (transaction: Transaction) => boolean): void
  isListening(): boolean
}

interface Message {
  readonly statements: readonly Statement[]
  readonly answer: (outcomes: readonly Outcome[]) => void
}

const isSteps = (ran: Result | Steps<Result>): ran is Steps<Result> => 'next' in ran
const done = (command: string): Result => ({ rows: [], rowCount: 0, command })

/** One connection: its statements one after the other, its transaction. */
export function createSession(needs: SessionNeeds): Session {
  const { process, storage, locks, chance, weather } = needs
  const messages: Message[] = []
  let transaction: Transaction | undefined
  let isBusy = false
  let isOver = false
  let isListening = false
  /** Of the statement that is under way, or of a transaction that is idle (M3). */
  let cancelTimer = () => {}

  function next(): unknown {
    if (isBusy) return
    const message = messages.shift()
    if (!message) {
      if (!transaction) return
      if (isOver) return undo()
      const idle = transaction
      if (idle.timeout !== undefined) {
        cancelTimer()
        cancelTimer = process.after(idle.timeout, () => {
          if (transaction !== idle || isBusy) return
          undo()
          isOver = true
          needs.close(sqlError('25P03', 'terminating connection due to idle-in-transaction timeout'))
        })
      }
      return
    }
    isBusy = true
    cancelTimer()
    carryOut(message, 0, [])
  }

  function carryOut(message: Message, at: number, outcomes: Outcome[]): unknown {
    const statement = message.statements[at]
    if (!statement) {
      isBusy = false
      message.answer(outcomes)
      return next()
    }
    const go = (outcome: Outcome): void => {
      outcomes.push(outcome)
      if (at + 1 < message.statements.length && chance.happens(weather.gap)) process.soon(chance.between(0, 0.5), on)
      else on()
    }
    const on = (): unknown => carryOut(message, at + 1, outcomes)
    const { slow } = weather
    const delay =
      slow && statement.text !== 'COMMIT' && statement.text !== 'ROLLBACK' && chance.happens(slow[0]) ? chance.next() * slow[1] : 0
    if (delay === 0) return perform(statement, go)
    const limit = transaction?.timeout
    process.soon(Math.min(delay, limit ?? delay), () => {
      if (limit !== undefined && delay > limit) fail(sqlError('57014', 'canceling statement due to statement timeout'), go)
      else perform(statement, go)
    })
  }

  function perform({ text: sent, values = [] }: Statement, go: (outcome: Outcome) => void): unknown {
    const text = needs.rewritten(sent)
    if (text.startsWith('BEGIN')) return go(begin(text))
    if (text === 'ROLLBACK') {
      undo()
      return go(done('ROLLBACK'))
    }
    if (text === 'COMMIT') {
      if (transaction?.status === 'open') return commit(transaction, () => go(done('COMMIT')))
      undo()
      return go(done('ROLLBACK'))
    }
    if (transaction?.status === 'failed') return go(sqlError('25P02', 'current transaction is aborted'))
    if (text.startsWith('SELECT pg_xact_status(')) return go(statusOf(String(values[0])))
    if (text.endsWith('LISTEN curfew')) isListening = text.startsWith('LISTEN')
    const nodes = /^SELECT pg_(?:try_)?advisory_(\w+)\(hashtext\('curfew nodes'\)\)$/.exec(text)?.[1]
    if (nodes !== undefined) return go(presence(nodes))

    const own = transaction === undefined
    const mine = transaction ?? storage.begin()
    const scope = storage.scope(mine)
    const over = (outcome: Outcome): unknown => {
      scope.over()
      if (!own) return go(outcome)
      if (outcome instanceof Error || (mine.writes.size === 0 && mine.notes.size === 0)) {
        finish(mine, 'aborted')
        return go(outcome)
      }
      commit(mine, () => go(outcome))
    }
    try {
      const plain = () => runOf(text)(scope, values)
      const ran = needs.instead ? needs.instead(text, scope, plain) : plain()
      if (isSteps(ran)) step(ran, mine, scope, over)
      else over(ran)
    } catch (error) {
      fail(error, over)
    }
  }

  /** On to the next lock, or to the end. */
  function step(steps: Steps<Result>, mine: Transaction, scope: Scope, over: (outcome: Outcome) => unknown): unknown {
    try {
      for (;;) {
        const { value, done: isDone } = steps.next()
        if (isDone) return over(value)
        if (locks.take(mine, value)) continue
        scope.freeze()
        return wait(value, mine, (error) => (error ? fail(error, over) : step(steps, mine, scope, over)))
      }
    } catch (error) {
      fail(error, over)
    }
  }

  function wait(request: LockRequest, mine: Transaction, go: (error?: Error) => void): void {
    let isGranted = false
    const cancel = mine.timeout === undefined ? () => {} : process.after(mine.timeout, timeOut)
    function timeOut(): void {
      if (isGranted) return
      locks.leave(mine)
      go(sqlError('57014', 'canceling statement due to statement timeout'))
    }
    const isHopeful = locks.wait(mine, request, () => {
      isGranted = true
      cancel()
      process.soon(0, () => go())
    })
    if (isHopeful) return
    cancel()
    go(sqlError('40P01', 'deadlock detected'))
  }

  function fail(error: unknown, go: (outcome: Outcome) => void): void {
    if (transaction) {
      transaction.status = 'failed'
      // What it wrote is gone, and nobody waits for it any more.
      locks.release(transaction)
    }
    go(error as Error)
  }

  function begin(text: string): Result {
    transaction ??= storage.begin()
    if (/'statement_timeout', '10s'/.test(text)) transaction.timeout = 10_000
    if (!text.includes('SELECT')) return done('BEGIN')
    const scope = storage.scope(transaction)
    const [state, issuer] = [scope.row('ledger_state', ONE)!, scope.row('issuer', ONE)!]
    const first = ['10s', '10s', 'on', '1', 'force_generic_plan', transaction.xid, scope.now(), state.head!, issuer.cut!, issuer.stale!]
    return { rows: [first], rowCount: 1 }
  }

  function commit(mine: Transaction, go: () => void): unknown {
    if (mine.writes.size === 0 && mine.notes.size === 0) {
      finish(mine, 'committed')
      return go()
    }
    mine.status = 'committing'
    committing = mine
    process.soon(chance.between(weather.commit[0], weather.commit[1]), () => {
      committing = undefined
      storage.commit(mine)
      finish(mine, 'committed')
      needs.committed(mine)
      go()
    })
  }
  let committing: Transaction | undefined

  function finish(mine: Transaction, status: 'committed' | 'aborted'): void {
    mine.status = status
    locks.release(mine)
    if (transaction === mine) transaction = undefined
  }

  function undo(): void {
    if (transaction) finish(transaction, 'aborted')
  }

  function statusOf(xid: string): Result {
    const status = storage.statusOf(xid)
    return { rows: [[status === 'committed' || status === 'aborted' ? status : 'in progress']], rowCount: 1 }
  }

  /** R2: nodes that run hold a lock together; whoever restores must have it alone. */
  function presence(what: string): Result {
    if (what === 'lock_shared') needs.nodes.add(session)
    if (what === 'unlock_shared') needs.nodes.delete(session)
    return { rows: [[what !== 'xact_lock' || needs.nodes.size === 0]], rowCount: 1 }
  }

  const session: Session = {
    take(statements, answer) {
      messages.push({ statements, answer })
      next()
    },
    end() {
      isOver = true
      isListening = false
      needs.nodes.delete(session)
      next()
    },
    crash(isCommitted) {
      isListening = false
      for (const mine of new Set([committing, transaction])) {
        if (!mine) continue
        if (mine === committing && isCommitted(mine)) storage.commit(mine)
        else mine.status = 'aborted'
      }
    },
    isListening: () => isListening && !isOver,
  }
  return session
}
