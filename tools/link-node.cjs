'use strict'
// Run after `npm install`. The repository's own Node comes as one optional package a platform, all with the same command; when npm 10 leaves the
// packages of other platforms out, it takes the command of this one away with them. Old plain JavaScript, since that Node is not there yet.
var fs = require('fs')
var path = require('path')

var modules = path.join(__dirname, '..', 'node_modules')
var own = path.join(modules, 'node-' + process.platform + '-' + process.arch, 'bin', 'node')
var link = path.join(modules, '.bin', 'node')
if (process.platform !== 'win32' && fs.existsSync(own) && !fs.existsSync(link)) {
  fs.symlinkSync(path.relative(path.dirname(link), own), link)
}
