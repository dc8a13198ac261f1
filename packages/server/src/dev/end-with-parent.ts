// Loaded into each service that `curfew dev` starts: when that process is gone, however it went, the service goes too.
process.on('disconnect', () => process.exit())
process.channel?.unref()
