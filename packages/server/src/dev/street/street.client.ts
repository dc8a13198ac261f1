// Keeps the open page true: the server sends each part that changed, and only what differs in it is touched, so focus, scrolling and
// the fading of a window stay whole. Without this script the forms post, and the page comes back changed.

/** Makes `old` say what `now` says, keeping every node that can stay. */
function become(old: Element, now: Element): void {
  if (old.hasAttribute('data-sent')) return
  for (const { name } of [...old.attributes]) if (!now.hasAttribute(name)) old.removeAttribute(name)
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  const wanted = [...now.childNodes]
  for (const [index, child] of wanted.entries()) {
    const present = old.childNodes[index]
    if (!present) old.append(child)
    else if (present instanceof Element && child instanceof Element && present.tagName === child.tagName) become(present, child)
    else if (present instanceof Text && child instanceof Text) {
      if (present.data !== child.data) present.data = child.data
    } else present.replaceWith(child)
  }
  while (old.childNodes.length > wanted.length) old.lastChild?.remove()
}

const latest = new Map<string, string>()

function show(regions: Record<string, string>): void {
  for (const [id, markup] of Object.entries(regions)) {
    latest.set(id, markup)
    const element = document.getElementById(id)
    const template = document.createElement('template')
    template.innerHTML = markup
    const now = template.content.firstElementChild
    if (element && now) become(element, now)
  }
  clocks()
}

/** The server tells times in UTC; the reader's own are nearer. */
function clocks(): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-clock]')) {
    const at = new Date(time.dateTime)
    const local = `${at.toLocaleTimeString('en-GB')}.${String(at.getMilliseconds()).padStart(3, '0')}`
    if (time.textContent !== local) time.textContent = local
  }
}

let heardAt = Date.now()
const events = new EventSource('/state')
events.addEventListener('regions', (event) => {
  heardAt = Date.now()
  show(JSON.parse(event.data))
})
events.addEventListener('alive', () => {
  heardAt = Date.now()
})

// Stale data says its age.
setInterval(() => {
  const silent = Date.now() - heardAt
  const who = document.getElementById('who')
  if (silent > 3000 && who) who.textContent = `This page hears nothing, for ${Math.round(silent / 1000)} s. Is npm start still running?`
}, 1000)

/** The button says so, and keeps its size and the focus. */
function busy(form: HTMLFormElement, button: HTMLButtonElement): void {
  button.style.minWidth = `${button.offsetWidth}px`
  form.setAttribute('data-sent', '')
  button.setAttribute('aria-disabled', 'true')
  button.replaceChildren(button.dataset.busy ?? '…')
}

/** Sends a form in the background. */
async function send(form: HTMLFormElement, button: HTMLButtonElement): Promise<void> {
  busy(form, button)
  const body = new URLSearchParams()
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.set(name, value)
  try {
    const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json' } })
    if (answer.status === 401) location.assign('/')
    else if (answer.ok) show(await answer.json())
  } finally {
    form.removeAttribute('data-sent')
    button.removeAttribute('aria-disabled')
    button.style.minWidth = ''
    show(Object.fromEntries(latest))
  }
}

// Back from the issuer, out of the browser's cache: everything here is old.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload()
})

document.addEventListener('submit', (event) => {
  const { target: form, submitter: button } = event
  if (!(form instanceof HTMLFormElement) || !(button instanceof HTMLButtonElement)) return
  if (form.hasAttribute('data-sent')) return event.preventDefault()
  if (!form.hasAttribute('data-live')) return busy(form, button) // leaves the page
  event.preventDefault()
  send(form, button).catch(() => location.reload())
})

document.addEventListener('click', async (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[data-copy]') : null
  if (!(link instanceof HTMLAnchorElement) || !navigator.clipboard) return
  event.preventDefault()
  const before = link.textContent
  await navigator.clipboard.writeText(await (await fetch(link.href)).text())
  link.textContent = link.dataset.copy ?? before
  setTimeout(() => {
    link.textContent = before
  }, 2000)
})

clocks()
