import { storeContract } from '../../src/testing/store-contract.ts'
import { openInFile, openInMemory } from './sqlite/open-for-test.ts'

storeContract('SQLite in memory keeps the contract', () => openInMemory())
storeContract('SQLite in a file keeps the contract', openInFile)
