import { execFile } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'

/** A certificate that nobody vouches for, made for one test. */
export interface Certificate {
  readonly key: string
  readonly cert: string
  /** What Chromium knows it by: SHA-256 of its public key, in base64. */
  readonly pin: string
}

/** Makes one for these names with `openssl`; without that the test is skipped, and says so. */
export async function makeCertificate(t: TestContext, names: readonly string[]): Promise<Certificate | undefined> {
  const openssl = ['/usr/bin/openssl', '/usr/local/bin/openssl'].find((path) => existsSync(path))
  if (openssl === undefined) {
    t.skip('There is no openssl: cookies with __Host- need https, and https a certificate.')
    return undefined
  }
  const folder = mkdtempSync(join(tmpdir(), 'curfew-cert-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${names[0]}`]
  try {
    const subject = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`
    await promisify(execFile)(openssl, ['req', ...kind, '-keyout', key, '-out', cert, '-addext', subject])
    const made = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
    const spki = new X509Certificate(made.cert).publicKey.export({ type: 'spki', format: 'der' })
    return { ...made, pin: createHash('sha256').update(spki).digest('base64') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
