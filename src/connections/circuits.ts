/** Stops asking a CRM account that is down, and finds out with one call at a time whether it is back. */
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhenResult,
  noJitterGenerator,
} from 'cockatiel'
import { LRUCache } from 'lru-cache'
import { BridgeError } from '../errors.ts'

/** What one call showed: that the account answers, that it is down, or nothing, since the asker left too early. */
export type Verdict = 'up' | 'down' | 'unknown'

export type CircuitOf = {
  readonly account: string
  readonly label: string
  /** Told when the account's circuit opens, and when it closes again. */
  readonly onCircuit?: (isOpen: boolean) => void
}

export interface Circuits {
  /**
   * Makes a call to an account; `call` is told whether it tries if the account is back. After several in a row that showed it to be down no
   * more are made for a moment. Only what is essential tries whether it is back. @throws {BridgeError} crm_unavailable without having called; and whatever `call` throws
   */
  through<T extends object>(
    of: CircuitOf,
    call: (isTrial: boolean) => Promise<T>,
    judge: (outcome: T) => Verdict,
    isEssential: boolean,
  ): Promise<T>
}

/** So many failures in a row open the circuit. */
const failures = 5
/** How long it stays open, the first time and at most. Milliseconds. */
const openFor = { initialDelay: 1_000, maxDelay: 10_000, generator: noJitterGenerator }

export function createCircuits(): Circuits {
  const circuits = new LRUCache<string, ReturnType<typeof createCircuit>>({
    max: 10_000,
    disposeAfter: (circuit, _account, reason) => reason === 'evict' && circuit.forgotten(),
  })
  return {
    async through({ account, label, onCircuit }, call, judge, isEssential) {
      const circuit = circuits.get(account) ?? createCircuit(onCircuit)
      circuits.set(account, circuit)
      // Cockatiel has others wait for the trial call, which may take as long as a question.
      if (circuit.state === CircuitState.HalfOpen) throw isDown(label)
      const isTrial = circuit.state === CircuitState.Open
      if (isTrial && !isEssential) throw isDown(label)
      const made: { outcome?: Awaited<ReturnType<typeof call>>; error?: unknown } = {}
      try {
        await circuit.execute(async () => {
          const verdict = await verdictOn(made)
          if (isTrial) return verdict
          // What throws counts as neither: no verdict, or one that comes when the circuit has opened since.
          if (verdict === 'unknown' || circuit.state !== CircuitState.Closed) throw new NoVerdict()
          return verdict
        })
      } catch (error) {
        if (error instanceof BrokenCircuitError) throw isDown(label)
        if (!(error instanceof NoVerdict)) throw error
      }
      if (made.outcome === undefined) throw made.error
      return made.outcome

      /** Of a call that was never made there is none: a trial goes on being due. */
      async function verdictOn(result: typeof made): Promise<Verdict> {
        try {
          result.outcome = await call(isTrial)
          return judge(result.outcome)
        } catch (error) {
          result.error = error
          return 'unknown'
        }
      }
    },
  }
}

class NoVerdict extends Error {}

function createCircuit(onCircuit: CircuitOf['onCircuit'] = () => {}) {
  const isFailure = handleWhenResult((verdict) => verdict !== 'up')
  const circuit = circuitBreaker(isFailure, {
    halfOpenAfter: new ExponentialBackoff(openFor),
    breaker: new ConsecutiveBreaker(failures),
  })
  let isOpen = false
  const become = (open: boolean) => {
    // A trial that fails opens it again, though it wasn't closed.
    if (open !== isOpen) onCircuit(open)
    isOpen = open
  }
  circuit.onBreak(() => become(true))
  circuit.onReset(() => become(false))
  return Object.assign(circuit, { forgotten: () => become(false) })
}

function isDown(label: string): BridgeError {
  return new BridgeError('crm_unavailable', `${label} isn’t answering at the moment. Ask again in a moment.`, { retryAfter: 2 })
}
