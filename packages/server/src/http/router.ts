import type { Settings } from '../domain/settings.ts'
import type { World } from '../world.ts'
import type { HttpAnswer } from './answer.ts'
import type { Cors } from './cors.ts'
import type { HttpRequest } from './request.ts'

/** What answers a request. Refusals are thrown. */
export type Endpoint<S> = (request: HttpRequest, services: S) => Promise<HttpAnswer>

/** What there is before any service is: settings, and chance for a page's nonce. */
export interface Surroundings {
  readonly settings: Pick<Settings, 'issuer' | 'basePath'> & Partial<Pick<Settings, 'street'>>
  readonly world: Pick<World, 'random' | 'wall'>
}

/** What answers whether or not there are services yet: it is handed how to get them. */
export type Probe<S> = (ready: () => Promise<S>, world: World) => Promise<HttpAnswer>

/** One line of the table of routes. */
export type Route<S> = RouteBase &
  ({ readonly endpoint: Endpoint<S>; readonly probe?: never } | { readonly probe: Probe<S>; readonly endpoint?: never })

interface RouteBase {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the base path; `{name}` stands for one segment. A path that begins with `/.well-known/` is at the origin's root (RFC 8615). */
  readonly path: string
  /** The specification that defines it. */
  readonly definedIn: string
  readonly cors?: Cors
  /** Nobody has to be signed in for it, and nothing else counts how often it is asked for (RL-1). */
  readonly limited?: true
  /** Comes again and again without anybody doing anything: only refusals and failures are logged. */
  readonly quiet?: true
  /** For what a person sees: how a refusal, or anything unexpected, is shown to them. Without it: JSON. */
  readonly problem?: (error: unknown, id: string, around: Surroundings) => HttpAnswer
}

/** All that is served at one path. */
export interface Found<S> {
  readonly pattern: string
  readonly methods: ReadonlyMap<string, Route<S>>
  /** For `Allow`. */
  readonly allow: string
  readonly cors: Cors | undefined
  readonly params: Readonly<Record<string, string>>
}

/** Where paths begin. */
export type Placed = { readonly issuer: string; readonly origin: string; readonly basePath: string }

/** Finds the routes of a path as it came, percent-encoded and from the origin's root. Exact: nothing is normalised, so nothing is reached by a second name. */
export function createRouter<S>(routes: readonly Route<S>[], placed: Placed): (path: string) => Found<S> | undefined {
  const exact = new Map<string, Found<S>>()
  const patterns: { readonly matches: RegExp; readonly names: readonly string[]; readonly found: Found<S> }[] = []
  for (const [pattern, group] of byPath(routes)) {
    const found = foundAt(pattern, group)
    for (const path of placesOf(pattern, placed)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
      if (names.length === 0) exact.set(path, found)
      else
        patterns.push({
          matches: new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '([^/]+)')}$`),
          names,
          found,
        })
    }
  }
  return (path) => {
    const found = exact.get(path)
    if (found) return found
    for (const { matches, names, found } of patterns) {
      const values = matches.exec(path)?.slice(1).map(decoded)
      if (values?.every((value) => value !== undefined)) {
        return { ...found, params: Object.fromEntries(names.map((name, index) => [name, values[index]!])) }
      }
    }
    return undefined
  }
}

function byPath<S>(routes: readonly Route<S>[]): ReadonlyMap<string, Route<S>[]> {
  const groups = new Map<string, Route<S>[]>()
  for (const route of routes) groups.set(route.path, [...(groups.get(route.path) ?? []), route])
  return groups
}

function foundAt<S>(pattern: string, group: readonly Route<S>[]): Found<S> {
  const methods = new Map<string, Route<S>>(group.map((route) => [route.method, route]))
  const get = methods.get('GET')
  if (get) methods.set('HEAD', get) // RFC 9110 §9.3.2
  const cors = group.find((route) => route.cors !== undefined)?.cors
  return { pattern, methods, allow: [...methods.keys()].join(', '), cors, params: {} }
}

/** Metadata of an issuer with a path: inserted (RFC 8414 §3.1) and appended (OpenID Connect Discovery 1.0 §4). MD-1. */
function placesOf(pattern: string, { issuer, origin, basePath }: Placed): readonly string[] {
  if (!pattern.startsWith('/.well-known/')) return [basePath + pattern]
  const issuerPath = issuer.slice(origin.length)
  return issuerPath === '' ? [pattern] : [pattern + issuerPath, issuerPath + pattern]
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
