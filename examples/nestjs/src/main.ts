import 'reflect-metadata'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { curfew, port } from './curfew.js'
import { OrdersController } from './orders.controller.js'

@Module({ controllers: [OrdersController] })
class AppModule {
  // With enableShutdownHooks: after the next start, sign-outs confirm at once. Before the server closes: what Curfew holds open, it answers now.
  beforeApplicationShutdown() {
    return curfew.close()
  }
}

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'], forceCloseConnections: true })
app.use(curfew.express()) // POST /sign-up, /session/sign-in, /session/sign-out, /authorize, /token, …
app.enableShutdownHooks()
await app.listen(port, '127.0.0.1')
console.log(`http://localhost:${port}`)
