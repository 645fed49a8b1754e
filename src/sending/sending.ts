/** Sends a message for a CRM once, however often and wherever it is asked for by the same key, and says what became of it. */
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Inbox } from '../connections/inbox-store.ts'
import { BridgeError } from '../errors.ts'
import type { Keys } from '../keys.ts'
import type { Logger } from '../logger.ts'
import type { ApiAccess, ApiVault } from './api-vault.ts'
import type { DeliveryKey, DeliveryStore } from './delivery-store.ts'
import type { InboxApi } from './inbox-api.ts'
import type { Message } from './message.ts'

export type Sent = {
  /** What the inbox calls the message, where it said. */
  readonly messageId: string | null
  /** Whether it had been sent before, by the same key. */
  readonly wasSent: boolean
}

export interface Sending {
  /** Resolves when the message is sent, now or before. @throws {BridgeError} */
  send(inbox: Inbox, message: Message, idempotencyKey: string): Promise<Sent>
}

/** A workflow that runs wild costs no more than this, and people who answer can keep up with it; CRMs try again after a refusal. */
const perMinute = 60
/** One attempt's claim: longer than its calls may take together. Milliseconds. */
const claimFor = 30_000
/** How long another one's attempt is waited for, and how often it is looked at. Milliseconds. */
const waitFor = 12_000
const lookEvery = 200

export function createSending(deps: {
  api: InboxApi
  deliveries: DeliveryStore
  keys: Pick<Keys, 'tags'>
  vault: ApiVault
  log: Logger
}): Sending {
  const { api, deliveries, keys, vault, log } = deps

  /** @throws {BridgeError} sending_not_set_up */
  function accessOf({ id, sealedApi }: Inbox): ApiAccess {
    const access = sealedApi === null ? null : vault.open(id, sealedApi)
    if (access !== null) return access
    throw new BridgeError('sending_not_set_up', 'The inbox gave no access to its API. Save the plugin in get.chat again.')
  }

  /** One attempt, whose claim is this owner's. */
  async function attempt(inboxId: string, access: ApiAccess, message: Message, key: DeliveryKey, owner: string): Promise<Sent> {
    let isUnclear = false
    try {
      if (message.template === null) await refuseOutsideWindow(access, message.waId)
      if (!(await deliveries.begin(key, owner, claimFor)))
        throw new BridgeError('bridge_unavailable', 'The message took too long to be prepared. Nothing was sent: try again.')
      isUnclear = true
      const messageId = await api.send(access, message)
      log.info({ inboxId, kind: message.template === null ? 'text' : 'template' }, 'message sent for the CRM')
      // It was sent, even if that can't be written down: then the key never sends again.
      await deliveries
        .end(key, owner, { state: 'sent', messageId })
        .catch((error) => log.warn({ err: error, inboxId }, 'not noted'))
      return { messageId, wasSent: false }
    } catch (error) {
      const mayBeSent = isUnclear && !(error instanceof BridgeError && error.code !== 'message_unclear')
      await deliveries.end(key, owner, { state: mayBeSent ? 'unclear' : 'failed' }).catch(() => {})
      throw error
    }
  }

  async function refuseOutsideWindow(access: ApiAccess, waId: string): Promise<void> {
    const expires = await api.windowExpires(access, waId)
    if (expires !== null && expires.getTime() > Date.now()) return
    throw new BridgeError(
      'window_closed',
      'The customer wrote more than 24 hours ago, or never: WhatsApp lets only a template be sent.',
    )
  }

  return {
    async send(inbox, message, idempotencyKey) {
      const access = accessOf(inbox)
      const keyHash = Buffer.from(createHash('sha256').update(idempotencyKey).digest())
      const key = { inboxId: inbox.id, keyHash }
      const names = keys.tags('delivery', `${inbox.id} ${JSON.stringify(message)}`)
      const owner = randomUUID()
      const until = Date.now() + waitFor
      let wasFree = false
      for (;;) {
        if (await deliveries.take(key, names, owner, claimFor, perMinute)) return attempt(inbox.id, access, message, key, owner)
        const found = await deliveries.find(key)
        if (found !== null && !names.includes(found.message))
          throw new BridgeError('idempotency_mismatch', 'This idempotency key was used for another message. Use a new one.')
        if (found?.state === 'sent') return { messageId: found.messageId, wasSent: true }
        const isFree = found === null || found.state === 'failed' || (found.state === 'taken' && !found.isUnderWay)
        // Free since another's attempt has just failed, or because no more may be sent.
        if (found === null || (isFree && wasFree)) throw tooMany()
        wasFree = isFree
        if (isFree) continue
        if (!found.isUnderWay || Date.now() > until) throw found.state === 'taken' ? notSentYet() : unclear()
        await sleep(lookEvery)
      }
    },
  }
}

const tooMany = () =>
  new BridgeError('sending_limited', `This inbox sends at most ${perMinute} messages a minute. Try again later.`, {
    retryAfter: 60,
  })

const notSentYet = () =>
  new BridgeError('bridge_unavailable', 'The message is still being prepared. Nothing was sent yet: try again.', {
    retryAfter: 5,
  })

const unclear = () =>
  new BridgeError(
    'message_unclear',
    'Nobody knows what became of the message, or not yet. Look into the chat; it isn’t sent again by this key.',
  )
