import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const server = fileURLToPath(new URL('../../', import.meta.url))

/** The fifteen lines of an application, but for how modules come in. */
const application = `
  const curfew = createCurfew({
    issuer: 'http://localhost:3000', audience: 'https://api.example.com', database: ':memory:', control: false,
    accounts: { signUp: true }, secret: 'a master secret that is long enough',
  })
  const app = express()
  app.use(express.json(), curfew.express())
  app.get('/me', curfew.protect(), (req, res) => res.json(req.auth))
  const listening = app.listen(0, '127.0.0.1', async () => {
    const base = 'http://127.0.0.1:' + listening.address().port
    const own = await fetch(base + '/session')
    const me = await fetch(base + '/me', { headers: { accept: 'application/json' } })
    console.log(own.status, JSON.stringify(await own.json()), me.status)
    listening.close()
    listening.closeAllConnections()
    await curfew.close()
  })
`
const cjs = (express: string) => `const express = require('${express}')\nconst { createCurfew } = require('curfew')\n${application}`
const esm = (express: string) => `import express from '${express}'\nimport { createCurfew } from 'curfew'\n${application}`

for (const express of ['express4', 'express']) {
  for (const [how, type, text] of [
    ['require()', 'commonjs', cjs(express)],
    ['import', 'module', esm(express)],
  ] as const) {
    test(`contract §4: ${express} with ${how}: createCurfew is synchronous, mounted after a body parser`, async () => {
      const options = ['-C', 'curfew-source', `--input-type=${type}`, '-e', text]
      const { stdout } = await run(process.execPath, options, { cwd: server, env: { ...process.env, NODE_ENV: 'production' } })
      assert.equal(stdout.trim(), '200 {"user":null,"session":null} 401')
    })
  }
}
