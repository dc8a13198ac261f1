import assert from 'node:assert/strict'
import type { Effect } from '../../domain/effect.ts'
import type { Store } from '../../store/store.ts'
import type { Case } from './case.ts'
import { atOnce, crowd, endSession, newCode, newGrant, newSession, put, signIn } from './fixtures.ts'

const audience = 'https://api.example'

function consent(sub: string, clientId: string, over: { audience?: string } = {}): Effect {
  return { do: 'consent', sub, clientId, scope: 'openid', audience, redirectHost: 'app.example', at: 1, ...over }
}

/** Takes back all that a client was allowed, and ends what it has; the names of that. */
async function withdraw(store: Store, sub: string, clientId: string): Promise<readonly string[]> {
  const { gids } = await store.update({ kind: 'granted', sub, clientId }, ({ granted }) => {
    const ends = granted.map(({ gid }): Effect => ({ do: 'end', what: { grant: gid }, why: 'consent_withdrawn' }))
    return { outcome: 'withdrawn', gids: granted.map(({ gid }) => gid), effects: [{ do: 'withdraw', sub, clientId } as Effect, ...ends] }
  })
  return gids.toSorted()
}

/** RF-5: a user takes back what a client was allowed. */
export const consentCases: readonly Case[] = [
  {
    name: 'RF-5: what one client was allowed is taken back: its grants that live end, under sessions and apart from them, and nobody else’s',
    async run({ store }) {
      const { user, client, session, grant } = await signIn(store)
      const another = await signIn(store, { user })
      const stranger = await signIn(store, { client })
      const { position } = await store.begin({ kind: 'head' })
      const offline = newGrant(session, { offline: true })
      await put(store, { do: 'openGrant', grant: offline, position })
      // Dead with its session: there is nothing to be told.
      const over = await signIn(store, { user, client })
      await endSession(store, over.session.sid)
      await put(store, consent(user.sub, client.id), consent(user.sub, client.id, { audience: 'https://other.example' }))
      await put(store, consent(user.sub, another.client.id), consent(stranger.user.sub, client.id))

      assert.deepEqual(await withdraw(store, user.sub, client.id), [grant.gid, offline.gid].toSorted())
      const names = async (sub: string) => (await store.lists.consents(sub)).map(({ clientId }) => clientId)
      assert.deepEqual([await names(user.sub), await names(stranger.user.sub)], [[another.client.id], [client.id]])
      const gids = async (sub: string) => (await store.lists.grants(sub)).map(({ gid }) => gid)
      assert.deepEqual([await gids(user.sub), await gids(stranger.user.sub)], [[another.grant.gid], [stranger.grant.gid]])
      assert.partialDeepStrictEqual(await store.lists.grant(grant.gid), { endedSeq: 2, endedWhy: 'consent_withdrawn' })
      assert.deepEqual(await withdraw(store, user.sub, client.id), [])
      assert.deepEqual(await withdraw(store, 'nobody', client.id), [])
    },
  },
  {
    name: 'RF-5: a code comes with whether its client is allowed its audience now',
    async run({ store }) {
      const { user, client, session, position } = await signIn(store)
      const code = newCode(session, position)
      const allowed = async () =>
        (await store.update({ kind: 'code', hash: code.hash }, (row) => ({ outcome: 'looked', row }))).row?.allowed
      await put(store, { do: 'issueCode', code }, consent(user.sub, client.id, { audience: 'https://other.example' }))
      assert.equal(await allowed(), false)
      await put(store, consent(user.sub, client.id))
      assert.equal(await allowed(), true)
      await withdraw(store, user.sub, client.id)
      assert.equal(await allowed(), false)
    },
  },
  {
    name: 'RF-5: fifty codes are redeemed while it is taken back: each comes before it and ends, or after it and gets nothing',
    async run({ store }) {
      const { user, client, session, position } = await signIn(store)
      const codes = Array.from({ length: crowd }, () => newCode(session, position))
      await put(store, ...codes.map((code): Effect => ({ do: 'issueCode', code })), consent(user.sub, client.id))
      const outcomes = await atOnce(async (index) => {
        if (index === crowd / 2) await withdraw(store, user.sub, client.id)
        const { outcome } = await store.update({ kind: 'code', hash: codes[index]!.hash }, (held, { now }) => {
          if (!held?.allowed) return { outcome: 'refused' }
          const grant = newGrant({ ...newSession(user, client.id, now), sid: session.sid })
          const effects: Effect[] = [
            { do: 'redeem', hash: held.code.hash, gid: grant.gid },
            { do: 'openGrant', grant, position },
          ]
          return { outcome: 'redeemed', effects }
        })
        return outcome
      })
      assert.equal(outcomes[crowd / 2], 'refused')
      assert.deepEqual(await store.lists.grants(user.sub), [])
    },
  },
]
