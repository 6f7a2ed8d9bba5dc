import type { Logger } from 'pino'

/** Something a process does again and again: never twice at once, a failure is logged and the next turn comes anyway. */
export type Repeated = { stop(): Promise<void> }

/** Runs the work now and then every `everyMs` after it ended. `stop` waits for a turn under way. */
export function repeat(name: string, everyMs: number, work: () => Promise<void>, logger: Logger): Repeated {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let turn = Promise.resolve()
  const run = async () => {
    try {
      await work()
    } catch (error) {
      if (!isStopped) logger.error({ err: error, work: name }, 'repeated work failed; it is tried again')
    }
    if (!isStopped) timer = setTimeout(begin, everyMs)
  }
  const begin = () => {
    turn = run()
  }
  begin()
  return {
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await turn
    },
  }
}
