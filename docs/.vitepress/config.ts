import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type DefaultTheme, defineConfig } from 'vitepress'
import { anchorOf, repositoryLinks } from './repository-links.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const logo = readFileSync(new URL('theme/logo.svg', import.meta.url), 'utf8')

/** The pages, in the order in which one reads them. Their paths are those of the repository, and so are the links between them. */
const sidebar: DefaultTheme.SidebarItem[] = [
  group('Begin', [
    ['Curfew', 'README.md'],
    ['Mounting', 'docs/mounting.md'],
    ['The account page', 'docs/account.md'],
    ['People: passwords and mail', 'docs/people.md'],
    ['Limits, addresses, fresh sign-ins', 'docs/limits.md'],
    ['HTTP', 'docs/http.md'],
    ['Operations', 'docs/operations.md'],
    ['Deploying', 'docs/deploying.md'],
    ['Why was it refused?', 'docs/why-refused.md'],
    ['The verifier', 'packages/verifier/README.md'],
    ['A REST login', 'examples/express-login/README.md'],
    ['Three services', 'examples/microservices/README.md'],
  ]),
  group('Guides', [
    ['One application', 'docs/guide-one-application.md'],
    ['Many services', 'docs/guide-many-services.md'],
    ['A single-page app', 'docs/guide-single-page-app.md'],
    ['Incidents', 'docs/guide-incidents.md'],
  ]),
  group('Questions', [
    ['Questions', 'docs/questions.md'],
    ['Cookies or headers', 'docs/cookies-or-headers.md'],
    ['Refresh tokens', 'docs/refresh-tokens.md'],
    ['From express-jwt', 'docs/from-express-jwt.md'],
    ['From JWT and Redis', 'docs/from-jwt-and-redis.md'],
    ['From express-session', 'docs/from-express-session.md'],
    ['Glossary', 'docs/glossary.md'],
  ]),
  group('What is promised', [
    ['The protocol', 'docs/protocol.md'],
    ['Its models', 'model/results.md'],
    ['Proof', 'docs/proof.md'],
    ['Performance', 'docs/performance.md'],
    ['At scale', 'docs/scale.md'],
    ['Security', 'SECURITY.md'],
    ['Requirements', 'docs/requirements.md'],
  ]),
  group('How it is made', [
    ['Architecture', 'ARCHITECTURE.md'],
    ['Dependencies', 'docs/dependencies.md'],
    ['Contributing', 'CONTRIBUTING.md'],
    ['Changes', 'CHANGELOG.md'],
  ]),
  { ...group('Decisions', decisions()), collapsed: true },
]

const named = new Set(sidebar.flatMap(({ items }) => items ?? []).map(({ link }) => link))
for (const file of readdirSync(`${root}docs`).filter((name) => name.endsWith('.md'))) {
  if (!named.has(`/docs/${file.slice(0, -3)}`)) throw new Error(`docs/${file} is in no group of the sidebar: docs/.vitepress/config.ts.`)
}

export default defineConfig({
  title: 'Curfew',
  description: 'An OAuth 2.1 and OpenID Connect server with sessions, and sign-out that holds.',
  lang: 'en',
  srcDir: '..',
  srcExclude: ['.*/**', 'bench/**', '**/dist/**', '**/test/**'],
  rewrites: { 'README.md': 'index.md' },
  // Links are checked against the whole repository by repositoryLinks, before the ones to pages are checked here.
  ignoreDeadLinks: false,
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(logo)}` }]],
  titleTemplate: ':title · Curfew',
  transformPageData: (page) => (page.relativePath === 'index.md' ? { titleTemplate: 'Sign-out that holds' } : undefined),
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: anchorOf },
    config: (markdown) => repositoryLinks(markdown, { root, repository: process.env.DOCS_REPOSITORY }),
  },
  themeConfig: {
    logo: { src: `data:image/svg+xml,${encodeURIComponent(logo)}`, alt: '' },
    nav: links([
      ['Mounting', 'docs/mounting.md'],
      ['Protocol', 'docs/protocol.md'],
      ['Security', 'SECURITY.md'],
    ]),
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    externalLinkIcon: false,
  },
  vite: {
    publicDir: false,
    plugins: [
      {
        // The product's own colours, by the switch that this theme has for dusk.
        name: 'dusk',
        enforce: 'pre',
        transform: (code, id) => (id.endsWith('/tokens.css') ? code.replace(':root[data-theme="dark"]', ':root.dark') : undefined),
      },
    ],
  },
})

/** Each by its own heading. */
function decisions(): [text: string, file: string][] {
  const files = readdirSync(`${root}decisions`).filter((file) => file.endsWith('.md'))
  const heading = (file: string): string => /^# (.+)$/m.exec(readFileSync(`${root}decisions/${file}`, 'utf8'))?.[1] ?? file
  return files.map((file) => [heading(file), `decisions/${file}`])
}

function group(text: string, pages: readonly (readonly [text: string, file: string])[]): DefaultTheme.SidebarItem {
  return { text, items: links(pages) }
}

function links(pages: readonly (readonly [text: string, file: string])[]): { text: string; link: string }[] {
  return pages.map(([text, file]) => {
    if (!existsSync(root + file)) throw new Error(`The navigation names ${file}, which is not there.`)
    return { text, link: file === 'README.md' ? '/' : `/${file.replace(/\.md$/, '')}` }
  })
}
