import type { CheckedToken } from './decide.ts'

/** Tokens whose form, signature and claims were found good, by the whole text that they came in. */
export interface TokenCache {
  get(text: string): CheckedToken | undefined
  set(text: string, token: CheckedToken): void
  clear(): void
  size(): number
}

/**
 * Makes a cache of at most `most` tokens; the one that came first goes first. The key is the last 12 characters of the signature (a
 * longer slice is a slower string in V8); what decides is that the whole text is the same.
 */
export function makeTokenCache(most: number): TokenCache {
  const entries = new Map<string, { text: string; token: CheckedToken }>()
  return {
    get(text) {
      const entry = entries.get(text.slice(-12))
      return entry !== undefined && entry.text === text ? entry.token : undefined
    },
    set(text, token) {
      if (most < 1) return
      const key = text.slice(-12)
      entries.delete(key)
      if (entries.size >= most) for (const first of entries.keys()) if (entries.delete(first)) break
      entries.set(key, { text, token })
    },
    clear: () => entries.clear(),
    size: () => entries.size,
  }
}
