import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'

/**
 * The floor of a token endpoint: bare `node:http`, reads the form, signs one ES256 token of the same size, answers with the same members. No
 * store, no refresh token that is checked, no router, no check of anything. With a database: one row of it is changed for each request, synced.
 */
const { port, claims, database } = JSON.parse(process.env.PROVE_SETUP ?? '{}') as {
  port: number
  claims: Record<string, unknown>
  database?: string
}
const commit = database === undefined ? () => undefined : oneCommit(database)
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: 'AAAAAAAAAAAAAAAAAAAAAA' })

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const form = new URLSearchParams(Buffer.concat(parts).toString('utf8'))
    commit()
    const iat = Math.floor(Date.now() / 1000)
    const input = `${header}.${encode({ ...claims, jti: randomBytes(16).toString('base64url'), iat, exp: iat + 900 })}`
    const signature = sign('sha256', Buffer.from(input), privateKey) // DER: the other encoding is slower than need be on this Node
    const answer = {
      access_token: `${input}.${signature.toString('base64url')}`,
      token_type: 'Bearer',
      expires_in: 900,
      refresh_token: form.get('refresh_token'),
      scope: claims.scope,
    }
    const body = JSON.stringify(answer)
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      pragma: 'no-cache',
    })
    response.end(body)
  })
})
server.listen(port, '127.0.0.1', () => process.send?.({ ready: process.pid }))
process.once('SIGTERM', () => process.exit(0))
process.once('disconnect', () => process.exit(1))

/** What a rotation cannot do without: one row, one commit, one sync. */
function oneCommit(file: string): () => void {
  const opened = new DatabaseSync(file)
  opened.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA locking_mode = EXCLUSIVE')
  opened.exec("CREATE TABLE grants (gid TEXT PRIMARY KEY, generation INTEGER); INSERT INTO grants VALUES ('one', 0)")
  const rotate = opened.prepare("UPDATE grants SET generation = generation + 1 WHERE gid = 'one'")
  return () => void rotate.run()
}
