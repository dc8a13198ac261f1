'use strict'
// Old plain JavaScript, loaded before any TypeScript, so that an older Node answers in one sentence and not with a stack.
var has = process.versions.node.split('.').map(Number)
if (has[0] < 24 || (has[0] === 24 && has[1] < 15)) {
  process.stderr.write(
    'Curfew needs Node 24.15 or newer; this is ' +
      process.versions.node +
      '. `npm install` brings one along for Linux and Windows (with scripts and optional packages allowed), which programs started with `npm run` then use.\n',
  )
  process.exit(1)
}
