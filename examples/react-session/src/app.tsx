import { type FormEvent, useEffect, useState } from 'react'
import { useSession } from './use-session.tsx'

export function App() {
  const { user } = useSession()
  if (user === undefined) return <p>One moment…</p>
  return (
    <main>
      <h1>Notes</h1>
      {user ? <Desk key={user.sub} /> : <Door />}
    </main>
  )
}

function Door() {
  const { signIn, signUp } = useSession()
  const [problem, setProblem] = useState<string>()

  async function enter(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const { submitter } = event.nativeEvent as SubmitEvent
    const typed = new FormData(event.currentTarget)
    const how = submitter?.id === 'sign-up' ? signUp : signIn
    setProblem(await how(String(typed.get('identifier')), String(typed.get('password'))))
  }

  return (
    <form onSubmit={enter}>
      <p>Nobody is signed in.</p>
      <label>
        Name <input name="identifier" autoComplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button type="submit">Sign in</button>
      <button type="submit" id="sign-up">
        Sign up
      </button>
      <p role="alert">{problem}</p>
    </form>
  )
}

function Desk() {
  const { user, call, signOut } = useSession()
  const [notes, setNotes] = useState<string[]>([])

  useEffect(() => {
    call('GET', '/notes').then(({ ok, body }) => ok && setNotes(body as string[]))
  }, [call])

  async function write(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const { ok, body } = await call('POST', '/notes', Object.fromEntries(new FormData(form)))
    if (ok) setNotes(body as string[])
    form.reset()
  }

  return (
    <>
      <p>You are {user?.name}.</p>
      <ul>
        {notes.map((text, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: notes have nothing but their order
          <li key={at}>{text}</li>
        ))}
      </ul>
      <form onSubmit={write}>
        <label>
          A note <input name="text" required />
        </label>
        <button type="submit">Write it down</button>
      </form>
      <button type="button" onClick={() => signOut()}>
        Sign out
      </button>
      <button type="button" onClick={() => signOut(true)}>
        Sign out everywhere
      </button>
    </>
  )
}
