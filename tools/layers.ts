import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import { fileURLToPath } from 'node:url'
import { type Comment, type Node, type Program, parseSync, Visitor } from 'oxc-parser'
import { forAll, onlyIn, packageExports, type Room, rooms } from './rooms.ts'

/** The repository's own root, with a slash at its end. */
export const root: string = fileURLToPath(new URL('../', import.meta.url))

/** One file that breaks one rule of the house. */
export interface Breach {
  readonly file: string
  readonly line: number
  readonly rule: string
}

const longest = 250
const drawers = /^(utils?|helpers?|shared|common)$/
/** A script that a browser runs says so in its name: it is sent, not imported. */
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.client)?\.ts$/

interface Import {
  readonly from: string
  readonly typeOnly: boolean
  readonly at: number
}

/** The sources of every package, by their path from the root. */
export function sources(folder = root): Map<string, string> {
  const found = new Map<string, string>()
  for (const name of readdirSync(join(folder, 'packages'))) {
    const inside = join('packages', name, 'src')
    for (const file of readdirSync(join(folder, inside), { recursive: true, encoding: 'utf8' })) {
      if (/\.(ts|tsx|js|mjs|cjs)$/.test(file)) found.set(join(inside, file), readFileSync(join(folder, inside, file), 'utf8'))
    }
  }
  return found
}

/** Everything in these files that the house forbids. */
export function breaches(files: ReadonlyMap<string, string>): Breach[] {
  const found: Breach[] = []
  const arrows = new Map<string, string[]>()
  for (const [file, text] of files) {
    const say = (at: number, rule: string) => found.push({ file, line: text.slice(0, at).split('\n').length, rule })
    checkPath(file, text, say)
    const { program, comments, errors } = parseSync(file, text)
    if (errors[0]) {
      say(0, `cannot be read: ${errors[0].message}`)
      continue
    }
    const room = roomOf(file)
    if (!room) say(0, 'is in no room of tools/rooms.ts')
    const imports = importsOf(program)
    for (const one of imports) checkImport(file, room, one, files, say)
    arrows.set(
      file,
      imports.filter((one) => !one.typeOnly).flatMap((one) => target(file, one.from) ?? []),
    )
    checkCode(program, comments, text, say)
    if (room?.pure) checkPurity(program, say)
  }
  return [...found, ...cycles(arrows)]
}

/** The room that a file belongs to. */
export function roomOf(file: string): Room | undefined {
  return rooms.find(({ at }) => at.some((place) => file === place || file.startsWith(`${place}/`)))
}

type Say = (at: number, rule: string) => void

function checkPath(file: string, text: string, say: Say): void {
  const lines = text.split('\n').length - 1
  if (lines > longest) say(text.length - 1, `${lines} lines; ${longest} are the limit: which two things are in it?`)
  const names = file.split('/')
  for (const name of names) {
    if (drawers.test(name.replace(/\..*$/, ''))) say(0, `"${name}" is a drawer: name it after what is in it`)
  }
  if (!kebab.test(names.at(-1)!)) say(0, 'a file is kebab-case TypeScript, named after its main export')
  if (names.at(-1) === 'index.ts' && !Object.values(packageExports).includes(file)) say(0, 'index.ts stands only at an export path')
}

function importsOf(program: Program): Import[] {
  const found: Import[] = []
  const add = (node: { source: { value: string } | null; start: number }, typeOnly: boolean) => {
    if (node.source) found.push({ from: node.source.value, typeOnly, at: node.start })
  }
  new Visitor({
    ImportDeclaration(node) {
      const named =
        node.specifiers.length > 0 && node.specifiers.every((one) => one.type === 'ImportSpecifier' && one.importKind === 'type')
      add(node, node.importKind === 'type' || named)
    },
    ExportNamedDeclaration(node) {
      const named = node.specifiers.length > 0 && node.specifiers.every((one) => one.exportKind === 'type')
      add(node, node.exportKind === 'type' || named)
    },
    ExportAllDeclaration(node) {
      add(node, node.exportKind === 'type')
    },
    ImportExpression(node) {
      const { source, start } = node
      found.push({ from: source.type === 'Literal' ? String(source.value) : '(computed)', typeOnly: false, at: start })
    },
    TSImportType(node) {
      add(node, true)
    },
  }).visit(program)
  return found
}

/** The file that an import means; undefined for what is not ours. */
function target(file: string, from: string): string | undefined {
  return from.startsWith('.') ? normalize(join(dirname(file), from)) : packageExports[from]
}

