import { CurfewError } from '../errors.ts'

/** A command line that cannot be understood: exit code 2, nothing was asked or done. */
export class UsageError extends CurfewError {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}
