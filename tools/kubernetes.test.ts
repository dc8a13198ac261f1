import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readConfig } from '../packages/server/src/config.ts'
import { masterSecret } from '../packages/server/src/keys/master-secret.ts'
import { deployFile, deployYaml, dockerfile, paths, port, readByServer } from './deployed.ts'
import { root } from './run-command.ts'

// biome-ignore lint/suspicious/noExplicitAny: manifests are compared, not used
type Manifest = any

describe('Kubernetes', () => {
  const kustomization = deployYaml<Manifest>('kubernetes/kustomization.yaml')
  const deployment = deployYaml<Manifest>('kubernetes/deployment.yaml')
  const pod = deployment.spec.template.spec
  const [container] = pod.containers
  const labels = deployment.spec.template.metadata.labels

  test('each manifest is taken by the kustomization, but for the example of a secret', () => {
    const all = globSync('*.yaml', { cwd: join(root, 'deploy/kubernetes') })
    const others = all.filter((file) => !['kustomization.yaml', 'secret.example.yaml'].includes(file))
    assert.deepEqual([...kustomization.resources].sort(), others.sort())
    for (const file of all) {
      const { apiVersion, kind, metadata } = deployYaml<Manifest>(`kubernetes/${file}`)
      assert.ok(apiVersion && kind && (metadata?.name === 'curfew' || kind === 'Kustomization'), file)
    }
    assert.equal(kustomization.images[0].name, container.image)
  })

  test('one set of labels, one port, and paths that the server answers', () => {
    const selectors = [
      deployment.spec.selector.matchLabels,
      deployYaml<Manifest>('kubernetes/service.yaml').spec.selector,
      deployYaml<Manifest>('kubernetes/disruption-budget.yaml').spec.selector.matchLabels,
      pod.topologySpreadConstraints[0].labelSelector.matchLabels,
    ]
    for (const selector of selectors) assert.deepEqual(selector, labels)
    assert.deepEqual(container.ports, [{ name: 'http', containerPort: port }])
    assert.equal(deployYaml<Manifest>('kubernetes/service.yaml').spec.ports[0].targetPort, 'http')
    const asked = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => container[probe].httpGet)
    assert.deepEqual(
      asked.map(({ path }) => path),
      ['/healthz', '/healthz', '/readyz'],
    )
    for (const { path, port: at } of asked) assert.ok(paths.includes(path) && at === 'http')
  })

  test('a clean stop has its time, and some pods are always left', () => {
    const waits = Number(container.lifecycle.preStop.exec.command[1])
    assert.ok(pod.terminationGracePeriodSeconds >= waits + 5 + 5)
    assert.ok(deployYaml<Manifest>('kubernetes/disruption-budget.yaml').spec.maxUnavailable < deployment.spec.replicas)
    assert.equal(deployment.spec.strategy.rollingUpdate.maxUnavailable, 0)
  })

  test('nobody in particular, nothing to write, nothing to gain', () => {
    assert.equal(pod.securityContext.runAsNonRoot, true)
    assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault')
    assert.equal(pod.automountServiceAccountToken, false)
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    assert.ok(container.resources.requests.memory && container.resources.limits.memory)
  })

  test('configuration and secret are what the server reads, and the example of a secret is none', () => {
    const [{ name, files }] = kustomization.configMapGenerator
    assert.equal(pod.volumes[0].configMap.name, name)
    assert.match(dockerfile, new RegExp(`^WORKDIR ${container.volumeMounts[0].mountPath}$`, 'm'))
    const { settings } = readConfig({ ...JSON.parse(deployFile(`kubernetes/${files[0]}`)), database: 'curfew.db' })
    assert.equal(settings.proxies.networks.length, 1) // LG-6: whatever does the TLS is one
    const { metadata, stringData } = deployYaml<Manifest>('kubernetes/secret.example.yaml')
    assert.equal(container.envFrom[0].secretRef.name, metadata.name)
    for (const variable of Object.keys(stringData)) assert.ok(readByServer.has(variable), variable)
    const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
    assert.throws(() => masterSecret(stringData.CURFEW_SECRET, { database: undefined, loopback: false }, log), /CURFEW_SECRET/)
  })
})
