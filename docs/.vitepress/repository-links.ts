import { existsSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import type { MarkdownRenderer } from 'vitepress'

type Token = ReturnType<MarkdownRenderer['parse']>[number]
type Place = { root: string; repository: string | undefined }

/** The name of a heading, as code hosts make it, so that links with a `#` lead to the same place here and there. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-')
}

/**
 * Pages link to each other, to sources and to tests by their paths in the repository. Links to pages stay; to a file that is no page they lead
 * to the repository on the web, where its address is given, and are plain words with the path as title elsewhere. What is not there is an error.
 */
export function repositoryLinks(markdown: MarkdownRenderer, place: Place): void {
  markdown.core.ruler.push('repository-links', ({ tokens, env }) => {
    const page = (env as { relativePath: string }).relativePath
    const from = page === 'index.md' ? 'README.md' : page // its path here, and in the repository
    for (const token of tokens) {
      if (token.type === 'html_block') token.content = images(token.content)
      if (token.children) resolveLinks(token.children, from, place)
    }
  })
}

function resolveLinks(tokens: readonly Token[], from: string, { root, repository }: Place): void {
  let isOpen = false
  for (const token of tokens) {
    if (token.type === 'html_inline') token.content = images(token.content)
    if (token.type === 'link_close' && isOpen) {
      token.tag = 'span'
      isOpen = false
    }
    const href = token.type === 'link_open' ? (token.attrGet('href') ?? '') : ''
    if (href === '' || href.startsWith('#') || /^[a-z][a-z+.-]*:/i.test(href)) continue
    const [path = '', anchor] = decodeURI(href).split('#')
    const file = pageOf(normalize(join(dirname(from), path)).replace(/\/$/, ''), root)
    if (!existsSync(join(root, file))) throw new Error(`${from} links to ${href}, which is not there.`)
    if (file.endsWith('.md')) token.attrSet('href', `${address(file)}${anchor === undefined ? '' : `#${anchor}`}`)
    else if (repository !== undefined) token.attrSet('href', `${repository.replace(/\/$/, '')}/${file}`)
    else {
      token.tag = 'span'
      token.attrs = [
        ['class', 'file'],
        ['title', file],
      ]
      isOpen = true
    }
  }
}

/** A folder that has a page of its own is that page. */
function pageOf(file: string, root: string): string {
  const readme = join(file, 'README.md')
  return existsSync(join(root, file)) && statSync(join(root, file)).isDirectory() && existsSync(join(root, readme)) ? readme : file
}

const address = (file: string): string => (file === 'README.md' ? '/' : `/${file}`)

/** A picture of the morning and of dusk: one of them is shown, by the theme. Paths as the bundler wants them, from here. */
function images(html: string): string {
  return html
    .replace(
      /<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)">\s*<img src="([^"]+)" alt="([^"]*)">\s*<\/picture>/g,
      '<img class="by-day" src="$2" alt="$3"><img class="by-night" src="$1" alt="$3">',
    )
    .replace(/\bsrc="(?![a-z]+:|\.|\/)/g, 'src="./')
}
