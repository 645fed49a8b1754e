/** What one writes first: fetch a page from the CRM, read every phone number, answer with the inbox's contacts. No company's name. */
import fastify from 'fastify'
import parsePhoneNumber from 'libphonenumber-js/min'
import { introduce } from '../child.ts'

type Listed = { results: { id: string; properties: Record<string, string | null> }[]; paging?: { next?: { after: string } } }

const upstream = process.env.UPSTREAM ?? ''
const app = fastify({ keepAliveTimeout: 300_000 })

app.get('/*', async (request) => {
  const answer = await fetch(upstream + request.url, { headers: { authorization: request.headers.authorization ?? '' } })
  const { results, paging } = (await answer.json()) as Listed
  return {
    results: results.map(({ id, properties }) => ({
      contact_id: `hubspot-${id}`,
      name: [properties.firstname, properties.lastname].filter(Boolean).join(' ') || null,
      avatar: null,
      large_avatar: null,
      companies: properties.company ? [{ company_name: properties.company, job_title: properties.jobtitle ?? '' }] : [],
      phone_numbers: [
        phone(properties.phone, 'work'),
        phone(properties.mobilephone, 'mobile'),
        phone(properties.hs_whatsapp_phone_number, 'WhatsApp'),
      ].flat(),
      email_addresses: properties.email ? [{ email_address: properties.email, description: 'email' }] : [],
      urls: properties.website ? [{ url: properties.website, description: 'website' }] : [],
    })),
    count: results.length,
    next_page_param: paging?.next?.after ?? '',
    contact_provider: {},
  }
})

function phone(typed: string | null | undefined, description: string) {
  return typed ? [{ phone_number: parsePhoneNumber(typed, 'US')?.number ?? typed, description }] : []
}

introduce(await app.listen({ host: '127.0.0.1', port: 0 }))
