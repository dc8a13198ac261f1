import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import { root } from './run-command.ts'

/** A block of code in a page. */
export interface Block {
  readonly page: string
  /** The line of its first line of code, from 1. */
  readonly line: number
  readonly language: string
  /** What stands after the language: `continued` joins it to the block before, `run` has a test run it. */
  readonly mark: string
  readonly code: string
  /** Code that readers are spared: `<!-- with: … -->` on the line before the block. */
  readonly before: string
}

/** The pages of the repository, by their path from the root. */
export function pages(): Map<string, string> {
  const places = ['*.md', 'docs/**/*.md', 'decisions/*.md', 'model/*.md', 'packages/*/*.md', 'examples/**/*.md', 'bench/*.md']
  const files = places.flatMap((place) => globSync(place, { cwd: root, exclude: (path) => path.includes('node_modules') }))
  return new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
}

/** The fenced blocks of a page. */
export function blocks(page: string, text: string): Block[] {
  const found: Block[] = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const fence = /^( *)(`{3,})([\w-]*) *(.*)$/.exec(lines[at]!)
    if (!fence) continue
    const [, indent, ticks, language, mark] = fence as unknown as [string, string, string, string, string]
    const end = lines.findIndex((line, index) => index > at && line.trim() === ticks)
    const code = lines.slice(at + 1, end < 0 ? undefined : end).map((line) => line.slice(indent.length))
    const before = /^\s*<!-- with: (.*) -->\s*$/.exec(lines[at - 1] ?? '')?.[1] ?? ''
    found.push({ page, line: at + 2, language, mark: mark.trim(), code: code.join('\n'), before })
    at = end < 0 ? lines.length : end
  }
  return found
}

/** Links of a page to other places of the repository that are not there. */
export function brokenLinks(page: string, text: string, read: (file: string) => string | undefined = readPage): string[] {
  const prose = text.replace(/^( *)(`{3,})[\s\S]*?^\1\2 *$/gm, '').replace(/`[^`\n]*`/g, '')
  const links = [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)|\b(?:src|href|srcset)="([^"]+)"/g)].map((one) => one[1] ?? one[2]!)
  return links.filter((link) => {
    if (/^[a-z][a-z+.-]*:/i.test(link)) return false
    const [path, anchor] = link.split('#') as [string, string?]
    const file = path === '' ? page : normalize(join(dirname(page), decodeURI(path)))
    const found = file === page ? text : read(file)
    if (found === undefined) return true
    return anchor !== undefined && file.endsWith('.md') && !anchors(found).has(anchor)
  })
}

function readPage(file: string): string | undefined {
  const path = join(root, file)
  if (!existsSync(path)) return undefined
  return statSync(path).isFile() ? readFileSync(path, 'utf8') : ''
}

/** What a `#` can name in a page: its headings, as code hosts spell them, and its own anchors. */
export function anchors(text: string): Set<string> {
  const found = new Set<string>()
  for (const [, , title] of text.matchAll(/^(#{1,6}) +(.+?) *#*$/gm)) {
    const slug = title!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-')
    let name = slug
    for (let again = 1; found.has(name); again++) name = `${slug}-${again}`
    found.add(name)
  }
  for (const [, id] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) found.add(id!)
  return found
}
