import { Body, Controller, Get, Post, UseGuards } from '@nestjs/common'
import type { Protected } from 'curfew'
import { Auth, SignedIn } from './signed-in.guard.js'

@Controller('orders')
@UseGuards(SignedIn({ scope: 'orders:read' }))
export class OrdersController {
  @Get()
  list(@Auth() auth: Protected['auth']) {
    return { for: auth.sub, orders: [] }
  }

  @Post()
  add(@Body() body: unknown) {
    return body
  }

  @Get('all')
  @UseGuards(SignedIn({ roles: ['admin'] }))
  all() {
    return []
  }
}
