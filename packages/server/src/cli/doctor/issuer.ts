import { get as getHttp, type IncomingMessage } from 'node:http'
import { get as getHttps } from 'node:https'
import { TLSSocket } from 'node:tls'
import { lengthWords } from '@curfew/verifier/explain'
import { type Finding, good, look, wrong } from './finding.ts'

const patience = 5_000
const day = 86_400

/** `isServed`: whether a server runs on the database, where that can be told. Whether services reach the issuer by its name, with a certificate that holds, and what time it is there. */
export async function issuerFindings(issuer: string, isServed: boolean | undefined, now: () => number): Promise<Finding[]> {
  const url = `${issuer}/.well-known/openid-configuration`
  const began = now()
  let answer: Awaited<ReturnType<typeof ask>>
  try {
    answer = await ask(url)
  } catch (error) {
    const { code = 'no answer' } = error as NodeJS.ErrnoException
    if (/^(CERT_|DEPTH_|SELF_|UNABLE_|ERR_TLS)/.test(code))
      return [
        wrong(
          'issuer',
          `${issuer} has a certificate that does not hold (${code})`,
          'services refuse it: renew it, or send the whole chain',
        ),
      ]
    if (isServed === false) return [look('issuer', `nobody answers at ${issuer} (${code})`, 'start it: curfew serve')]
    return [
      wrong(
        'issuer',
        `nobody answers at ${issuer} (${code})`,
        `${isServed ? 'the server runs' : 'start a node (curfew serve); if one runs'}: ${where(issuer)}`,
      ),
    ]
  }
  const { status, body, date, validTo } = answer
  const calls = (body as { issuer?: unknown } | undefined)?.issuer
  if (status !== 200 || typeof calls !== 'string')
    return [
      wrong('issuer', `${issuer} answers, but not as Curfew does (${status})`, 'let the proxy pass on /.well-known and the base path'),
    ]
  if (calls !== issuer)
    return [wrong('issuer', `what answers at ${issuer} calls itself another one`, 'write the same issuer, to the letter, everywhere')]
  return [good('issuer', `${issuer} answers`), ...certificate(validTo, now()), ...clock(date, began, now())]
}

/** On this machine there is seldom anything in between: then one of two settings is wrong. */
function where(issuer: string): string {
  const { protocol, port } = new URL(issuer)
  if (protocol === 'https:') return 'look at the proxy, the name and the firewall before it'
  return `does it listen at port ${port || '80'}? If at another one, the issuer is set wrong`
}

/** A certificate that ends soon. */
export function certificate(validTo: number | undefined, now: number): Finding[] {
  if (validTo === undefined) return []
  const left = validTo - now
  if (left < 14 * day) return [look('certificate', `ends in ${lengthWords(left)}`, 'renew it: without it no service hears of a sign-out')]
  return [good('certificate', `good for ${lengthWords(left)}`)]
}

/** The header has whole seconds, and was written between the two readings. */
function clock(date: number | undefined, before: number, after: number): Finding[] {
  if (date === undefined) return []
  const off = date < before - 1 ? before - date : Math.max(0, date - after - 1)
  return [clockFinding('clock', off, "the issuer's")]
}

/** A clock that is off: nothing of the promise rests on it, but expiries do. */
export function clockFinding(what: string, off: number, whose: string): Finding {
  const is = off < 2 ? `as ${whose}` : `${lengthWords(off)} off ${whose}`
  if (off < 2) return good(what, is)
  return off < 30 ? look(what, is, 'set both by NTP') : wrong(what, is, 'set both by NTP: tokens seem over, or not good yet')
}

function ask(url: string): Promise<{ status: number; body: unknown; date: number | undefined; validTo: number | undefined }> {
  return new Promise((resolve, reject) => {
    const take = (response: IncomingMessage): void => {
      const { socket } = response
      const validTo = socket instanceof TLSSocket ? Date.parse(socket.getPeerCertificate().valid_to) / 1000 : Number.NaN
      const date = Date.parse(response.headers.date ?? '') / 1000
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (text.length > 262_144) response.destroy(new Error('too long'))
      })
      response.on('error', reject).on('end', () => {
        const known = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value)
        resolve({ status: response.statusCode ?? 0, body: readJson(text), date: known(date), validTo: known(validTo) })
      })
    }
    const options = { signal: AbortSignal.timeout(patience), agent: false as const }
    const request = url.startsWith('https:') ? getHttps(url, options, take) : getHttp(url, options, take)
    request.on('error', reject)
  })
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