function checkImport(
  file: string,
  room: Room | undefined,
  { from, typeOnly, at }: Import,
  files: ReadonlyMap<string, string>,
  say: Say,
): void {
  if (!room) return
  const to = target(file, from)
  if (to === undefined) {
    if (/^(@curfew\/|curfew(\/|$))/.test(from)) say(at, `${from} is no export of ours`)
    if (room.pure) say(at, `${room.name} is pure and imports nothing from outside (${from})`)
    if (file.startsWith('packages/verifier/') && !from.startsWith('node:')) say(at, `@curfew/verifier depends on nothing (${from})`)
    if (onlyIn[from] && !onlyIn[from].includes(room.name)) say(at, `${from} is known only to ${onlyIn[from].join(', ')}`)
    return
  }
  if (from.startsWith('.') && packageOf(file) !== packageOf(to)) return void say(at, `${from} leaves the package: import its export`)
  if (!from.startsWith('.') && packageOf(file) === packageOf(to)) return void say(at, `${from} is this package itself: import the file`)
  if (to.endsWith('.json')) return
  if (!files.has(to)) return void say(at, `${from} does not exist, or is outside src`)
  const there = roomOf(to)
  if (!there || there === room || room.values.includes(there.name) || forAll.includes(there.name)) return
  if (!room.types.includes(there.name)) return void say(at, `${room.name} may not import ${there.name} (${from})`)
  if (!typeOnly) say(at, `${room.name} may import only types of ${there.name} (${from})`)
}

const packageOf = (file: string) => file.split('/').slice(0, 2).join('/')

function checkCode(program: Program, comments: readonly Comment[], text: string, say: Say): void {
  const named = (node: { id?: unknown; start: number }) => {
    const name = (node.id as { name?: string } | null)?.name ?? ''
    if (/(Helper|Util)s?$/i.test(name) || /^(Helper|Util)/i.test(name)) say(node.start, `"${name}" says nothing: name what it does`)
    return name
  }
  const aClass = (node: Node & { superClass: unknown; id?: unknown }) => {
    if (/(Manager|Service)$/.test(named(node))) say(node.start, 'no Manager, no Service')
    if (!(node.superClass as { name?: string } | null)?.name?.endsWith('Error')) say(node.start, 'only errors are classes')
  }
  let ambientUntil = 0
  new Visitor({
    ClassDeclaration: aClass,
    ClassExpression: aClass,
    FunctionDeclaration: named,
    VariableDeclarator: named,
    TSInterfaceDeclaration: named,
    TSTypeAliasDeclaration: named,
    TSEnumDeclaration(node) {
      say(node.start, 'no enums: they do not strip')
    },
    TSModuleDeclaration(node) {
      // An augmentation (`declare global`, `declare module '…'`) leaves nothing behind at run time.
      if (node.kind === 'global') ambientUntil = node.end
      if (node.start < ambientUntil) return
      if (node.kind === 'namespace' || (node.kind === 'module' && node.id.type === 'Identifier'))
        say(node.start, 'no namespaces: they do not strip')
    },
    TSParameterProperty(node) {
      say(node.start, 'no parameter properties: they do not strip')
    },
    ExportNamedDeclaration(node) {
      if (node.declaration?.type !== 'FunctionDeclaration') return
      const before = comments.findLast((one) => one.end <= node.start)
      const told = before?.type === 'Block' && before.value.startsWith('*') && text.slice(before.end, node.start).trim() === ''
      if (!told && !overloads(program, node)) say(node.start, `${node.declaration.id?.name} has no sentence of doc`)
    },
  }).visit(program)
}

/** A second signature of a function needs no second sentence. */
function overloads(program: Program, node: Node): boolean {
  const name = (one: Node | undefined) =>
    one?.type === 'ExportNamedDeclaration' && one.declaration && 'id' in one.declaration
      ? (one.declaration.id as { name?: string } | null)?.name
      : undefined
  const at = program.body.indexOf(node as (typeof program.body)[number])
  return at > 0 && name(program.body[at - 1]) === name(node)
}

function checkPurity(program: Program, say: Say): void {
  const asynchronous = (node: { async?: boolean; start: number }) => {
    if (node.async) say(node.start, 'pure rooms are synchronous: no async')
  }
  new Visitor({
    FunctionDeclaration: asynchronous,
    FunctionExpression: asynchronous,
    ArrowFunctionExpression: asynchronous,
    AwaitExpression: (node) => say(node.start, 'pure rooms are synchronous: no await'),
    Identifier(node) {
      if (node.name === 'Date') say(node.start, 'pure rooms have no clock: hand the time in')
      if (node.name === 'Promise') say(node.start, 'pure rooms are synchronous: no Promise')
    },
    MemberExpression(node) {
      if (
        node.object.type === 'Identifier' &&
        node.object.name === 'Math' &&
        node.property.type === 'Identifier' &&
        node.property.name === 'random'
      )
        say(node.start, 'pure rooms have no chance: hand it in')
    },
  }).visit(program)
}

/** Files that import each other in a circle; types alone do no harm at run time and do not count. */
function cycles(arrows: ReadonlyMap<string, readonly string[]>): Breach[] {
  const found: Breach[] = []
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): void => {
    const seen = path.indexOf(file)
    if (seen >= 0) found.push({ file, line: 1, rule: `imports itself: ${[...path.slice(seen), file].join(' → ')}` })
    if (seen >= 0 || done.has(file)) return
    for (const next of arrows.get(file) ?? []) walk(next, [...path, file])
    done.add(file)
  }
  for (const file of arrows.keys()) walk(file, [])
  return found
}
