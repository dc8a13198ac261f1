import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { breaches, root, sources } from './layers.ts'
import { packageExports, rooms } from './rooms.ts'

const house = sources()

test('no source breaks a rule of the house', () => {
  assert.ok(house.size > 0)
  const found = breaches(house).map(({ file, line, rule }) => `${file}:${line}  ${rule}`)
  assert.equal(found.join('\n'), '')
})

test("the table's exports are those of the packages", () => {
  for (const folder of ['packages/verifier', 'packages/server']) {
    const { name, exports } = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8'))
    const declared = Object.entries<{ 'curfew-source'?: string }>(exports)
      .filter(([at]) => at !== './package.json')
      .map(([at, conditions]) => [name + at.slice(1), `${folder}/${conditions['curfew-source']?.slice(2)}`])
    const inTable = Object.entries(packageExports).filter(([at]) => at === name || at.startsWith(`${name}/`))
    assert.deepEqual(Object.fromEntries(inTable), Object.fromEntries(declared))
  }
})

test('a room names only rooms that there are', () => {
  const names = new Set(rooms.map(({ name }) => name))
  for (const { name, values, types } of rooms) {
    for (const other of [...values, ...types]) assert.ok(names.has(other), `${name} names ${other}`)
  }
})

/** The rules that one small file breaks; `others` are there to be imported. */
function rules(file: string, text: string, others: Record<string, string> = {}): string[] {
  const files = new Map(Object.entries({ ...others, [file]: text }))
  return breaches(files).flatMap((one) => (one.file === file ? one.rule : []))
}

const server = 'packages/server/src'
const there = {
  [`${server}/store/store.ts`]: 'export type Store = 1\nexport const store = 1\n',
  [`${server}/domain/grant.ts`]: 'export type Grant = 1\nexport const grant = 1\n',
  [`${server}/http/request.ts`]: 'export const request = 1\n',
  [`${server}/create-curfew.ts`]: 'export const createCurfew = 1\n',
  'packages/verifier/src/index.ts': 'export const verifier = 1\n',
  'packages/verifier/src/wire/index.ts': 'export const wire = 1\n',
}

