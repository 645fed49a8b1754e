/** What administrators of Salesforce read. */
import type { Explanation } from '../connector.ts'

export const permissions = [
  {
    en: 'Contacts and leads: names, phone numbers, email addresses, job titles',
    de: 'Kontakte und Leads: Namen, Telefonnummern, E-Mail-Adressen, Positionen',
  },
  {
    en: 'Accounts: the names and websites of your contacts’ companies',
    de: 'Accounts: Namen und Websites der Firmen Ihrer Kontakte',
  },
] as const

export const notMyDomain = {
  en: 'That isn’t a Salesforce My Domain. It looks like acme.my.salesforce.com, or acme--dev.sandbox.my.salesforce.com: you find it in Setup under My Domain.',
  de: 'Das ist keine My Domain von Salesforce. Sie sieht aus wie acme.my.salesforce.com oder acme--dev.sandbox.my.salesforce.com: Sie finden sie im Setup unter My Domain.',
} as const

export const refusals = {
  blocked: {
    en: {
      title: 'Your Salesforce org blocks this app',
      explanation: 'An administrator of the org has blocked the app by which this server connects.',
      advice: 'Ask them to unblock it in Setup under Connected Apps OAuth Usage, then start again.',
    },
    de: {
      title: 'Ihre Salesforce-Organisation sperrt diese App',
      explanation: 'Ein Administrator der Organisation hat die App gesperrt, über die sich dieser Server verbindet.',
      advice:
        'Bitten Sie ihn, sie im Setup unter „OAuth-Verwendung verbundener Apps“ freizugeben, und beginnen Sie dann noch einmal.',
    },
  },
  notInstalled: {
    en: {
      title: 'The app isn’t installed in your Salesforce org',
      explanation: 'Salesforce lets an app in only after an administrator of the org has installed it and allowed your user.',
      advice:
        'Ask the administrator to install it in Setup under Connected Apps OAuth Usage and to permit your profile, then start again.',
    },
    de: {
      title: 'Die App ist in Ihrer Salesforce-Organisation nicht installiert',
      explanation:
        'Salesforce lässt eine App erst zu, wenn ein Administrator der Organisation sie installiert und Ihren Benutzer zugelassen hat.',
      advice:
        'Bitten Sie den Administrator, sie im Setup unter „OAuth-Verwendung verbundener Apps“ zu installieren und Ihr Profil zuzulassen, und beginnen Sie dann noch einmal.',
    },
  },
  address: {
    en: {
      title: 'Salesforce refuses this server’s address',
      explanation: 'Your org or your profile accepts logins from certain IP addresses only, and this server’s is not among them.',
      advice: 'Ask the administrator to relax IP restrictions for this app, or to add the server’s address, then start again.',
    },
    de: {
      title: 'Salesforce lehnt die Adresse dieses Servers ab',
      explanation:
        'Ihre Organisation oder Ihr Profil lässt Anmeldungen nur von bestimmten IP-Adressen zu, und die dieses Servers ist nicht darunter.',
      advice:
        'Bitten Sie den Administrator, die IP-Beschränkungen für diese App zu lockern oder die Adresse des Servers aufzunehmen, und beginnen Sie dann noch einmal.',
    },
  },
  noApi: {
    en: {
      title: 'Your Salesforce user or edition has no API access',
      explanation: 'Some editions come without the API, and some profiles without the permission “API Enabled”.',
      advice: 'Ask the administrator to give your user “API Enabled”, or sign in with another user, then start again.',
    },
    de: {
      title: 'Ihr Salesforce-Benutzer oder Ihre Edition hat keinen API-Zugriff',
      explanation: 'Manche Editionen haben keine API, und manchen Profilen fehlt die Berechtigung „API aktiviert“.',
      advice:
        'Bitten Sie den Administrator, Ihrem Benutzer „API aktiviert“ zu geben, oder melden Sie sich mit einem anderen Benutzer an, und beginnen Sie dann noch einmal.',
    },
  },
  noAccess: {
    en: {
      title: 'Salesforce doesn’t let this user read contacts',
      explanation: 'The user you signed in with may not read contacts, or not by way of an app.',
      advice: 'Ask the administrator to give it “API Enabled” and read access to contacts, or sign in with another user.',
    },
    de: {
      title: 'Salesforce lässt diesen Benutzer keine Kontakte lesen',
      explanation: 'Der Benutzer, mit dem Sie sich angemeldet haben, darf keine Kontakte lesen, oder nicht über eine App.',
      advice:
        'Bitten Sie den Administrator, ihm „API aktiviert“ und Lesezugriff auf Kontakte zu geben, oder melden Sie sich mit einem anderen Benutzer an.',
    },
  },
  inactive: {
    en: {
      title: 'This Salesforce user is inactive',
      explanation: 'Salesforce doesn’t let an inactive user connect an app.',
      advice: 'Start again and sign in with an active user.',
    },
    de: {
      title: 'Dieser Salesforce-Benutzer ist inaktiv',
      explanation: 'Salesforce lässt einen inaktiven Benutzer keine App verbinden.',
      advice: 'Beginnen Sie noch einmal und melden Sie sich mit einem aktiven Benutzer an.',
    },
  },
  otherOrg: {
    en: {
      title: 'Salesforce doesn’t know this org here',
      explanation: 'The user belongs to an org of another kind: production and sandboxes have different login addresses.',
      advice: 'Start again and pick the other one, or enter your My Domain.',
    },
    de: {
      title: 'Salesforce kennt diese Organisation hier nicht',
      explanation:
        'Der Benutzer gehört zu einer Organisation anderer Art: Produktion und Sandboxes haben verschiedene Anmeldeadressen.',
      advice: 'Beginnen Sie noch einmal und wählen Sie die andere, oder geben Sie Ihre My Domain ein.',
    },
  },
} as const satisfies Record<string, Explanation>
