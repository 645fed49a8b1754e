/** Where a CRM sends the browser back to: what the operator registers at the CRM as the redirect URI, to the letter. */
export const callbackUri = (publicUrl: string, crm: string): string => `${publicUrl}/oauth/${crm}/callback`
