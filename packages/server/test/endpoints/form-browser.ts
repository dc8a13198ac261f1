import { attribute, tags } from '../pages/samples.ts'

/** What a browser without scripts has before it after a navigation. */
export interface Shown {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Where the last answer sends it: to another origin, which this browser does not follow. */
  readonly left?: URL
  /** Every answer on the way, the last one too. */
  readonly trail: readonly { readonly url: string; readonly status: number; readonly headers: Headers }[]
}

/** A browser that keeps cookies, follows redirects on the origin it is at, and sends forms; no scripts. Entities in attributes are undone. */
export interface FormBrowser {
  readonly cookies: Map<string, string>
  go(url: string, init?: RequestInit): Promise<Shown>
  /** Sends the form of a page, its hidden fields and what is typed. */
  submit(page: Shown, typed: Record<string, string>): Promise<Shown>
}

/** Opens one, with no cookies. */
export function formBrowser(more: Record<string, string> = {}): FormBrowser {
  const cookies = new Map<string, string>()

  async function go(start: string, init: RequestInit = {}): Promise<Shown> {
    let url = start
    let request: RequestInit = init
    const trail: { url: string; status: number; headers: Headers }[] = []
    for (let hop = 0; hop < 10; hop += 1) {
      const headers = new Headers({ ...more, ...(request.headers as Record<string, string> | undefined) })
      if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
      const answer = await fetch(url, { ...request, headers, redirect: 'manual' })
      for (const line of answer.headers.getSetCookie()) keep(line)
      trail.push({ url, status: answer.status, headers: answer.headers })
      const location = answer.headers.get('location')
      const text = await answer.text()
      const shown = { url, status: answer.status, headers: answer.headers, text, trail }
      if (location === null || answer.status < 300 || answer.status > 399) return shown
      const to = new URL(location, url)
      if (to.origin !== new URL(url).origin) return { ...shown, left: to }
      url = to.href
      request = answer.status === 307 || answer.status === 308 ? request : {}
    }
    throw new Error(`more than ten redirects from ${start}`)
  }

  function keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const name = pair.slice(0, pair.indexOf('='))
    if (attributes.some((one) => one.toLowerCase() === 'max-age=0')) cookies.delete(name)
    else cookies.set(name, pair.slice(pair.indexOf('=') + 1))
  }

  return {
    cookies,
    go,
    submit(page, typed) {
      const action = unescaped(attribute(tags(page.text, 'form')[0]!, 'action') ?? '')
      const body = new URLSearchParams()
      for (const input of tags(page.text, 'input')) {
        if (attribute(input, 'type') === 'hidden') body.set(attribute(input, 'name')!, unescaped(attribute(input, 'value') ?? ''))
      }
      for (const [name, value] of Object.entries(typed)) body.set(name, value)
      return go(new URL(action, page.url).href, { method: 'POST', body })
    },
  }
}

/** The href of the first link whose text has these words. */
export function linkOf(page: Shown, words: string): string {
  for (const [, href, text] of page.text.matchAll(/<a [^>]*href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g)) {
    if (text!.includes(words)) return new URL(unescaped(href!), page.url).href
  }
  throw new Error(`no link with the words "${words}"`)
}

function unescaped(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
