/** The text of an expression that sends something. */
export type Attack = (url: string, fields: Fields) => string

/** How a page of somebody else's can make a browser send something: each as the text of an expression for that page. */
export const attacks: Readonly<Record<string, Attack>> = {
  form: (url, fields) => framedForm(url, fields, 'application/x-www-form-urlencoded'),
  'form with files': (url, fields) => framedForm(url, fields, 'multipart/form-data'),
  // The one field makes a JSON text: {"identifier":"mallory",…,"x":"="}
  'text/plain form': (url, fields) =>
    framedForm(url, { [`${JSON.stringify(fields).slice(0, -1)}${comma(fields)}"x":"`]: '"}' }, 'text/plain'),
  fetch: (url, fields) => send(url, { mode: 'no-cors' }, `new URLSearchParams(${JSON.stringify(fields)})`),
  'fetch of text': (url, fields) => send(url, { mode: 'no-cors' }, JSON.stringify(JSON.stringify(fields))),
  image: (url) =>
    `new Promise((done) => { const image = new Image(); image.onload = image.onerror = () => done('sent'); image.src = ${JSON.stringify(url)} })`,
}

/** Those that a browser asks about first (CORS preflight): without a permission they are never sent. */
export const preflighted: Readonly<Record<string, (url: string, fields: Fields, method: string) => string>> = {
  'fetch with our header': (url, fields, method) => send(url, { method, headers: { 'curfew-request': '1' } }, body(fields, method)),
  'fetch of JSON': (url, fields, method) =>
    send(url, { method, headers: { 'curfew-request': '1', 'content-type': 'application/json' } }, body(fields, method)),
}

export type Fields = Readonly<Record<string, string>>

function comma(fields: Fields): string {
  return Object.keys(fields).length > 0 ? ',' : ''
}

function body(fields: Fields, method: string): string {
  return method === 'GET' ? 'undefined' : JSON.stringify(JSON.stringify(fields))
}

function send(url: string, init: object, content: string): string {
  const given = JSON.stringify({ method: 'POST', credentials: 'include', ...init })
  return `fetch(${JSON.stringify(url)}, { ...${given}, body: ${content} }).then((answer) => answer.status || 'sent', () => 'refused')`
}

function framedForm(url: string, fields: Fields, enctype: string): string {
  return `(() => {
    const frame = document.createElement('iframe')
    frame.name = 'frame-' + Math.random()
    document.body.append(frame)
    ${formScript(url, fields, enctype, 'frame.name')}
    return 'sent'
  })()`
}

/** The same in the whole tab. */
export function topForm(url: string, fields: Fields, enctype = 'application/x-www-form-urlencoded'): string {
  return `(() => { ${formScript(url, fields, enctype, '"_self"')} })()`
}

function formScript(url: string, fields: Fields, enctype: string, target: string): string {
  return `const form = document.createElement('form')
    Object.assign(form, { method: 'post', action: ${JSON.stringify(url)}, enctype: ${JSON.stringify(enctype)}, target: ${target} })
    for (const [name, value] of Object.entries(${JSON.stringify(fields)})) {
      const field = Object.assign(document.createElement('input'), { type: 'hidden', name, value })
      form.append(field)
    }
    document.body.append(form)
    HTMLFormElement.prototype.submit.call(form)`
}
