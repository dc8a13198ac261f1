import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Curfew, type CurfewOptions, createCurfew, type Rights } from '../../src/index.ts'
import { payload } from '../jwt.ts'

const open: Curfew[] = []
after(() => Promise.all(open.map((one) => one.close())))

/** What answers have that is looked at here. */
type Answer = Record<'access_token' | 'refresh_token' | 'error' | 'reason', string>

/** An application with users of its own, held in a map; `find` can be slow, fail, or lie. */
function application(over: Partial<CurfewOptions> = {}) {
  const users = new Map<string, Rights>([['7', { sub: '7', disabled: false, name: 'Ada', roles: ['editor'], claims: { plan: 'gold' } }]])
  const calls: string[] = []
  let find = async (sub: string): Promise<Rights | undefined> => users.get(sub)
  const curfew = createCurfew({
    issuer: 'http://localhost:3999',
    audience: 'https://api.example',
    database: ':memory:',
    accounts: {
      authenticate: async ({ identifier, password }) => (identifier === 'ada' && password === 'sesame' ? { sub: '7' } : undefined),
      find: (sub) => {
        calls.push(sub)
        return find(sub)
      },
    },
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    ...over,
  })
  open.push(curfew)
  const call = async (path: string, body: object, headers: Record<string, string> = {}): Promise<{ status: number; body: Answer }> => {
    const request = new Request(`http://localhost:3999${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const answer = await curfew.fetch(request, { peer: { address: '127.0.0.1' } })
    return { status: answer.status, body: (await answer.json()) as Answer }
  }
  const signIn = () => call('/session/sign-in', { identifier: 'ada', password: 'sesame', mode: 'token' })
  return { curfew, users, calls, call, signIn, setFind: (next: typeof find) => (find = next) }
}

const claims = (token: string) => payload<{ pos: number; sid: string } & Record<string, unknown>>(token)

test('questions S4, S7 and S11: rights come from the application at the birth and at every refresh; its own claims are in the token, never over ours', async () => {
  const { users, call, signIn } = application()
  const { status, body } = await signIn()
  assert.equal(status, 200)
  assert.partialDeepStrictEqual(claims(body.access_token), { sub: '7', roles: ['editor'], plan: 'gold' })
  users.set('7', { sub: '7', disabled: false, roles: [], claims: { iss: 'evil', pos: 1e9, plan: 'none' } })
  const refreshed = await call('/session/refresh', { refresh_token: body.refresh_token })
  assert.partialDeepStrictEqual(claims(refreshed.body.access_token), { iss: 'http://localhost:3999', roles: [], plan: 'none' })
  assert.equal(claims(refreshed.body.access_token).pos, claims(body.access_token).pos)
})

test('S11, SS-4: who is gone or disabled in the application gets nothing more, and all that they have ends', async () => {
  for (const gone of [undefined, { sub: '7', disabled: true }] as (Rights | undefined)[]) {
    const { curfew, call, signIn, setFind } = application()
    const first = (await signIn()).body
    const second = (await signIn()).body
    const verifier = curfew.verifier()
    await verifier.ready()
    setFind(async () => gone)
    const refused = await call('/session/refresh', { refresh_token: first.refresh_token })
    assert.equal(refused.status, 401)
    assert.partialDeepStrictEqual(refused.body, { error: 'session_ended', reason: 'disabled' })
    setFind(async () => ({ sub: '7', disabled: false }))
    assert.equal((await call('/session/refresh', { refresh_token: second.refresh_token })).status, 401, 'the other device is ended, too')
    await curfew.end({ user: '7' })
    assert.equal((await verifier.verify({ authorization: `Bearer ${second.access_token}` })).outcome, 'refused')
  }
})

test('AD-5, contract §4: a source of users that fails is 503 and mints nothing; the session lives on', async () => {
  const { call, signIn, setFind } = application()
  const { body } = await signIn()
  for (const broken of [
    async () => Promise.reject(new Error('the database is away')),
    async () => ({ sub: 'somebody else', disabled: false }),
  ]) {
    setFind(broken)
    const refused = await call('/session/refresh', { refresh_token: body.refresh_token })
    assert.equal(refused.status, 503)
    assert.equal(refused.body.error, 'temporarily_unavailable')
    assert.ok(!JSON.stringify(refused.body).includes('database is away'))
  }
  setFind(async () => ({ sub: '7', disabled: false }))
  assert.equal((await call('/session/refresh', { refresh_token: body.refresh_token })).status, 200)
})

test('contract §4: a grant that is already dead never reaches the application', async () => {
  const { curfew, call, signIn, calls } = application()
  const { body } = await signIn()
  await curfew.end({ session: claims(body.access_token).sid })
  calls.length = 0
  assert.equal((await call('/session/refresh', { refresh_token: body.refresh_token })).status, 401)
  assert.deepEqual(calls, [])
})

/** The application reads somebody's rights as they are, and takes its time to say so. */
function slowly(setFind: ReturnType<typeof application>['setFind']): Record<'asked' | 'goOn', PromiseWithResolvers<void>> {
  const [asked, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  setFind(async () => {
    asked.resolve()
    await goOn.promise
    return { sub: '7', disabled: false, roles: ['editor'] } // read before they were taken away
  })
  return { asked, goOn }
}

test('P5, IATLATE: while the application is slow to answer, a stale is committed: the token that comes of it is refused', async () => {
  const { curfew, call, signIn, setFind } = application()
  const { body } = await signIn()
  const verifier = curfew.verifier()
  await verifier.ready()
  const { asked, goOn } = slowly(setFind)
  const refreshing = call('/session/refresh', { refresh_token: body.refresh_token })
  await asked.promise
  assert.equal((await curfew.stale({ user: '7' })).confirmed, true)
  goOn.resolve()
  const late = await refreshing
  assert.equal(late.status, 200)
  const verdict = await verifier.verify({ authorization: `Bearer ${late.body.access_token}` })
  assert.ok(verdict.outcome === 'refused' && verdict.reason === 'user_stale', JSON.stringify(verdict))
  setFind(async () => ({ sub: '7', disabled: false, roles: [] }))
  const today = await call('/session/refresh', { refresh_token: late.body.refresh_token })
  assert.equal((await verifier.verify({ authorization: `Bearer ${today.body.access_token}` })).outcome, 'accepted')
})

test('P2, P6, contract §4: a first sign-in of all, whose application answered from before, does not outlive a confirmed end or stale', async () => {
  for (const what of ['end', 'stale'] as const) {
    const { curfew, signIn, setFind } = application()
    const verifier = curfew.verifier()
    await verifier.ready()
    const { asked, goOn } = slowly(setFind)
    const signing = signIn()
    await asked.promise
    const { confirmed, ended } = await curfew[what]({ user: '7' })
    assert.deepEqual([confirmed, ended], [true, what === 'end' ? 0 : 1])
    goOn.resolve()
    const late = await signing
    if (what === 'end') assert.equal(late.status, 401)
    else {
      const verdict = await verifier.verify({ authorization: `Bearer ${late.body.access_token}` })
      assert.ok(verdict.outcome === 'refused' && verdict.reason === 'user_stale', JSON.stringify(verdict))
    }
    setFind(async () => ({ sub: '7', disabled: false, roles: [] }))
    const afterwards = await signIn()
    assert.equal((await verifier.verify({ authorization: `Bearer ${afterwards.body.access_token}` })).outcome, 'accepted')
  }
})

test('P1, HEADAFTER: a sign-in whose application was slow while everything was ended is refused, or covered', async () => {
  const asked = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const { curfew, signIn } = application({
    accounts: {
      authenticate: async () => {
        asked.resolve()
        await goOn.promise
        return { sub: '7' }
      },
      find: async () => ({ sub: '7', disabled: false }),
    },
  })
  const signing = signIn()
  await asked.promise
  await curfew.end('everything')
  goOn.resolve()
  assert.equal((await signing).status, 401)
  assert.equal((await signIn()).status, 200, 'one that begins afterwards is not hit')
})

test('LG-1: whatever the application throws at sign-in is 503 without a word of it', async () => {
  const { signIn } = application({
    accounts: { authenticate: async () => Promise.reject(new Error('password sesame is wrong for ada')), find: async () => undefined },
  })
  const { status, body } = await signIn()
  assert.equal(status, 503)
  assert.ok(!JSON.stringify(body).includes('sesame'))
})
