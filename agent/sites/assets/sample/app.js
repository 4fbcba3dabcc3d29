// All addresses are relative to the page, so that the site works under any prefix.
const output = id => document.getElementById(id)

const events = new EventSource('events')
events.onmessage = ({ data }) => {
  output('clock').value = data
}
events.onerror = () => {
  output('clock').value = 'the line is broken; trying again…'
}

const socketUrl = new URL('ws', location.href)
socketUrl.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
const socket = new WebSocket(socketUrl)
socket.onopen = () => {
  output('echoed').value = 'connected'
}
socket.onmessage = ({ data }) => {
  output('echoed').value = `came back: ${data}`
}
socket.onclose = () => {
  output('echoed').value = 'closed; reload the page to connect again'
}

output('echo').onsubmit = event => {
  event.preventDefault()
  if (socket.readyState === WebSocket.OPEN) socket.send(event.target.elements.text.value)
}

output('upload').onsubmit = async event => {
  event.preventDefault()
  const [file] = event.target.elements.file.files
  if (!file) return
  output('uploaded').value = 'sending…'
  try {
    const response = await fetch('upload', { method: 'POST', body: file })
    const { bytes, sha256 } = await response.json()
    output('uploaded').value = `${bytes} bytes, SHA-256 ${sha256}`
  } catch {
    output('uploaded').value = 'the upload broke off'
  }
}
