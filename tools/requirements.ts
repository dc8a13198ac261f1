/**
 * Which test shows which requirement: fills the last column of docs/requirements.md from the tests that quote an id.
 *
 *   npm exec -- node tools/requirements.ts --write
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path/posix'
import { parseSync, Visitor } from 'oxc-parser'
import { root } from './run-command.ts'

/**
 * Not for the present version: extensions of OAuth beyond its core, further factors, and what stands around a server. Each by its name, or a
 * whole part of the page; a new one is open until a test shows it.
 */
const later: readonly RegExp[] = [
  /^(BL|SF|DP|MF|WA)-/, // parts of their own: back-channel logout, shared signals, DPoP, factors, passkeys
  /^AZ-17$/,
  /^TK-(5|6|11|12)$/,
  /^(RV-5|IN-4)$/,
  /^BF-[36789]$/,
  /^RG-[234]$/,
  /^(LO-2|AD-[23])$/,
]

const page = 'docs/requirements.md'
const places = [
  'packages/*/test/**/*.ts',
  'packages/*/src/testing/*.ts',
  'packages/server/{prove,simulation}/**/*.ts',
  'examples/*/test/**/*.ts',
]
const row = /^\| ([A-Z]{2}-\d+) \|(.*)\|[^|]*\|$/gm

/** The page as it is, and the page as the tests make it. */
export function requirements(): { file: string; is: string; shouldBe: string } {
  const is = readFileSync(join(root, page), 'utf8')
  const shown = new Map<string, Set<string>>()
  for (const file of places.flatMap((place) => globSync(place, { cwd: root, exclude: (path) => path.includes('node_modules') }))) {
    for (const id of quoted(file, readFileSync(join(root, file), 'utf8'))) shown.set(id, (shown.get(id) ?? new Set()).add(file))
  }
  return { file: page, is, shouldBe: filled(is, shown) }
}

/** The ids that a test file quotes in its strings: names of tests, and the tables that names are made from. */
export function quoted(file: string, text: string): Set<string> {
  const found = new Set<string>()
  const take = (value: string) => {
    for (const [id] of value.matchAll(/\b[A-Z]{2}-\d+\b/g)) found.add(id)
  }
  new Visitor({
    Literal(node) {
      if (typeof node.value === 'string') take(node.value)
    },
    TemplateElement(node) {
      take(node.value.raw)
    },
  }).visit(parseSync(file, text).program)
  return found
}

/** The page with its last column made anew. */
export function filled(text: string, shown: ReadonlyMap<string, ReadonlySet<string>>): string {
  return text.replace(row, (_, id: string, middle: string) => {
    const files = [...(shown.get(id) ?? [])].sort()
    const links = files.map((file) => `[${basename(file)}](../${file})`).join(', ')
    return `| ${id} |${middle}| ${links || (later.some((one) => one.test(id)) ? 'later' : 'not covered yet')} |`
  })
}

if (import.meta.main) {
  const { file, is, shouldBe } = requirements()
  const open = shouldBe.match(/\| not covered yet \|$/gm)?.length ?? 0
  const [all, after] = [shouldBe.match(row)?.length ?? 0, shouldBe.match(/\| later \|$/gm)?.length ?? 0]
  if (process.argv.includes('--write') && is !== shouldBe) writeFileSync(join(root, file), shouldBe)
  console.log(`${all} requirements: ${all - open - after} shown, ${open} not covered yet, ${after} for later`)
}
