import type { Rate } from './limit.ts'

/** The name of a limit, as the configuration has it. */
export type LimitName =
  | 'account'
  | 'accountEverywhere'
  | 'device'
  | 'ownPassword'
  | 'signInsFromNetwork'
  | 'signInsFromRegion'
  | 'signIns'
  | 'signUpsFromNetwork'
  | 'signUpsFromRegion'
  | 'signUps'
  | 'mailsTo'
  | 'mailsFromNetwork'
  | 'mailsFromRegion'
  | 'mails'
  | 'passwordChange'
  | 'clientFailures'
  | 'clientFailuresFromNetwork'
  | 'requests'

/** All limits, as configured. */
export type Limits = Readonly<Record<LimitName, Rate>>

/**
 * How often what may be tried (LG-2, RL-1): so many at once, then one more every so many seconds. A network is one address of IPv4 and a /64 of
 * IPv6, what one household or one machine has; a region is a /24 and a /48, what one provider hands to one customer.
 */
export const defaultLimits: Limits = {
  /** Passwords for one name, from one network, by devices that were never signed in with it. */
  account: { burst: 10, every: 60 },
  /** The same from everywhere: with it, a network of a thousand machines has a hundred tries a day and no more (SP 800-63B §3.2.2). */
  accountEverywhere: { burst: 100, every: 864 },
  /** Passwords for one name, by a device that was signed in with it. Nobody else can use it up. */
  device: { burst: 20, every: 300 },
  /** Passwords of one user, right ones too, by devices that are signed in or were: an account of one's own is no way to hold up everybody's sign-ins. */
  ownPassword: { burst: 100, every: 5 },
  /** Sign-ins from one network, whatever the names; and from one region. */
  signInsFromNetwork: { burst: 100, every: 1 },
  signInsFromRegion: { burst: 400, every: 0.25 },
  /** Sign-ins of everybody on devices that nobody knows. */
  signIns: { burst: 1000, every: 0.02 },
  signUpsFromNetwork: { burst: 20, every: 60 },
  signUpsFromRegion: { burst: 80, every: 15 },
  signUps: { burst: 1000, every: 0.1 },
  /** Mails to one address, that anybody can ask for; and those asked for from one network, and from one region: a /48 alone has 65,536 networks. */
  mailsTo: { burst: 3, every: 600 },
  mailsFromNetwork: { burst: 20, every: 60 },
  mailsFromRegion: { burst: 80, every: 15 },
  mails: { burst: 500, every: 0.5 },
  /** Present passwords that were wrong, by one session that asks for another one. */
  passwordChange: { burst: 10, every: 60 },
  /** Secrets that were wrong, of one client or service, from one network; and of all that one network tries (TK-4). */
  clientFailures: { burst: 20, every: 10 },
  clientFailuresFromNetwork: { burst: 100, every: 1 },
  /** Requests of any other kind from one network, counted by each process for itself. Signing out and revoking are never counted (RL-2). */
  requests: { burst: 1000, every: 0.005 },
}
