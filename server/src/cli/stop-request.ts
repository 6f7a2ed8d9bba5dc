import { EventEmitter, once } from 'node:events'

/** Ctrl-C and a stopping container reach this process directly and once more through the program that started it. */
const sameRequestMs = 1_000

const requests = new EventEmitter()
let lastRequestAt = Number.NEGATIVE_INFINITY
let isListening = false

/**
 * Waits until somebody asks this process to stop: by a signal, or because the program that started it was killed.
 * Called again it waits for the next request; the echo of the same one does not count.
 */
export async function nextStopRequest(): Promise<void> {
  listen()
  await once(requests, 'stop')
}

function listen(): void {
  if (isListening) return
  isListening = true
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, request)
  process.on('disconnect', request)
}

function request(): void {
  const now = performance.now()
  if (now - lastRequestAt < sameRequestMs) return
  lastRequestAt = now
  requests.emit('stop')
}
