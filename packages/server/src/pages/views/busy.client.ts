// Comfort only: a form that was sent says so on its button, which keeps its size and the focus, and cannot be sent twice.

const idle = new Map<HTMLButtonElement, ChildNode[]>()

for (const form of document.forms) {
  form.addEventListener('submit', (event) => {
    const button = event.submitter
    if (!(button instanceof HTMLButtonElement)) return
    if (form.dataset.sent) return event.preventDefault()
    form.dataset.sent = 'yes'
    button.style.minWidth = `${button.offsetWidth}px`
    button.setAttribute('aria-disabled', 'true')
    idle.set(button, [...button.childNodes])
    if (button.dataset.busy) button.replaceChildren(button.dataset.busy)
  })
}

// Back from the next page, out of the browser's cache: the form is whole again.
addEventListener('pageshow', (event) => {
  if (!event.persisted) return
  for (const form of document.forms) delete form.dataset.sent
  for (const [button, content] of idle) {
    button.removeAttribute('aria-disabled')
    button.replaceChildren(...content)
  }
})

// A page about somebody is not shown again out of the browser's memory, where they may have signed out since: it is empty when it goes there, and
// asked for anew when it comes back. `no-store` says so already; Chromium keeps some of those pages all the same.
const { again } = document.body.dataset
if (again !== undefined) {
  addEventListener('pagehide', () => {
    document.body.hidden = true
  })
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.replace(again || location.href)
  })
}
