/** Loaded before a server that is measured: answers the bench's question for the CPU that its process has used. The server knows nothing of it. */
process.on('message', (question) => {
  if (question !== 'cpu') return
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu: user + system })
})
