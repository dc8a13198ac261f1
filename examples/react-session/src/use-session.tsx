import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'

export interface User {
  readonly sub: string
  readonly name: string
}

export interface Session {
  /** undefined: not known yet; null: nobody is signed in. */
  readonly user: User | null | undefined
  /** Undefined, or a sentence about what was wrong. */
  signIn(identifier: string, password: string): Promise<string | undefined>
  signUp(identifier: string, password: string): Promise<string | undefined>
  /** Here, or on every device. */
  signOut(everywhere?: boolean): Promise<void>
  /** `fetch` with JSON; where the session has ended, everybody who uses this hook learns it. */
  call(method: string, path: string, body?: unknown): Promise<{ ok: boolean; body: unknown }>
}

const SessionContext = createContext<Session | undefined>(undefined)
/** The other tabs of this browser learn of a sign-in and a sign-out at once. */
const tabs = new BroadcastChannel('session')

/** Around everything that asks who is signed in. There is no token here: two `HttpOnly` cookies come and go by themselves. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [user, setUser] = useState<User | null>()

  const call = useCallback<Session['call']>(async (method, path, body) => {
    const answer = await fetch(path, {
      method,
      // That a page of ours asks: no form and no other site can send this header.
      headers: { 'content-type': 'application/json', 'curfew-request': '1' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (answer.status === 401 && !path.startsWith('/session')) setUser(null)
    return { ok: answer.ok, body: text === '' ? undefined : JSON.parse(text) }
  }, [])

  const look = useCallback(async () => {
    const { body } = await call('GET', '/session')
    setUser((body as { user: User | null }).user)
  }, [call])

  useEffect(() => {
    void look()
    tabs.onmessage = look
    window.addEventListener('focus', look) // a device may have been signed out from elsewhere
    return () => window.removeEventListener('focus', look)
  }, [look])

  const session = useMemo<Session>(() => {
    const enter = async (path: string, identifier: string, password: string) => {
      const { ok, body } = await call('POST', path, { identifier, password })
      if (!ok) return (body as { error_description: string }).error_description
      await look()
      tabs.postMessage('in')
      return undefined
    }
    return {
      user,
      call,
      signIn: (identifier, password) => enter('/session/sign-in', identifier, password),
      signUp: (identifier, password) => enter('/sign-up', identifier, password),
      async signOut(everywhere = false) {
        const { ok } = await (everywhere ? call('DELETE', '/sessions') : call('POST', '/session/sign-out'))
        await (ok ? setUser(null) : look()) // a page must not say "signed out" before it is so
        tabs.postMessage('out')
      },
    }
  }, [user, call, look])

  return <SessionContext value={session}>{children}</SessionContext>
}

/** Who is signed in, and how that changes. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === undefined) throw new Error('useSession() needs a <SessionProvider> around it')
  return session
}
