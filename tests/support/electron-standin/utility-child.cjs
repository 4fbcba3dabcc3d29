// Gives a child of Node what Electron gives a utility process, then becomes the module it is to run.
const { EventEmitter } = require('node:events')

const [, , file, ...args] = process.argv
const port = new EventEmitter()
port.postMessage = message => {
  if (process.connected) process.send(message)
}
process.on('message', data => port.emit('message', { data, ports: [] }))
// Its parent is gone: nobody is left to work for.
process.on('disconnect', () => process.exit(0))
process.parentPort = port
process.argv = [process.argv[0], ...args]
require(file)
