// The frame of every page of the Salesforce sandbox.

import { type Html, page } from '../html.ts'

/** A whole page that says at its top what it belongs to. */
export function framed(title: string, content: Html): string {
  return page({
    title,
    banner: 'This is a sandbox that stands in for Salesforce. Everyone and everything in it is made up.',
    accent: '#0b5cab',
    content,
  })
}
