declare module 'autocannon' {
  type Request = { method?: string; path?: string; headers?: Record<string, string>; body?: string }
  type Options = {
    url: string
    connections: number
    duration: number
    requests: readonly { setupRequest: (request: Request) => Request }[]
  }
  namespace autocannon {
    type Result = {
      /** Answers with a status of success, and the seconds they took. */
      '2xx': number
      duration: number
      latency: { p50: number; p99: number }
      non2xx: number
      errors: number
      timeouts: number
    }
  }
  function autocannon(options: Options): Promise<autocannon.Result>
  export default autocannon
}
