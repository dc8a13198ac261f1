import assert from 'node:assert/strict'
import type { Verdict } from '../../domain/effect.ts'
import type { MailedLink } from '../../domain/mailed-link.ts'
import type { Store } from '../../store/store.ts'
import type { Case } from './case.ts'
import { addUser, atOnce, hour, newHash, newId, now, put } from './fixtures.ts'

/** Mail addresses, and the links that are mailed to them. */
export const peopleCases: readonly Case[] = [
  {
    name: 'a user comes back with their mail address; only a verified one finds them',
    async run({ store }) {
      const user = await addUser(store, { mail: 'ada@example.com' })
      const whole = { ...user, deleted: false, cut: 0, stale: 0 }
      assert.deepEqual((await store.begin({ kind: 'user', sub: user.sub })).rows, whole)
      assert.equal((await store.begin({ kind: 'mail', mail: 'ada@example.com' })).rows, undefined)
      await put(store, { do: 'changeUser', sub: user.sub, to: { mailVerified: true } })
      assert.deepEqual((await store.begin({ kind: 'mail', mail: 'ada@example.com' })).rows, { ...whole, mailVerified: true })
      await put(store, { do: 'changeUser', sub: user.sub, to: { mail: 'ada@example.org' } })
      assert.equal((await store.begin({ kind: 'mail', mail: 'ada@example.com' })).rows, undefined)
      assert.equal((await store.begin({ kind: 'mail', mail: 'ada@example.org' })).rows?.sub, user.sub)
      assert.equal((await store.begin({ kind: 'mail', mail: 'ada\0@example.org' })).rows, undefined)
    },
  },
  {
    name: 'an address that two claim belongs to whom it was verified for, and to nobody else',
    async run({ store }) {
      const [one, other] = [await addUser(store, { mail: 'ada@example.com' }), await addUser(store, { mail: 'ada@example.com' })]
      await put(store, { do: 'changeUser', sub: one.sub, to: { mailVerified: true } })
      await assert.rejects(put(store, { do: 'changeUser', sub: other.sub, to: { mailVerified: true } }))
      await assert.rejects(addUser(store, { mail: 'ada@example.com', mailVerified: true }))
      const { sub, usr } = one
      await put(store, { do: 'cut', what: { user: sub, usr }, why: 'deleted' }, { do: 'removeUser', sub })
      assert.equal((await store.begin({ kind: 'user', sub })).rows?.mail, undefined)
      await put(store, { do: 'changeUser', sub: other.sub, to: { mailVerified: true } })
      assert.equal((await store.begin({ kind: 'mail', mail: 'ada@example.com' })).rows?.sub, other.sub)
    },
  },
  {
    name: 'PR-1: the newest link of a purpose wins; it is found with its user, and held under the lock of that user only',
    async run({ store }) {
      const [other, user] = [await addUser(store), await addUser(store)]
      const first = await mailed(store, user.sub)
      const link = await mailed(store, user.sub)
      const verify = await mailed(store, user.sub, { purpose: 'verify' })
      assert.equal((await store.begin({ kind: 'link', hash: first.hash })).rows, undefined)
      const whole = { ...user, deleted: false, cut: 0, stale: 0 }
      const { rows } = await store.begin({ kind: 'link', hash: link.hash })
      assert.deepEqual(rows, { link, user: whole, issuer: { cut: 0, stale: 0 } })
      assert.deepEqual((await store.begin({ kind: 'link', hash: verify.hash })).rows?.link, verify)
      const held = await store.update({ kind: 'user', sub: user.sub, link: link.hash }, (row) => ({ outcome: 'looked', row }))
      assert.deepEqual(held.row.link, link)
      const foreign = await store.update({ kind: 'user', sub: other.sub, link: link.hash }, (row) => ({ outcome: 'looked', row }))
      assert.equal(foreign.row.link, undefined)
      const none = await store.update({ kind: 'user', sub: user.sub }, (row) => ({ outcome: 'looked', row }))
      assert.equal(none.row.link, undefined)
    },
  },
  {
    name: 'PR-1: fifty uses of one link at once: it works once',
    async run({ store }) {
      const user = await addUser(store)
      const { hash } = await mailed(store, user.sub)
      const verdicts = await atOnce((index) =>
        store.update<{ kind: 'user'; sub: string; link: string }, Verdict>({ kind: 'user', sub: user.sub, link: hash }, (held) =>
          held.link === undefined
            ? { outcome: 'gone' }
            : {
                outcome: 'used',
                effects: [
                  { do: 'useLink', hash },
                  { do: 'changeUser', sub: user.sub, to: { password: `hash ${index}` } },
                ],
              },
        ),
      )
      assert.equal(verdicts.filter(({ outcome }) => outcome === 'used').length, 1)
      const used = verdicts.findIndex(({ outcome }) => outcome === 'used')
      assert.equal((await store.begin({ kind: 'user', sub: user.sub })).rows?.password, `hash ${used}`)
      assert.equal((await store.begin({ kind: 'link', hash })).rows, undefined)
      await assert.rejects(put(store, { do: 'useLink', hash }))
    },
  },
  {
    name: 'PR-1: a removed user has no links any more',
    async run({ store }) {
      const { sub, usr } = await addUser(store)
      const { hash } = await mailed(store, sub)
      await put(store, { do: 'cut', what: { user: sub, usr }, why: 'deleted' }, { do: 'removeUser', sub })
      assert.equal((await store.begin({ kind: 'link', hash })).rows, undefined)
      await assert.rejects(mailed(store, newId()))
    },
  },
  {
    name: 'links that are over are pruned, others are not',
    async run({ store }) {
      const { sub } = await addUser(store)
      const over = await mailed(store, sub, { expiresAt: 1 })
      const lives = await mailed(store, sub, { purpose: 'sign_in' })
      await store.prune(1000)
      assert.equal((await store.begin({ kind: 'link', hash: over.hash })).rows, undefined)
      assert.deepEqual((await store.begin({ kind: 'link', hash: lives.hash })).rows?.link, lives)
    },
  },
]

async function mailed(store: Store, sub: string, over: Partial<MailedLink> = {}): Promise<MailedLink> {
  const at = await now(store)
  const link: MailedLink = {
    ...{ hash: newHash(), sub, purpose: 'reset', mail: 'ada@example.com', pos: at.head, createdAt: at.now, expiresAt: at.now + hour },
    ...over,
  }
  await put(store, { do: 'mailLink', link })
  return link
}
