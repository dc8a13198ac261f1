import { after, before, describe } from 'node:test'
import { storeContract } from '../../../src/testing/store-contract.ts'
import { opener } from './open-for-test.ts'
import { type PostgresServer, skip, startPostgres } from './server.ts'

describe('PostgreSQL', { skip }, () => {
  let server: PostgresServer
  let stores: ReturnType<typeof opener>
  before(async () => {
    server = await startPostgres()
    stores = opener(server.url)
  })
  after(async () => {
    await stores.end()
    await server.close()
  })

  storeContract('PostgreSQL keeps the contract', () => stores.open(), ['advance', 'node'])
})
