/** Stops asking a CRM account that is down, and finds out with one call at a time whether it is back. */
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhenResult,
} from 'cockatiel'
import { LRUCache } from 'lru-cache'
import { BridgeError } from '../errors.ts'

/** What one call showed: that the account answers, that it is down, or nothing, since the asker left too early. */
export type Verdict = 'up' | 'down' | 'unknown'

export interface Circuits {
  /**
   * Makes a call to an account. After several in a row that showed it to be down no more are made for a moment.
   * @throws {BridgeError} crm_unavailable without having called
   */
  through<T extends object>(account: string, label: string, call: () => Promise<T>, judge: (outcome: T) => Verdict): Promise<T>
}

/** So many failures in a row open the circuit. */
const failures = 5
/** How long it stays open, the first time and at most. Milliseconds. */
const openFor = { initialDelay: 1_000, maxDelay: 10_000 }

export function createCircuits(): Circuits {
  const circuits = new LRUCache<string, ReturnType<typeof createCircuit>>({ max: 10_000 })
  return {
    async through(account, label, call, judge) {
      const circuit = circuits.get(account) ?? createCircuit()
      circuits.set(account, circuit)
      // Cockatiel has others wait for the trial call, which may take as long as a question.
      if (circuit.state === CircuitState.HalfOpen) throw isDown(label)
      let outcome: Awaited<ReturnType<typeof call>> | undefined
      try {
        await circuit.execute(async () => {
          outcome = await call()
          const verdict = judge(outcome)
          // What throws counts as neither, except in a trial call.
          if (verdict === 'unknown' && circuit.state !== CircuitState.HalfOpen) throw new Unknown()
          return verdict
        })
      } catch (error) {
        if (error instanceof BrokenCircuitError) throw isDown(label)
        if (!(error instanceof Unknown)) throw error
      }
      if (outcome === undefined) throw isDown(label)
      return outcome
    },
  }
}

class Unknown extends Error {}

function createCircuit() {
  const isFailure = handleWhenResult((verdict) => verdict !== 'up')
  return circuitBreaker(isFailure, { halfOpenAfter: new ExponentialBackoff(openFor), breaker: new ConsecutiveBreaker(failures) })
}

function isDown(label: string): BridgeError {
  return new BridgeError('crm_unavailable', `${label} isn’t answering at the moment. Ask again in a moment.`, { retryAfter: 2 })
}
