/** Webhooks as WhatsApp's two APIs send them. */

export type Envelope = { entry: { id: string; changes: { field: string; value: object }[] }[]; object: string }

export function cloudBody(messages: readonly object[], contacts: readonly object[] = [], rest: object = {}): Envelope {
  const metadata = { display_phone_number: '15550783881', phone_number_id: '106540352242922' }
  const value = { messaging_product: 'whatsapp', metadata, contacts, messages, ...rest }
  return { object: 'whatsapp_business_account', entry: [{ id: '102290129340398', changes: [{ field: 'messages', value }] }] }
}

export const flatBody = (messages: readonly object[], contacts: readonly object[] = []): object => ({ contacts, messages })