describe('each rule can fail', () => {
  const wrong: [what: string, file: string, text: string, rule: RegExp][] = [
    [
      'an endpoint sees the store',
      'endpoints/token.ts',
      `import type { Store } from '../store/store.ts'`,
      /endpoints may not import store/,
    ],
    ['a use case sees HTTP', 'use-cases/refresh.ts', `import { request } from '../http/request.ts'`, /use-cases may not import http/],
    ['the domain sees the store', 'domain/grant-2.ts', `import { store } from '../store/store.ts'`, /domain may not import store/],
    ['an adapter runs domain code', 'store/sqlite/loads.ts', `import { grant } from '../../domain/grant.ts'`, /only types of domain/],
    ['one value among types', 'store/sqlite/loads.ts', `import { type Grant, grant } from '../../domain/grant.ts'`, /only types of domain/],
    ['a value handed on', 'store/sqlite/loads.ts', `export { grant } from '../../domain/grant.ts'`, /only types of domain/],
    ['everything handed on', 'store/sqlite/loads.ts', `export * from '../../domain/grant.ts'`, /only types of domain/],
    [
      'an import at run time',
      'store/sqlite/loads.ts',
      `export const later = () => import('../../domain/grant.ts')`,
      /only types of domain/,
    ],
    ['an import in a type', 'endpoints/token.ts', `export type S = import('../store/store.ts').Store`, /endpoints may not import store/],
    ['anybody wires', 'use-cases/refresh.ts', `import { createCurfew } from '../create-curfew.ts'`, /may not import create-curfew/],
    ['node: in the domain', 'domain/scope.ts', `import { randomBytes } from 'node:crypto'`, /domain is pure/],
    ['a package in the domain', 'domain/scope.ts', `import { z } from 'zod'`, /domain is pure/],
    ['SQLite outside its room', 'use-cases/refresh.ts', `import { DatabaseSync } from 'node:sqlite'`, /known only to store\/sqlite/],
    ['a path out of the package', 'endpoints/token.ts', `import { wire } from '../../../verifier/src/wire/index.ts'`, /leaves the package/],
    ['a package that imports itself', 'use-cases/refresh.ts', `import { createCurfew } from 'curfew'`, /is this package itself/],
    ['a subpath that is none', 'ledger/copy.ts', `import { x } from '@curfew/verifier/checks'`, /no export of ours/],
    ['a file that is not there', 'ledger/copy.ts', `import { x } from './gone.ts'`, /does not exist/],
    ['a test in the product', 'ledger/copy.ts', `import { x } from '../../test/ledger/copy.test.ts'`, /does not exist, or is outside src/],
    ['a room without a name', '../../new/src/x.ts', `export const x = 1`, /in no room/],
    ['a clock', 'domain/scope.ts', `export const now = () => Date.now()`, /no clock/],
    ['a clock by its constructor', 'domain/scope.ts', `export const now = () => +new Date()`, /no clock/],
    ['chance', 'domain/scope.ts', `export const dice = () => Math.random()`, /no chance/],
    ['an async function', 'domain/scope.ts', `const f = async () => 1\nexport { f }`, /no async/],
    ['await', 'domain/scope.ts', `export const x = await 1`, /no await/],
    ['a promise', 'domain/scope.ts', `export type X = Promise<string>`, /no Promise/],
    ['251 lines', 'ledger/copy.ts', 'export const a = 1\n'.replace('a', 'a') + '\n'.repeat(250), /251 lines/],
    ['a drawer', 'ledger/utils.ts', 'export const a = 1', /is a drawer/],
    ['a folder for everything', 'shared/copy.ts', 'export const a = 1', /"shared" is a drawer/],
    ['camel case', 'ledger/ledgerCopy.ts', 'export const a = 1', /kebab-case/],
    ['an index that nobody exports', 'ledger/index.ts', 'export const a = 1', /only at an export path/],
    ['a class', 'ledger/copy.ts', 'export class Copy {}', /only errors are classes/],
    ['a class without a name', 'ledger/copy.ts', 'export const copy = class extends Map {}', /only errors are classes/],
    ['a manager', 'ledger/copy.ts', 'export class LeaseManager extends Error {}', /no Manager/],
    ['a helper', 'ledger/copy.ts', 'export const leaseHelper = 1', /says nothing/],
    ['a util', 'ledger/copy.ts', 'export interface TokenUtils { a: 1 }', /says nothing/],
    ['an enum', 'ledger/copy.ts', 'export enum Sort { Ended }', /no enums/],
    ['a namespace', 'ledger/copy.ts', 'export namespace Sorts { export const a = 1 }', /no namespaces/],
    [
      'a parameter property',
      'ledger/copy.ts',
      'export class GoneError extends Error { constructor(readonly a: 1) { super() } }',
      /no parameter prop/,
    ],
    ['a function without its sentence', 'ledger/copy.ts', 'export function copy(): void {}', /no sentence of doc/],
    ['a sentence that belongs to another', 'ledger/copy.ts', '/** One. */\nconst a = 1\nexport function copy(): void { a }', /no sentence/],
    ['what cannot be read', 'ledger/copy.ts', 'export const = 1', /cannot be read/],
  ]
  for (const [what, file, text, rule] of wrong) {
    test(what, () => {
      const found = rules(new URL(`x:/${server}/${file}`).pathname.slice(1), text, there)
      assert.ok(
        found.some((one) => rule.test(one)),
        `found only: ${found.join('; ') || 'nothing'}`,
      )
    })
  }

  test('a circle of imports', () => {
    const found = breaches(
      new Map([
        [`${server}/ledger/a.ts`, `import { b } from './b.ts'\nexport const a = b`],
        [`${server}/ledger/b.ts`, `import { a } from './a.ts'\nexport const b = a`],
      ]),
    )
    assert.match(found.map(({ rule }) => rule).join('\n'), /a\.ts → .*b\.ts → .*a\.ts/)
  })

  test('a dependency of the verifier', () => {
    assert.match(rules('packages/verifier/src/checks/claims.ts', `import { z } from 'zod'`).join(), /depends on nothing/)
  })
})

describe('what is right is left alone', () => {
  const right: [what: string, file: string, text: string][] = [
    ['types where types are allowed', 'store/sqlite/loads.ts', `import type { Grant } from '../../domain/grant.ts'\nexport type G = Grant`],
    ['types one by one', 'store/sqlite/loads.ts', `import { type Grant } from '../../domain/grant.ts'\nexport type G = Grant`],
    ['a rule for the wire', 'domain/scope.ts', `import { wire } from '@curfew/verifier/wire'\nexport const w = wire`],
    ['an error', 'errors.ts', 'export class OAuthError extends Error {}'],
    ['an augmentation', 'ledger/copy.ts', 'declare global { interface X { a: 1 } }\nexport {}'],
    ['a namespace in an augmentation', 'ledger/copy.ts', 'declare global { namespace Express { interface Request { a: 1 } } }\nexport {}'],
    ['a word that only looks like a clock', 'domain/scope.ts', `export const text = 'Date.now() and async' // new Date()`],
    ['the registered thing called a service', 'domain/service.ts', 'export interface Service { id: string }'],
    ['250 lines', 'ledger/copy.ts', `export const a = 1\n${'\n'.repeat(249)}`],
    [
      'overloads with one sentence',
      'ledger/copy.ts',
      '/** One. */\nexport function f(a: 1): 1\nexport function f(a: 2): 2\nexport function f(a: 1 | 2) { return a }',
    ],
    ['circles of types', 'ledger/a.ts', `import type { A } from './a.ts'\nexport type B = A`],
  ]
  for (const [what, file, text] of right) test(what, () => assert.deepEqual(rules(`${server}/${file}`, text, there), []))
})
