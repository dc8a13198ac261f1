'use client'
import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'

/** The cookies come and go by themselves; the header shows that a page of ours asks. */
const post = (path: string, body?: object) =>
  fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'curfew-request': '1' },
    ...(body && { body: JSON.stringify(body) }),
  })

export function Door({ user }: { user: { sub: string } | undefined }) {
  const router = useRouter()
  const [problem, setProblem] = useState('')

  async function enter(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const way = (event.nativeEvent as SubmitEvent).submitter?.getAttribute('value') ?? '/auth/session/sign-in'
    const answer = await post(way, Object.fromEntries(new FormData(event.currentTarget)))
    setProblem(answer.ok ? '' : (await answer.json()).error_description)
    router.refresh()
  }

  if (user)
    return (
      <main>
        <p>You are signed in.</p>
        <a href="/account">Your account</a>
        <button type="button" onClick={() => post('/auth/session/sign-out').then(() => router.refresh())}>
          Sign out
        </button>
      </main>
    )
  return (
    <form onSubmit={enter}>
      <label>
        Name <input name="identifier" autoComplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button type="submit" value="/auth/session/sign-in">
        Sign in
      </button>
      <button type="submit" value="/auth/sign-up">
        Sign up
      </button>
      <p role="alert">{problem}</p>
    </form>
  )
}
