import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { pinnedNode } from './prepare.js'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
/** Ctrl-C reaches this process twice when npm passes it on as well. */
const sameSignalMs = 1_000

/**
 * Runs a file with the Node that Halley brings along and ends as it ends. Signals are passed on, and the program hears
 * of this process's end by the end of its channel (`process.on('disconnect')`).
 */
export function runPinned(parameters) {
  const child = spawn(pinnedNode, parameters, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  const lastSent = new Map()
  const send = (signal) => {
    if (performance.now() - (lastSent.get(signal) ?? Number.NEGATIVE_INFINITY) < sameSignalMs) return
    lastSent.set(signal, performance.now())
    child.kill(signal)
  }
  for (const signal of signals) process.on(signal, () => send(signal))
  endWithNpm(() => send('SIGTERM'))
  child.once('error', (error) => {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  })
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

/**
 * A killed npm tells nobody, but whatever it started gets another parent: this process, or the shell between the two.
 */
function endWithNpm(end) {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return
  const isBelowShell = /^(ba|da|z)?sh$/.test(nameOf(process.ppid))
  const npmPid = () => (isBelowShell ? parentOf(process.ppid) : process.ppid)
  const npm = npmPid()
  const timer = setInterval(() => {
    if (npmPid() === npm) return
    clearInterval(timer)
    end()
  }, 500)
  timer.unref()
}

/** Both are empty where the system does not tell in this way. */
function nameOf(pid) {
  return /\((.*)\)/s.exec(processState(pid))?.[1] ?? ''
}

function parentOf(pid) {
  return /.*\) \S+ (\d+)/s.exec(processState(pid))?.[1]
}

function processState(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return ''
  }
}
