import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { type Collection, type Db, MongoServerError, ObjectId } from 'mongodb'

/** What stands in MongoDB about somebody. */
export interface User {
  readonly name: string
  readonly hash: string
  readonly roles: string[]
  readonly blocked: boolean
}

type Found = (User & { readonly _id: ObjectId }) | undefined

/** The application's users. */
export interface Users {
  add(name: string, password: string): Promise<boolean>
  byPassword(name: string, password: string): Promise<Found>
  byId(id: string): Promise<Found>
  /** Gives the id, or undefined where there is nobody of that name. */
  set(name: string, to: Partial<User>): Promise<string | undefined>
}

/** Opens the collection; a name is there once, whoever else asks at the same moment. */
export async function openUsers(db: Db): Promise<Users> {
  const users: Collection<User> = db.collection('users')
  await users.createIndex({ name: 1 }, { unique: true })
  const nobody = await hash(randomBytes(16).toString('hex'))

  return {
    async add(name, password) {
      try {
        await users.insertOne({ name, hash: await hash(password), roles: [], blocked: false })
        return true
      } catch (error) {
        if (error instanceof MongoServerError && error.code === 11000) return false // the name is taken
        throw error
      }
    },
    async byPassword(name, password) {
      const user = await users.findOne({ name: { $eq: name } })
      // As much work for a name that there is not, so that nobody learns which there are.
      const isRight = await matches(user?.hash ?? nobody, password)
      return user && isRight && !user.blocked ? user : undefined
    },
    async byId(id) {
      return ObjectId.isValid(id) ? ((await users.findOne({ _id: new ObjectId(id) })) ?? undefined) : undefined
    },
    async set(name, to) {
      const user = await users.findOneAndUpdate({ name: { $eq: name } }, { $set: to })
      return user?._id.toHexString()
    },
  }
}

const derive = promisify(scrypt) as (password: string, salt: Buffer, length: number, how: object) => Promise<Buffer>
const how = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 2 ** 20 }

async function hash(password: string): Promise<string> {
  const salt = randomBytes(16)
  return `${salt.toString('hex')}:${(await derive(password, salt, 32, how)).toString('hex')}`
}

async function matches(stored: string, password: string): Promise<boolean> {
  const [salt = '', expected = ''] = stored.split(':')
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'hex'), 32, how), Buffer.from(expected, 'hex'))
}
