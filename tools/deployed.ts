import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { routes } from '../packages/server/src/routes.ts'
import { root } from './run-command.ts'

/** Where a proxy of `deploy/` is put for a test: what stands for the machine that it is written for. */
export interface Place {
  /** A folder for its logs and its pid. */
  readonly folder: string
  readonly port: number
  /** Host and port of each node. */
  readonly nodes: readonly [string, string, string]
  /** A certificate with its key in one file, and a port for it: the lines that begin with `#tls` count then. */
  readonly tls?: { readonly pem: string; readonly port: number }
}

/** A file of `deploy/`. */
export function deployFile(name: string): string {
  return readFileSync(join(root, 'deploy', name), 'utf8')
}

/** The same, as YAML: one document. */
export function deployYaml<T>(name: string): T {
  const [document, ...more] = parseAllDocuments(deployFile(name))
  if (!document || more.length > 0) throw new Error(`${name}: one document is expected, and there are ${more.length + (document ? 1 : 0)}.`)
  const [problem] = [...document.errors, ...document.warnings]
  if (problem) throw new Error(`${name}: ${problem.message}`)
  return parse(deployFile(name), { merge: true }) as T
}

export const dockerfile: string = deployFile('Dockerfile')

/** Where each node listens. */
export const port = 4100

/** Each path that the server answers. */
export const paths: readonly string[] = routes({ signUp: true, ownAccounts: true, mail: true, mailLink: true, serve: true }).map(
  ({ path }) => path,
)

/** Each variable of the environment that the server reads. */
export const readByServer: ReadonlySet<string> = new Set(
  ['config-file.ts', 'serve.ts'].flatMap(
    (file) => readFileSync(join(root, 'packages/server/src/cli', file), 'utf8').match(/CURFEW_[A-Z_]+/g) ?? [],
  ),
)

/** Where a program is installed; administrators' folders are not always in PATH. */
export function program(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
}

/** `deploy/nginx.conf` at another place. */
export function nginxConf({ folder, port, nodes, tls }: Place): string {
  return replaced('nginx.conf', [
    ['pid /run/nginx.pid;', `pid ${folder}/nginx.pid;`],
    ['/var/log/nginx/', `${folder}/`],
    ['http {', `http {\n${nginxFolders.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}`],
    ['listen 8080;', `listen 127.0.0.1:${port};`],
    ...nodePairs(nodes),
    ...(tls
      ? ([
          ['#tls ', ''],
          ['listen 8443', `listen 127.0.0.1:${tls.port}`],
          ['/etc/nginx/tls/fullchain.pem', tls.pem],
          ['/etc/nginx/tls/privkey.pem', tls.pem],
        ] as const)
      : []),
  ])
}

const nginxFolders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/** `deploy/haproxy.cfg` at another place. */
export function haproxyCfg({ port, nodes, tls }: Place): string {
  return replaced('haproxy.cfg', [
    ['bind :8080', `bind 127.0.0.1:${port}`],
    // Only root can become somebody else.
    ...(process.getuid?.() === 0 ? [] : ([['user haproxy\n  group haproxy\n', '\n']] as const)),
    ...nodePairs(nodes),
    ...(tls
      ? ([
          ['#tls ', ''],
          ['bind :8443', `bind 127.0.0.1:${tls.port}`],
          ['/etc/haproxy/tls/login.pem', tls.pem],
        ] as const)
      : []),
  ])
}

function nodePairs(nodes: Place['nodes']): [string, string][] {
  return nodes.map((node, at) => [`curfew-${at + 1}:4100`, node])
}

/** What is to be replaced must be there: a test of another file than the one that is handed out shows nothing. */
function replaced(name: string, pairs: readonly (readonly [from: string, to: string])[]): string {
  return pairs.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`deploy/${name} has no ${JSON.stringify(from)} any more.`)
    return text.replaceAll(from, to)
  }, deployFile(name))
}
