/** `npm run sbom`, after `npm run build`: what somebody who installs the packed packages gets, as CycloneDX, in .tmp/sbom.cdx.json. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { good, pack } from './packed.ts'
import { root } from './run-command.ts'

interface Bill {
  readonly components: { name: string; externalReferences?: { url: string }[] | undefined }[]
}

/** Installs the packed packages in a folder of their own, and has npm list what came with them. */
export async function sbom(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-sbom-'))
  try {
    const tarballs = await pack(folder)
    // The workspace's own tree says less: it marks as ours, for development, what the packages need, too.
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'curfew-installed', version: '0.0.0', private: true }))
    await good('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs], folder)
    const listed = JSON.parse(await good('npm', ['sbom', '--sbom-format', 'cyclonedx'], folder)) as Bill
    // Where the tarballs lay on this machine is nobody's business.
    for (const one of listed.components) one.externalReferences = one.externalReferences?.filter(({ url }) => !url.startsWith('file:'))
    return `${JSON.stringify(listed, null, 2)}\n`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  mkdirSync(join(root, '.tmp'), { recursive: true })
  writeFileSync(join(root, '.tmp/sbom.cdx.json'), await sbom())
}
