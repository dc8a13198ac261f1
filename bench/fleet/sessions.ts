import { type httpClient, json } from '../../packages/server/prove/http-client.ts'

/** Signs as many users in, one device each, many at a time; the access tokens. */
export async function signInMany(
  count: number,
  prefix: string,
  urls: readonly string[],
  http: ReturnType<typeof httpClient>,
): Promise<string[]> {
  const tokens: string[] = []
  let next = 0
  const one = async (): Promise<void> => {
    for (let nth = next++; nth < count; nth = next++) {
      const identifier = `${prefix}-${nth}`
      const body = json({ identifier, password: `the password of ${identifier}`, device_name: 'bench', mode: 'token' })
      const answer = await http.call(`${urls[nth % urls.length]}/session/sign-in`, { method: 'POST', ...body, patience: 60_000 })
      if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${answer.text}`)
      tokens.push((JSON.parse(answer.text) as { access_token: string }).access_token)
    }
  }
  await Promise.all(Array.from({ length: Math.min(32, count) }, one))
  return tokens
}
