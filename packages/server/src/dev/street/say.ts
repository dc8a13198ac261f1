import { type Html, html } from '../../http/html.ts'
import { capital, clockTime, inWords, listOf, tookWords } from '../../pages/views/words.ts'
import type { DeviceId, News, ServiceState, StreetState } from './street-state.ts'

/** The headline, line by line, and one sentence below it. */
export type Said = { lines: string[]; more: Html | string }

type SignedOut = Extract<News, { kind: 'signedOut' }>

/** Says the outcome first, in the ten sentences of the house; never more than the receipt and the windows show. */
export function say(state: StreetState): Said {
  const { devices, news } = state
  const inside = devices.filter((device) => device.state === 'in')
  if (state.issuerAway) return issuerAway(state)
  if (news.kind === 'notSignedIn') return { lines: ['You are not signed in.'], more: news.why }
  if (news.kind === 'noAnswer') {
    return { lines: ['The server did not answer,', 'so this may or may not have worked.'], more: 'Try again: twice does no harm.' }
  }
  if (devices.every((device) => device.state === 'never')) {
    return { lines: ['Nobody is signed in.'], more: 'Sign in, and a window lights up in every house.' }
  }
  if (news.kind === 'signedOut') return signedOut(state, news)
  if (news.kind === 'endedElsewhere') {
    const [who, are] = subject(news.devices)
    return {
      lines: [`${who} ${are} signed out.`, `The services refuse ${news.devices.length === 1 ? 'it' : 'them'}.`],
      more: 'A command, another page, or a sign-out whose answer was lost has ended this. Sign in again whenever you like.',
    }
  }
  if (inside.length === 0) return { lines: ['Nobody is signed in.'], more: 'Sign in, and a window lights up in every house.' }
  return allIn(
    state,
    inside.map(({ id }) => id),
  )
}

function allIn({ services, devices }: StreetState, inside: DeviceId[]): Said {
  const who = inside.length === 1 ? subject(inside).join(' ') : `${capital(inWords(inside.length))} devices are`
  const silent = services.filter((service) => service.silent).map(({ name }) => name)
  const them = inside.length === 1 ? 'it' : 'them'
  if (silent.length > 0) {
    return {
      lines: [`${who} signed in.`, `${capital(listOf(silent))} ${silent.length === 1 ? 'does' : 'do'} not answer.`],
      more: `The others accept ${them}. A service that is silent lets nobody in on its own once its lease is over.`,
    }
  }
  const more = devices.some(({ state }) => state === 'never')
    ? 'Open another device, or sign one out and watch its windows along the street.'
    : 'Sign one out, and watch its windows along the street.'
  return { lines: [`${who} signed in.`, `Every service accepts ${them}.`], more }
}

function signedOut(state: StreetState, news: SignedOut): Said {
  const { receipt } = state
  const [who, are] = subject(news.devices)
  if (!news.outcome) return { lines: [`${who} ${are} being signed out.`], more: 'Each service is told, and each has to say that it knows.' }
  if (news.outcome === 'pending') return pending(state, news)

  const left = [...(receipt?.uncovered ?? []), ...(receipt?.kept ?? [])]
  const them = news.devices.length === 1 ? 'it' : 'them'
  const lines =
    news.everywhere && left.length === 0
      ? ['Lights out.', 'No service accepts any of your devices.']
      : [`${who} ${are} signed out.`, noService(state, them)]
  return { lines, more: `${confirmedBy(state, news)} ${carryOn(state)}` }
}

function noService({ receipt }: StreetState, them: string): string {
  if (!receipt || receipt.uncovered.length === 0) return `No service accepts ${them} any more.`
  const until = Math.max(...receipt.uncovered.map(({ until }) => until))
  return `No service accepts ${them} any more, except ${listOf(receipt.uncovered.map(({ aud }) => aud))}, until ${clockTime(until)}.`
}

/** A row that is gone has ended its lease, or was silent until it was over: both let nobody in on their own. */
function confirmedBy({ receipt, services }: StreetState, { outMs }: SignedOut): string {
  const over = (receipt?.verifiers ?? [])
    .filter(({ leaseOver, gone, acknowledged }) => leaseOver > 0 || (gone > 0 && acknowledged === 0))
    .map(({ name }) => name)
  if (over.length > 0) {
    const [its, lets] = over.length === 1 ? ['its lease is', 'it lets'] : ['their leases are', 'they let']
    return `${capital(listOf(over))} did not answer, and ${its} over: ${lets} nobody in without asking first.`
  }
  const count = services.length
  const all = count === 1 ? 'The service' : count === 2 ? 'Both services' : `All ${inWords(count)} services`
  return `${all} confirmed it${outMs === undefined ? '' : ` within ${tookWords(outMs)} of the click`}.`
}

function carryOn({ devices }: StreetState): string {
  const inside = devices.filter((device) => device.state === 'in').map(({ id }) => `the ${id}`)
  if (inside.length === 0) return 'Sign in again whenever you like.'
  return `${capital(listOf(inside))} ${inside.length === 1 ? 'carries' : 'carry'} on.`
}

/** What counts down is not read out again and again: ears get the figure that the answer had. */
function pending({ receipt, services }: StreetState, news: SignedOut): Said {
  const [who, are] = subject(news.devices)
  const waiting = (receipt?.verifiers ?? []).filter((row) => row.waiting > 0).map(({ name }) => name)
  const late = waiting.length > 0 ? listOf(waiting) : 'one service'
  const [has, its, runs, it] =
    waiting.length > 1 ? ['have', 'Their leases run', 'run', 'they accept'] : ['has', 'Its lease runs', 'runs', 'it accepts']
  const left = countdown(services)
  const latest = tookWords(receipt?.latestInMs ?? left ?? 0)
  return {
    lines: [`${who} ${are} signed out,`, `but ${late} ${has} not confirmed yet.`],
    more: html`${its} out in <span aria-hidden="true">${left === undefined ? latest : tookWords(left)}</span><span class="unseen">${latest}</span>. From then on ${it} nothing on ${runs === 'run' ? 'their' : 'its'} own, and the sign-out is confirmed without ${runs === 'run' ? 'them' : 'it'}.`,
  }
}

function countdown(services: readonly ServiceState[]): number | undefined {
  const left = services.flatMap(({ windows }) =>
    windows.flatMap((window) => (window.is === 'asking' && window.latestMs !== undefined ? [window.latestMs] : [])),
  )
  return left.length > 0 ? Math.max(...left) : undefined
}

function issuerAway({ services }: StreetState): Said {
  const leases = services.map(({ leaseMs }) => leaseMs ?? 0)
  const most = Math.max(0, ...leases)
  const more =
    most > 0
      ? html`The services go on for the rest of their leases, <span aria-hidden="true">${tookWords(most)}</span><span class="unseen">a few seconds</span> at most, and then refuse with 503.`
      : 'Their leases are over, so the services refuse with 503.'
  return { lines: ['The issuer does not answer.'], more: html`${more} Start it again with <code>npm start</code>.` }
}

function subject(devices: readonly DeviceId[]): [who: string, are: string] {
  return [capital(listOf(devices.map((id) => `the ${id}`))), devices.length === 1 ? 'is' : 'are']
}
